// This file is about what is there and what has to be done: read only where the watch does not tell enough.
import type { Fault } from '../model/fault.ts'
import { type Decision, decide, type Reason } from './decide.ts'
import { believe, carriesOutputs, type Held, isDressed } from './held.ts'
import { dueOf, type EngineParts, type Pass } from './pass.ts'
import type { CurrentSecret } from './ports.ts'

/** The Secret `as-held`: the watch still shows the version in which all was right, so nothing was read. */
export interface Seen {
  readonly secret: CurrentSecret | 'absent' | 'as-held'
  readonly held: Held | undefined
  readonly hasOutputs: boolean
}

/** A decision with the Secret it was made on. */
export type Verdict =
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

/** What is there: from the watch where it shows what we remember, read otherwise. */
export async function look(parts: EngineParts, pass: Pass, mustRead: boolean): Promise<Seen | Fault> {
  const remembered = parts.memory.get(pass.delivery.orderedBy.ref, pass.target)
  const glance = parts.store.glance(pass.target)
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
  const secret = await parts.store.read(pass.target, pass.signal)
  if (secret === 'absent') return { secret, held: remembered, hasOutputs: false }
  if (secret.is === 'fault') return secret
  const held = remembered ?? believe(pass.delivery, secret, pass.inputs, pass.at)
  return { secret, held, hasOutputs: held !== undefined && carriesOutputs(pass.delivery, secret, held) }
}

/** Decides on what was seen; reads the Secret first where the decision needs more than its version. */
export async function decideOn(
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
    dueAt: held === undefined ? undefined : dueOf(pass, held.imprint),
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
  return (
    held.imprint.inputs === pass.inputs &&
    !isDue(pass, held) &&
    (held.identityKeys === undefined || held.identityKeys.every((key, i) => key === keys[i]))
  )
}

/** Its time has come, whatever else has changed. */
export function isDue(pass: Pass, held: Held): boolean {
  const due = dueOf(pass, held.imprint)
  return due !== undefined && due <= pass.at
}
