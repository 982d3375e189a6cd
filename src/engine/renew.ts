// This file is about renewing: logins obtained, rendered and written; or, while they cannot be had, the old ones served.
import type { Answer, Failed } from '../model/answer.ts'
import { isWrittenOnce } from '../model/delivery.ts'
import { type Fault, FAULTS } from '../model/fault.ts'
import { type Login, lifeOf } from '../model/login.ts'
import { compose, leaveFixed } from './compose.ts'
import { mergedHosts } from '../model/shape.ts'
import { diesAt, type Held, tellsNames } from './held.ts'
import { namesOf, outputsOf } from './imprint.ts'
import { hostsLeaving } from './leaving-hosts.ts'
import type { Seen, Verdict } from './look.ts'
import type { Obtained } from './login-cache.ts'
import { madeFault, typeFault } from './made.ts'
import { type Need, needOf } from './need.ts'
import { type EngineParts, failed, type Pass, refusedBy } from './pass.ts'
import type { Instant } from '../base/clock.ts'
import type { SecretWrite } from './ports.ts'
import { newestVersion } from './put.ts'
import { render } from './render/render.ts'
import { write } from './write.ts'

type Renewal = Extract<Verdict, { is: 'renew' }>

/** `keys` are those of the identities behind the delivery's logins, in order. */
export async function renew(
  parts: EngineParts,
  pass: Pass,
  renewal: Renewal,
  keys: readonly string[],
): Promise<Answer | 'moved'> {
  const seen = newestVersion(parts, pass.target)
  const obtained = await obtainAll(parts, pass, renewal, keys)
  // The turn at the Secret is given up while AWS is waited for.
  if (newestVersion(parts, pass.target) !== seen) return 'moved'
  if (!Array.isArray(obtained)) return makeDo(parts, pass, renewal, keys, obtained)
  const { force } = pass.delivery.cadence
  return fill(parts, pass, renewal, { keys, logins: obtained, inputs: pass.inputs, force })
}

/**
 * No newer login is to be had. A Secret that has lost what was written gets the login that everybody shares, while that
 * lives; what is due, or forced, stays so.
 */
async function makeDo(
  parts: EngineParts,
  pass: Pass,
  renewal: Renewal,
  keys: readonly string[],
  { fault, retryAt }: Refused,
): Promise<Answer | 'moved'> {
  const logins = isWanting(pass, renewal) ? livingLogins(parts, pass, keys) : undefined
  if (logins === undefined) return failedToObtain(parts, pass, renewal, fault, retryAt)
  const before = renewal.because === 'forced' ? renewal.held : undefined
  const inputs = before?.imprint.inputs ?? pass.inputs
  const answer = await fill(parts, pass, renewal, { keys, logins, inputs, force: renewal.held?.force })
  if (answer === 'moved' || answer.is !== 'receipt') return answer
  const held = parts.memory.get(pass.delivery.orderedBy.ref, pass.target)
  return failedToObtain(parts, pass, { held, hasOutputs: true }, fault, retryAt)
}

/** What is never renewed again must not begin with an old login. */
const isWanting = ({ delivery }: Pass, { because, hasOutputs }: Renewal): boolean =>
  !isWrittenOnce(delivery) && (!hasOutputs || because === 'inputs-changed')

function livingLogins(
  { cache }: EngineParts,
  { delivery }: Pass,
  keys: readonly string[],
): readonly Login[] | undefined {
  const logins = delivery.logins.map((want, i) => cache.living(keys[i] ?? '', want))
  return logins.every((login) => login !== undefined) ? logins : undefined
}

interface Filling {
  readonly keys: readonly string[]
  readonly logins: readonly Login[]
  /** What they answer: all that is asked for, or less while a force waits. */
  readonly inputs: string
  readonly force: string | undefined
}

/** Renders the logins and writes them. */
async function fill(
  parts: EngineParts,
  pass: Pass,
  renewal: Seen,
  { keys, logins, inputs, force }: Filling,
): Promise<Answer | 'moved'> {
  const { delivery } = pass
  const secret = typeof renewal.secret === 'string' ? undefined : renewal.secret
  const type = delivery.target.type ?? secret?.type
  const made = render(delivery.shape, logins, type, parts.templates, pass.kept)
  if ('code' in made) return failed(pass, made)
  const rendered = leaveFixed(made, delivery.target)
  const problem = madeFault(parts.claims, delivery, rendered, secret)
  if (problem !== undefined) return failed(pass, problem)
  const merged = mergedHosts(delivery.shape)
  const held: Omit<Held, 'resourceVersion'> = {
    imprint: {
      logins: logins.map(lifeOf),
      inputs,
      outputs: outputsOf(rendered),
      ...(tellsNames(delivery) ? {} : { names: namesOf(rendered) }),
      ...(merged === undefined ? {} : { merged }),
      ...(logins.some((login) => login.expiryAssumed) ? { expiryAssumed: true } : {}),
    },
    identityKeys: keys,
    ...(force === undefined ? {} : { force }),
  }
  const leaving =
    secret === undefined
      ? undefined
      : hostsLeaving(parts.claims, delivery.orderedBy.ref, secret, renewal.held, delivery.shape)
  const composed = compose(delivery, rendered, secret, held.imprint, leaving)
  const wanted = { ...composed, ...unread(renewal) }
  const flaw = typeFault(wanted)
  return flaw === undefined ? write(parts, pass, { wanted, secret, held, rendered }) : failed(pass, flaw)
}

/** What is replaced without having been read is told by its version. */
const unread = ({ secret, held }: Seen): Pick<SecretWrite, 'replaces'> =>
  secret === 'as-held' ? { replaces: { resourceVersion: held.resourceVersion } } : {}

type Refused = Extract<Obtained, { is: 'refused' }>

/** All the logins of a delivery, shared or minted, or the first refusal. */
export async function obtainAll(
  parts: EngineParts,
  pass: Pass,
  renewal: Pick<Renewal, 'because' | 'held'>,
  keys: readonly string[],
): Promise<Login[] | Refused> {
  const logins: Login[] = []
  for (const [i, want] of pass.delivery.logins.entries()) {
    const need = needOf(pass.delivery, newerThan(parts, pass, renewal, i))
    const obtained = await parts.cache.obtain(keys[i] ?? '', want, need, pass.aside)
    if (obtained.is === 'refused') return { ...obtained, fault: refusedBy(obtained.fault, want) }
    logins.push(obtained.login)
  }
  return logins
}

/** A renewal wants a login minted after the one held, a force one minted after it was first seen. */
function newerThan(
  { memory }: EngineParts,
  { delivery, target, at }: Pass,
  { because, held }: Pick<Renewal, 'because' | 'held'>,
  index: number,
): Pick<Need, 'mintedAfter' | 'isForced'> {
  const mintedAt = held?.imprint.logins[index]?.mintedAt
  if (because === 'due') return mintedAt === undefined ? {} : { mintedAfter: mintedAt }
  const { force } = delivery.cadence
  if (because !== 'forced' || force === undefined) return {}
  return { mintedAfter: memory.forceSeen(delivery.orderedBy, target, force, at), isForced: true }
}

/** A failure to obtain keeps serving what was written, while it lives and is still there. */
export function failedToObtain(
  { clock, memory }: EngineParts,
  pass: Pass,
  { held, hasOutputs }: Pick<Seen, 'held' | 'hasOutputs'>,
  cause: Fault,
  retryAt?: Instant,
): Failed {
  const answer = failed(pass, cause, retryAt)
  if (!FAULTS[cause.code].obtaining || held === undefined || !hasOutputs) return answer
  const until = diesAt(held.imprint)
  if (until === undefined || until <= clock.now()) return answer
  const since = memory.failingSince(pass.delivery.orderedBy.ref, pass.target, pass.at, held)
  return { ...answer, serving: { until, since } }
}
