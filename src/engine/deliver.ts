// This file is about the one path of a delivery: glance, decide, obtain, render, write, remember.
import type { Clock, Instant } from '../base/clock.ts'
import type { Answer, Failed, Receipt, Serving } from '../model/answer.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import { type Fault, FAULTS, fault } from '../model/fault.ts'
import { type Login, lifeOf } from '../model/login.ts'
import { refKey, type SecretRef, secretKey } from '../model/ref.ts'
import { dueAt } from './cadence.ts'
import type { Claims } from './claims.ts'
import { compose } from './compose.ts'
import { type Decision, decide, type Reason } from './decide.ts'
import { believe, carriesOutputs, diesAt, type Held, isDressed, pick } from './held.ts'
import { inputsOf, outputsOf } from './imprint.ts'
import type { LoginCache, Obtained } from './login-cache.ts'
import type { Memory } from './memory.ts'
import { type Need, needOf } from './need.ts'
import type { Aside, CurrentSecret, Logins, SecretStore, SecretWrite } from './ports.ts'
import type { ParsedTemplates } from './render/parsed-templates.ts'
import { render } from './render/render.ts'

/** Somebody else wrote between our read and our write: read again, at most this often in one pass. */
const ATTEMPTS = 4

export interface EngineParts {
  readonly logins: Logins
  readonly cache: LoginCache
  readonly store: SecretStore
  readonly claims: Claims
  readonly memory: Memory
  readonly templates: ParsedTemplates
  readonly clock: Clock
}

/** One delivery in one pass, with what has been found out so far. */
interface Pass {
  readonly delivery: Delivery
  readonly key: string
  readonly at: Instant
  readonly inputs: string
  readonly signal: AbortSignal
  readonly aside: Aside
}

/** The Secret `as-held`: the watch still shows the version in which all was right, so nothing was read. */
interface Seen {
  readonly secret: CurrentSecret | 'absent' | 'as-held'
  readonly held: Held | undefined
  readonly hasOutputs: boolean
}

export const deliveryKey = (delivery: Delivery): string =>
  `${refKey(delivery.orderedBy.ref)} ${secretKey(delivery.target)}`

export const targetOf = (delivery: Delivery): SecretRef => ({
  namespace: delivery.target.namespace,
  name: delivery.target.name,
})

/** Fulfils one delivery. Never called twice at once for the same one (the queue holds a running key). */
export async function deliver(
  parts: EngineParts,
  delivery: Delivery,
  signal: AbortSignal,
  aside: Aside = (slow) => slow,
): Promise<Answer> {
  const at = parts.clock.now()
  const target = targetOf(delivery)
  const glance = parts.store.glance(target)
  const carries = (annotation: string): boolean =>
    typeof glance === 'object' && glance.annotations.has(annotation)
  const rival = parts.claims.rivalOf(delivery, carries)
  if (rival !== undefined) return { is: 'yielded', to: rival, target, at }
  const pass: Pass = { delivery, key: deliveryKey(delivery), at, inputs: inputsOf(delivery), signal, aside }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const answer = await attemptOnce(parts, pass, attempt > 1)
    if (answer !== 'moved') return answer
  }
  return failed(pass, fault('kube-conflict', `Secret ${target.name} keeps being changed by somebody else`))
}

async function attemptOnce(parts: EngineParts, pass: Pass, mustRead: boolean): Promise<Answer | 'moved'> {
  const seen = await look(parts, pass, mustRead)
  if ('code' in seen) return failed(pass, seen)
  const keys = await identifyAll(parts.logins, pass)
  if ('code' in keys) return failedToObtain(parts, pass, seen, keys)
  const decision = await decideOn(parts, pass, seen, keys)
  switch (decision.is) {
    case 'fresh':
      return fresh(parts, pass, decision.held, keys)
    case 'wait-for-target':
      return { is: 'target-missing', target: targetOf(pass.delivery), at: pass.at }
    case 'refuse':
      return failed(pass, decision.fault)
    case 'redress':
      return redress(parts, pass, decision.secret, decision.held)
    case 'renew':
      return renew(parts, pass, { ...decision, keys })
  }
}

/** What is there: from the watch where it shows what we remember, read otherwise. */
async function look(parts: EngineParts, pass: Pass, mustRead: boolean): Promise<Seen | Fault> {
  const remembered = parts.memory.get(pass.key)
  const glance = parts.store.glance(targetOf(pass.delivery))
  if (!mustRead && glance === 'absent') return { secret: 'absent', held: remembered, hasOutputs: false }
  const isAsHeld = typeof glance === 'object' && glance.resourceVersion === remembered?.resourceVersion
  if (!mustRead && isAsHeld) return { secret: 'as-held', held: remembered, hasOutputs: true }
  return lookCloser(parts, pass, remembered)
}

async function lookCloser(
  parts: EngineParts,
  pass: Pass,
  remembered: Held | undefined,
): Promise<Seen | Fault> {
  const secret = await parts.store.read(targetOf(pass.delivery), pass.signal)
  if (secret === 'absent') return { secret, held: remembered, hasOutputs: false }
  if (secret.is === 'fault') return secret
  const held = remembered ?? believe(pass.delivery, secret, pass.inputs, pass.at)
  return { secret, held, hasOutputs: held !== undefined && carriesOutputs(pass.delivery, secret, held) }
}

async function identifyAll(logins: Logins, pass: Pass): Promise<readonly string[] | Fault> {
  const keys: string[] = []
  for (const want of pass.delivery.logins) {
    const identified = await logins.identify(want.identity, pass.signal)
    if (identified.is === 'fault') return identified
    keys.push(identified.key)
  }
  return keys
}

type Verdict =
  | { readonly is: 'fresh'; readonly held: Held }
  | { readonly is: 'redress'; readonly secret: CurrentSecret; readonly held: Held }
  | {
      readonly is: 'renew'
      readonly because: Reason
      readonly secret: CurrentSecret | 'absent'
      readonly held: Held | undefined
      readonly hasOutputs: boolean
    }
  | Extract<Decision, { is: 'wait-for-target' | 'refuse' }>

/** Decides on what was seen; reads the Secret first where the decision needs more than its version. */
async function decideOn(
  parts: EngineParts,
  pass: Pass,
  seen: Seen,
  keys: readonly string[],
): Promise<Verdict> {
  if (seen.secret === 'as-held') {
    if (seen.held !== undefined && isSettled(pass, seen.held, keys)) return { is: 'fresh', held: seen.held }
    const closer = await lookCloser(parts, pass, seen.held)
    return 'code' in closer ? { is: 'refuse', fault: closer } : decideOn(parts, pass, closer, keys)
  }
  const { secret, held, hasOutputs } = seen
  const decision = decide({
    now: pass.at,
    delivery: pass.delivery,
    secret,
    held,
    inputs: pass.inputs,
    identityKeys: keys,
    hasOutputs,
    isDressed: secret !== 'absent' && isDressed(pass.delivery, secret),
    dueAt: held === undefined ? undefined : dueOf(pass.delivery, held),
  })
  if (decision.is === 'renew') return { ...decision, secret, held, hasOutputs }
  if (decision.is !== 'fresh' && decision.is !== 'redress') return decision
  if (held === undefined || secret === 'absent')
    throw new Error('a decision spoke of a Secret nobody has seen')
  return decision.is === 'fresh'
    ? { is: 'fresh', held: { ...held, resourceVersion: secret.resourceVersion } }
    : { is: 'redress', secret, held }
}

/** Nothing asked for has changed and nothing is due: the steady state, which costs no request. */
function isSettled(pass: Pass, held: Held, keys: readonly string[]): boolean {
  const due = dueOf(pass.delivery, held)
  return (
    held.imprint.inputs === pass.inputs &&
    (due === undefined || pass.at < due) &&
    (held.identityKeys === undefined || held.identityKeys.every((key, i) => key === keys[i]))
  )
}

/** The same share of jitter for one delivery for ever: taken from the digest in its annotation's name. */
function dueOf(delivery: Delivery, held: Held): Instant | undefined {
  const hex = deliveryAnnotation(delivery.orderedBy.ref).slice(-8)
  return dueAt(held.imprint.logins, delivery.cadence, Number.parseInt(hex, 16) / 2 ** 32)
}

function fresh(parts: EngineParts, pass: Pass, held: Held, keys: readonly string[]): Receipt {
  return remember(parts, pass, { ...held, identityKeys: keys }, 'none')
}

async function redress(
  parts: EngineParts,
  pass: Pass,
  secret: CurrentSecret,
  held: Held,
): Promise<Answer | 'moved'> {
  const wanted = compose(pass.delivery, pick(pass.delivery, secret), secret, held.imprint)
  return write(parts, pass, { wanted, secret, held })
}

interface Renewal {
  readonly because: Reason
  readonly secret: CurrentSecret | 'absent'
  readonly held: Held | undefined
  readonly hasOutputs: boolean
  readonly keys: readonly string[]
}

async function renew(parts: EngineParts, pass: Pass, renewal: Renewal): Promise<Answer | 'moved'> {
  const { secret, keys } = renewal
  const obtained = await obtainAll(parts, pass, renewal)
  if (!Array.isArray(obtained)) return failedToObtain(parts, pass, renewal, obtained.fault, obtained.retryAt)
  const logins: readonly Login[] = obtained
  const current = secret === 'absent' ? undefined : secret
  const type = pass.delivery.target.type ?? current?.type
  const rendered = render(pass.delivery.shape, logins, type, parts.templates)
  if ('code' in rendered) return failed(pass, rendered)
  const { force } = pass.delivery.cadence
  const held: Held = {
    imprint: { logins: logins.map(lifeOf), inputs: pass.inputs, outputs: outputsOf(rendered) },
    resourceVersion: '',
    identityKeys: keys,
    expiryAssumed: logins.some((login) => login.expiryAssumed),
    ...(force === undefined ? {} : { force }),
  }
  const wanted = compose(pass.delivery, rendered, current, held.imprint)
  return write(parts, pass, { wanted, secret: current, held })
}

async function obtainAll(
  parts: EngineParts,
  pass: Pass,
  renewal: Renewal,
): Promise<Login[] | Extract<Obtained, { is: 'refused' }>> {
  const { delivery } = pass
  const logins: Login[] = []
  for (const [i, want] of delivery.logins.entries()) {
    const need = needOf(delivery.cadence, newerThan(parts.memory, pass, renewal, i))
    const obtained = await parts.cache.obtain(renewal.keys[i] ?? '', want, need, pass.aside)
    if (obtained.is === 'refused') return obtained
    logins.push(obtained.login)
  }
  return logins
}

/** A renewal wants a login minted after the one held, a force one minted after it was first seen. */
function newerThan(
  memory: Memory,
  pass: Pass,
  renewal: Renewal,
  index: number,
): Pick<Need, 'mintedAfter' | 'isForced'> {
  const mintedAt = renewal.held?.imprint.logins[index]?.mintedAt
  if (renewal.because === 'due') return mintedAt === undefined ? {} : { mintedAfter: mintedAt }
  const { force } = pass.delivery.cadence
  if (renewal.because !== 'forced' || force === undefined) return {}
  return { mintedAfter: memory.forceSeen(pass.key, force, pass.at), isForced: true }
}

interface Change {
  readonly wanted: SecretWrite
  readonly secret: CurrentSecret | undefined
  readonly held: Held
}

async function write(parts: EngineParts, pass: Pass, change: Change): Promise<Answer | 'moved'> {
  const { wanted, secret, held } = change
  if (secret?.immutable === true && differs(wanted, secret)) {
    const advice =
      pass.delivery.target.whenMissing === 'create'
        ? 'delete it, and it is written anew at once'
        : 'delete it, and make it anew without immutable'
    return failed(pass, fault('target-immutable', `Secret ${wanted.ref.name} is immutable: ${advice}`))
  }
  const written = await parts.store.write(wanted, pass.signal)
  if (written.is === 'moved') return 'moved'
  if (written.is === 'fault') return failed(pass, written)
  return remember(
    parts,
    pass,
    { ...held, resourceVersion: written.resourceVersion },
    secret === undefined ? 'created' : 'updated',
  )
}

function differs(wanted: SecretWrite, secret: CurrentSecret): boolean {
  const before = secret.data.reveal()
  const after = wanted.data.reveal()
  return (
    before.size !== after.size || [...after].some(([key, value]) => before.get(key)?.equals(value) !== true)
  )
}

function remember(parts: EngineParts, pass: Pass, held: Held, wrote: Receipt['wrote']): Receipt {
  parts.memory.set(pass.key, pass.delivery.orderedBy.ref, held)
  const nextAt = dueOf(pass.delivery, held)
  return {
    is: 'receipt',
    target: targetOf(pass.delivery),
    logins: held.imprint.logins,
    at: pass.at,
    wrote,
    expiryAssumed: held.expiryAssumed,
    ...(nextAt === undefined ? {} : { nextAt }),
  }
}

/** A failure to obtain keeps serving what was written, while it lives and is still there. */
function failedToObtain(
  parts: EngineParts,
  pass: Pass,
  seen: Pick<Seen, 'held' | 'hasOutputs'>,
  cause: Fault,
  retryAt?: Instant,
): Failed {
  const { held, hasOutputs } = seen
  if (!FAULTS[cause.code].obtaining || held === undefined || !hasOutputs) return failed(pass, cause, retryAt)
  const until = diesAt(held.imprint)
  if (until <= parts.clock.now()) return failed(pass, cause, retryAt)
  const since = parts.memory.failingSince(pass.key, pass.delivery.orderedBy.ref, held, pass.at)
  const serving: Serving = { until, since }
  return { ...failed(pass, cause, retryAt), serving }
}

const failed = (pass: Pass, cause: Fault, retryAt?: Instant): Failed => ({
  is: 'failed',
  fault: cause,
  target: targetOf(pass.delivery),
  at: pass.at,
  ...(retryAt === undefined ? {} : { retryAt }),
})
