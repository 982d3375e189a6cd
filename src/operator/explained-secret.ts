// This file is about one Secret explained: what is in it, and what the operator would decide about it now.
import { type Clock, type Instant, rfc3339 } from '../base/clock.ts'
import type { Claims } from '../engine/claims.ts'
import { templatesYield } from '../engine/compose.ts'
import { decide } from '../engine/decide.ts'
import { believe, carriesOutputs, type Held, isDressed, isStamped } from '../engine/held.ts'
import { type Imprint, inputsOf, readImprint } from '../engine/imprint.ts'
import { NOTHING_KEPT, readKept } from '../engine/kept-templates.ts'
import { dueOf, targetOf } from '../engine/pass.ts'
import type { CurrentSecret, SecretStore, Sources } from '../engine/ports.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { Link, Linked } from '../model/link.ts'
import { refText, type SecretRef, secretKey } from '../model/ref.ts'
import type { DecisionTold, SecretExplained } from './commands.ts'
import { consentFor, decisionText, linkText, loginExplained, shapeText } from './explanation-words.ts'
import type { Ordered } from './named-orders.ts'

export interface SecretExplanationParts {
  readonly store: Pick<SecretStore, 'read'>
  readonly templateSources: Sources
  /** How a link fares, as far as whoever asks may see it. */
  readonly lookAtLink: (link: Link, signal: AbortSignal) => Promise<Linked>
  readonly clock: Clock
}

/** A delivery, or a Secret that none can be made for. */
export type Task =
  | { readonly is: 'delivery'; readonly delivery: Delivery; readonly links: readonly Link[] }
  | { readonly is: 'none'; readonly order: Ordered; readonly secret: SecretRef; readonly because: string }

/** One for each Secret of an order that is wanted. */
export function tasksOf(order: Ordered, isWanted: (secret: SecretRef) => boolean): readonly Task[] {
  const { translation } = order
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

export async function explainTask(
  task: Task,
  parts: SecretExplanationParts,
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
  { store, clock }: SecretExplanationParts,
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
  parts: SecretExplanationParts,
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
  { templateSources, clock }: SecretExplanationParts,
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
