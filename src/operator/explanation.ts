// This file is about why Secrets are as they are: every order, decided upon as the operator would, told and not acted upon.
import { type Clock, type Instant, rfc3339 } from '../base/clock.ts'
import type { Translation } from '../dialects/dialect.ts'
import { Claims } from '../engine/claims.ts'
import { templatesYield } from '../engine/compose.ts'
import { decide, type Decision, type Reason } from '../engine/decide.ts'
import { believe, carriesOutputs, type Held, isDressed, isStamped } from '../engine/held.ts'
import { type Imprint, inputsOf, readImprint } from '../engine/imprint.ts'
import { NOTHING_KEPT, readKept } from '../engine/kept-templates.ts'
import { dueOf, targetOf } from '../engine/pass.ts'
import type { CurrentSecret, SecretStore, Sources } from '../engine/ports.ts'
import { ADOPT_ANNOTATION, type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import { identityText } from '../model/identity.ts'
import type { Link, Linked } from '../model/link.ts'
import type { TokenScope, Want } from '../model/login.ts'
import { refText, type SecretRef, secretKey } from '../model/ref.ts'
import { keysOf, type Shape } from '../model/shape.ts'
import type {
  ConditionTold,
  DecisionTold,
  Explanation,
  LoginExplained,
  NameAsked,
  ObjectExplained,
  SecretExplained,
} from './commands.ts'
import { allOrders, deliveriesOf, isNamed, type Ordered, type OrdersParts, sharesOf } from './named-orders.ts'

export interface ExplanationParts extends OrdersParts {
  readonly store: Pick<SecretStore, 'read'>
  readonly templateSources: Sources
  /** How a link fares, as far as whoever asks may see it. */
  readonly lookAtLink: (link: Link, signal: AbortSignal) => Promise<Linked>
  readonly clock: Clock
}

/** So many Secrets are read at a time. */
const READS_AT_A_TIME = 20

/** The objects of that name, and those that keep a Secret of that name. */
export async function explain(
  parts: ExplanationParts,
  asked: NameAsked,
  signal: AbortSignal,
): Promise<Explanation> {
  const orders = await allOrders(parts, signal)
  const shares: Ordered[] = []
  for (const order of orders) {
    const isWanted = (namespace: string): boolean =>
      asked.namespace === undefined || namespace === asked.namespace
    shares.push(...(await sharesOf(order, parts, isWanted, signal)))
  }
  // Who yields to whom is known only when everybody's claims are.
  const claims = new Claims()
  for (const { asked: by, translation } of shares) claims.note(by.ref, deliveriesOf(translation))
  const meant = shares.filter((order) => isMeant(order, asked))
  const all = groupedByObject(meant, orders, asked)
  const objects: ObjectExplained[] = []
  for (const [order, its] of all) objects.push(await explainObject(order, its, asked, parts, claims, signal))
  return { objects }
}

const isMeant = ({ asked, translation }: Ordered, named: NameAsked): boolean =>
  asked.ref.name === named.name
    ? named.namespace === undefined || asked.ref.namespace === named.namespace || asked.ref.namespace === ''
    : secretsOf(translation).some((secret) => isSecretNamed(secret, named))

const isSecretNamed = ({ namespace, name }: SecretRef, named: NameAsked): boolean =>
  name === named.name && (named.namespace === undefined || namespace === named.namespace)

function secretsOf(translation: Translation): readonly SecretRef[] {
  if (translation.is === 'unready') return translation.targets
  return deliveriesOf(translation).map(targetOf)
}

/** An order that is spread and named itself is told even where no namespace is chosen. */
function groupedByObject(
  meant: readonly Ordered[],
  orders: readonly Ordered[],
  named: NameAsked,
): readonly (readonly [Ordered, readonly Ordered[]])[] {
  return orders.flatMap((order) => {
    const its = meant.filter(({ asked }) => asked.uid === order.asked.uid)
    return its.length > 0 || isNamed(order.asked, named) ? [[order, its] as const] : []
  })
}

async function explainObject(
  { asked, served, translation }: Ordered,
  its: readonly Ordered[],
  named: NameAsked,
  parts: ExplanationParts,
  claims: Claims,
  signal: AbortSignal,
): Promise<ObjectExplained> {
  const { group, kind, namespace, name } = asked.ref
  const isByName = isNamed(asked, named)
  const wanted = its.flatMap((order) => tasksOf(order, isByName ? undefined : named))
  const secrets: SecretExplained[] = []
  for (let at = 0; at < wanted.length; at += READS_AT_A_TIME) {
    const some = wanted.slice(at, at + READS_AT_A_TIME)
    secrets.push(...(await Promise.all(some.map((task) => explainTask(task, parts, claims, signal)))))
  }
  return {
    kind: `${kind}.${group}`,
    namespace,
    name,
    dialect: served.dialect.name,
    ...(translation.is === 'order' ? {} : { problem: translation.fault.message }),
    conditions: conditionsOf(asked.status),
    secrets,
  }
}

/** A delivery, or a Secret that none can be made for. */
type Task =
  | { readonly is: 'delivery'; readonly delivery: Delivery; readonly links: readonly Link[] }
  | { readonly is: 'none'; readonly order: Ordered; readonly secret: SecretRef; readonly because: string }

function tasksOf(order: Ordered, only: NameAsked | undefined): readonly Task[] {
  const { translation } = order
  const isWanted = (secret: SecretRef): boolean => only === undefined || isSecretNamed(secret, only)
  if (translation.is === 'unready') {
    const because = translation.fault.message
    return translation.targets.filter(isWanted).map((secret) => ({ is: 'none', order, secret, because }))
  }
  if (translation.is !== 'order') return []
  const { deliveries, links = [] } = translation
  return deliveries
    .filter((delivery) => isWanted(targetOf(delivery)))
    .map((delivery) => ({
      is: 'delivery',
      delivery: templatesYield(delivery),
      links: links.filter(({ secret }) => secretKey(secret) === secretKey(targetOf(delivery))),
    }))
}

async function explainTask(
  task: Task,
  parts: ExplanationParts,
  claims: Claims,
  signal: AbortSignal,
): Promise<SecretExplained> {
  return task.is === 'delivery'
    ? explainDelivery(task.delivery, task.links, parts, claims, signal)
    : explainUnready(task, parts, signal)
}

/** What it holds goes on serving: its life is told by what was left on it. */
async function explainUnready(
  { order, secret, because }: Extract<Task, { is: 'none' }>,
  { store, clock }: ExplanationParts,
  signal: AbortSignal,
): Promise<SecretExplained> {
  const read = await store.read(secret, signal)
  const imprint =
    read === 'absent' || read.is === 'fault'
      ? undefined
      : readImprint(read.annotations[deliveryAnnotation(order.asked.ref)], clock.now())
  const lives = (imprint?.logins ?? []).map((life) => ({
    scope: '',
    identity: '',
    mintedAt: rfc3339(life.mintedAt),
    expiresAt: rfc3339(life.expiresAt),
  }))
  return {
    secret: secretKey(secret),
    shape: '',
    decision: { is: 'unready', because },
    logins: lives,
    links: [],
  }
}

async function explainDelivery(
  delivery: Delivery,
  links: readonly Link[],
  parts: ExplanationParts,
  claims: Claims,
  signal: AbortSignal,
): Promise<SecretExplained> {
  const { store, clock } = parts
  const secret = await store.read(targetOf(delivery), signal)
  const now = clock.now()
  const seen = secret === 'absent' || secret.is === 'secret' ? secret : undefined
  const imprint = imprintOn(delivery, seen, now)
  const consent = consentFor(delivery, seen)
  const decision =
    secret !== 'absent' && secret.is === 'fault'
      ? ({ is: 'unready', because: secret.message } as const)
      : await decisionOn(delivery, secret, parts, claims, signal)
  return {
    secret: secretKey(targetOf(delivery)),
    shape: shapeText(delivery.shape),
    decision,
    logins: delivery.logins.map((want, index) => loginExplained(want, imprint, index)),
    ...(consent === undefined ? {} : { consent }),
    links: await Promise.all(links.map(async (link) => linkText(link, await parts.lookAtLink(link, signal)))),
  }
}

const imprintOn = (
  { orderedBy, logins }: Delivery,
  secret: CurrentSecret | 'absent' | undefined,
  now: Instant,
): Imprint | undefined =>
  secret === undefined || secret === 'absent'
    ? undefined
    : readImprint(secret.annotations[deliveryAnnotation(orderedBy.ref)], now, logins)

async function decisionOn(
  delivery: Delivery,
  secret: CurrentSecret | 'absent',
  { templateSources, clock }: ExplanationParts,
  claims: Claims,
  signal: AbortSignal,
): Promise<DecisionTold> {
  const annotations = secret === 'absent' ? {} : secret.annotations
  const rival = claims.rivalOf(delivery, (name) => name in annotations)
  if (rival !== undefined) {
    return { is: 'yield', because: `yields to ${refText(rival)}, which keeps this Secret` }
  }
  const read = await readKept(templateSources, delivery.shape, signal)
  const kept = read.is === 'kept' ? read : NOTHING_KEPT
  const wanted = read.is === 'kept' ? delivery : { lacks: read, ...delivery }
  const now = clock.now()
  const inputs = inputsOf(wanted, kept.digest)
  const held = secret === 'absent' ? undefined : believe(wanted, secret, inputs, now)
  const dueAt = held === undefined ? undefined : dueOf({ delivery: wanted, at: now }, held.imprint)
  const decision = decide({
    now,
    delivery: wanted,
    secret,
    held,
    inputs,
    identityKeys: undefined,
    dueAt,
    ...around(wanted, secret, held),
  })
  const told = decisionText(decision, imprintOn(delivery, secret, now) !== undefined, delivery)
  return decision.is === 'renew' && wanted.lacks !== undefined
    ? { is: 'unready', because: wanted.lacks.message }
    : told
}

const around = (delivery: Delivery, secret: CurrentSecret | 'absent', held: Held | undefined) => ({
  hasOutputs: secret !== 'absent' && held !== undefined && carriesOutputs(delivery, secret, held),
  isDressed: secret !== 'absent' && isDressed(delivery, secret, held),
  isStamped: secret !== 'absent' && isStamped(delivery.target, secret),
})

/** What is done about each, and why. */
const REASONS: Readonly<Record<Reason, string>> = {
  absent: 'the Secret does not exist, and is made',
  'never-written': 'nothing that this object has written is in the Secret, so it is written',
  'inputs-changed': 'what the object asks for has changed, so it is written anew',
  'identity-changed': 'another identity is asked as, so it is written anew',
  drifted: 'somebody changed what was written, so it is written anew',
  forced: 'a new login was asked for by annotation',
  due: 'its time has come',
}

function decisionText(decision: Decision, wasWritten: boolean, { cadence }: Delivery): DecisionTold {
  switch (decision.is) {
    case 'fresh': {
      if (decision.until !== undefined) {
        return { is: 'fresh', because: 'it holds what is asked for', renewsAt: rfc3339(decision.until) }
      }
      const never = cadence.is === 'once' ? `, as ${cadence.because}` : ''
      return { is: 'fresh', because: `it holds what is asked for, and is not renewed${never}` }
    }
    case 'renew': {
      // Its record is there, and is not believed: something about it has changed.
      const reason = decision.because === 'never-written' && wasWritten ? 'drifted' : decision.because
      const hint = reason === 'drifted' && wasWritten ? ', or the object asks for something else' : ''
      return {
        is: 'renew',
        because: `${REASONS[reason]}${hint}; unless that has only just happened, see whether the operator runs`,
      }
    }
    case 'redress':
      return {
        is: 'redress',
        because: 'the login is right, and labels, annotations or owners around it are not',
      }
    case 'wait-for-target':
      return { is: 'wait', because: 'somebody else creates the Secret, and has not yet' }
    case 'refuse':
      return { is: 'refuse', because: decision.fault.message }
  }
}

function loginExplained(
  { identity, scope }: Want,
  imprint: Imprint | undefined,
  index: number,
): LoginExplained {
  const life = imprint?.logins[index]
  const through = identity.through === undefined ? '' : ` through ${refText(identity.through)}`
  return {
    scope: scopeText(scope),
    identity: `${identityText(identity)}${through}`,
    ...(life === undefined ? {} : { mintedAt: rfc3339(life.mintedAt), expiresAt: rfc3339(life.expiresAt) }),
  }
}

function scopeText(scope: TokenScope): string {
  if (scope.service === 'session') return `a session in ${scope.region || 'the default region'}`
  return scope.service === 'public' ? 'ECR Public' : `ECR in ${scope.region || 'the default region'}`
}

function shapeText(shape: Shape): string {
  const keys = keysOf(shape).join(', ')
  if (shape.is !== 'docker-config') return `${shape.is === 'template' ? 'templates for' : 'keys'} ${keys}`
  const hosts = shape.hosts.map(({ host }) => host).join(', ')
  return `docker config with ${hosts}${shape.merges === true ? ', beside hosts of others' : ''}`
}

/** Why an existing Secret may be written; undefined where it is the object's own. */
function consentFor(
  { target, orderedBy }: Delivery,
  secret: CurrentSecret | 'absent' | undefined,
): string | undefined {
  if (secret === undefined || secret === 'absent') return undefined
  const { ref, uid } = orderedBy
  if (secret.owners.some((owner) => owner.uid === uid)) return `it is owned by ${refText(ref)}`
  if (target.consent === 'given') return 'the object itself says that it may be written'
  const annotated = secret.annotations[ADOPT_ANNOTATION]
  return annotated === undefined ? undefined : `its annotation ${ADOPT_ANNOTATION} is "${annotated}"`
}

function linkText({ lists }: Link, { accounts, missing, fault }: Linked): string {
  const where = lists.join(' and ')
  const done = accounts.length === 0 ? 'no service account names it' : `${accounts.join(', ')} name it`
  const lacking = missing.length === 0 ? '' : `; ${missing.join(', ')} are to name it, and do not`
  return `${done} in ${where}${lacking}${fault === undefined ? '' : `; ${fault.message}`}`
}

function conditionsOf(status: unknown): readonly ConditionTold[] {
  const { conditions } = (status ?? {}) as { conditions?: unknown }
  const all = Array.isArray(conditions) ? (conditions as readonly Readonly<Record<string, unknown>>[]) : []
  return all.map((one) => ({
    type: text(one['type']),
    status: text(one['status']),
    reason: text(one['reason']),
    message: text(one['message']),
    ...(one['lastTransitionTime'] === undefined ? {} : { since: text(one['lastTransitionTime']) }),
  }))
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
