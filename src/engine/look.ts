// This file is about what is there and what has to be done: read only where the watch does not tell enough.
import type { Instant } from '../base/clock.ts'
import type { Fault } from '../model/fault.ts'
import { type Decision, decide, type Reason } from './decide.ts'
import { believe, carriesOutputs, type Held, isDressed, isKnown, isStamped } from './held.ts'
import { dueOf, type EngineParts, type Pass } from './pass.ts'
import type { CurrentSecret } from './ports.ts'
import { standsPure } from './pure.ts'
import { newestVersion } from './put.ts'

interface SeenNow {
  readonly secret: CurrentSecret | 'absent'
  readonly held: Held | undefined
  readonly hasOutputs: boolean
}

/** The watch still shows the version in which all was right, so nothing was read. */
interface SeenBefore {
  readonly secret: 'as-held'
  readonly held: Held
  readonly hasOutputs: true
}

export type Seen = SeenNow | SeenBefore

/** A decision with the Secret it was made on. */
export type Verdict =
  | { readonly is: 'fresh'; readonly held: Held }
  /** It stands, or is gone and left so; nothing is known of the login in it. Nor does anybody ask for one, until then. */
  | { readonly is: 'left'; readonly secret: CurrentSecret | 'absent'; readonly until: Instant | undefined }
  | { readonly is: 'redress'; readonly secret: CurrentSecret; readonly held: Held | undefined }
  /** What was not read is replaced unread. */
  | (Seen & { readonly is: 'renew'; readonly because: Reason })
  | Extract<Decision, { is: 'wait-for-target' | 'refuse' }>

/** What is there: from the watch where it shows what we remember, read otherwise. */
export async function look(parts: EngineParts, pass: Pass, mustRead: boolean): Promise<Seen | Fault> {
  const remembered = parts.memory.get(pass.delivery.orderedBy.ref, pass.target)
  const newest = newestVersion(parts, pass.target)
  if (!mustRead && newest === 'absent') return absent(remembered)
  if (!mustRead && remembered !== undefined && newest === remembered.resourceVersion)
    return { secret: 'as-held', held: remembered, hasOutputs: true }
  return lookCloser(parts, pass, remembered)
}

async function lookCloser(
  parts: EngineParts,
  pass: Pass,
  remembered: Held | undefined,
): Promise<Seen | Fault> {
  const secret = await parts.store.read(pass.target, pass.signal)
  if (secret === 'absent') return absent(remembered)
  if (secret.is === 'fault') return secret
  const held = isKnown(remembered) ? remembered : believe(pass.delivery, secret, pass.inputs, pass.at)
  return { secret, held, hasOutputs: held !== undefined && carriesOutputs(pass.delivery, secret, held) }
}

const absent = (remembered: Held | undefined): Seen => ({
  secret: 'absent',
  held: isKnown(remembered) ? remembered : undefined,
  hasOutputs: false,
})

/**
 * Decides on what was seen; reads the Secret first where the decision needs more than its version. Without `keys` it does
 * not matter whose identity stands behind the logins.
 */
export async function decideOn(
  parts: EngineParts,
  pass: Pass,
  seen: Seen,
  keys: readonly string[] | undefined,
): Promise<Verdict> {
  if (seen.secret === 'as-held') {
    const { held } = seen
    if (isSettled(pass, held, keys)) return { is: 'fresh', held }
    if (mayReplaceUnread(pass, held)) {
      return { ...seen, is: 'renew', because: isDue(pass, held) ? 'due' : 'identity-changed' }
    }
    const closer = await lookCloser(parts, pass, held)
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
    isDressed: secret !== 'absent' && isDressed(pass.delivery, secret, held),
    isStamped: secret !== 'absent' && isStamped(pass.delivery.target, secret),
    dueAt: held === undefined ? undefined : dueOf(pass, held.imprint),
  })
  if (decision.is === 'renew') return { ...decision, secret, held, hasOutputs }
  switch (decision.is) {
    case 'fresh':
      return held === undefined || secret === 'absent'
        ? { is: 'left', secret, until: decision.until }
        : { is: 'fresh', held: { ...held, resourceVersion: secret.resourceVersion } }
    case 'redress':
      if (secret === 'absent') throw new Error('a decision spoke of a Secret nobody has seen')
      return { is: 'redress', secret, held }
    case 'wait-for-target':
    case 'refuse':
      return decision
  }
}

/** Nothing asked for has changed and nothing is due: the steady state, which costs no request. */
function isSettled(pass: Pass, held: Held, keys: readonly string[] | undefined): boolean {
  return (
    isAskedAsBefore(pass, held) &&
    !isDue(pass, held) &&
    (keys === undefined ||
      held.identityKeys === undefined ||
      held.identityKeys.every((key, i) => key === keys[i]))
  )
}

/** Only the login is another, and there is nothing else in the Secret: a look would tell nothing that its version does not. */
const mayReplaceUnread = (pass: Pass, held: Held): boolean => standsPure(held) && isAskedAsBefore(pass, held)

const isAskedAsBefore = ({ inputs }: Pass, { imprint }: Held): boolean => imprint.inputs === inputs

/** The time of a Secret that is there has come, whatever else has changed. */
export function isDue(pass: Pass, held: Held): boolean {
  if (pass.delivery.target.immutable === true) return false
  const due = dueOf(pass, held.imprint)
  return due !== undefined && due <= pass.at
}
