// This file is about the one path of a delivery: glance, decide, obtain, render, write, remember.
import type { Answer } from '../model/answer.ts'
import { type Delivery, isSetForGood } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { templatesYield } from './compose.ts'
import { deliverNothing, isEmpty } from './emptied.ts'
import { type Held, isKnown } from './held.ts'
import { inputsOf } from './imprint.ts'
import { type KeptTemplates, NOTHING_KEPT, readKept } from './kept-templates.ts'
import { decideOn, isDue, look, type Seen, type Verdict } from './look.ts'
import { type EngineParts, failed, type Pass, placed, targetOf } from './pass.ts'
import type { Aside, Logins } from './ports.ts'
import { failedToObtain, obtainAll, renew } from './renew.ts'
import { leave, redress, remember } from './write.ts'

/** Somebody else wrote between our read and our write: read again, at most this often in one pass. */
const ATTEMPTS = 4

/** Fulfils one delivery. Never called twice at once for the same one (the queue holds a running key). */
export async function deliver(
  parts: EngineParts,
  asked: Delivery,
  signal: AbortSignal,
  aside: Aside = (slow) => slow,
): Promise<Answer> {
  const delivery = templatesYield(asked)
  const target = targetOf(delivery)
  const glance = parts.store.glance(target)
  const carries = (annotation: string): boolean =>
    typeof glance === 'object' && glance.annotations.includes(annotation)
  const rival = parts.claims.rivalOf(delivery, carries)
  if (rival !== undefined) return { is: 'yielded', to: rival, target, at: parts.clock.now() }
  const { wanted, kept } = await withTemplates(parts, delivery, signal)
  const inputs = inputsOf(wanted, kept.digest)
  return parts.turns.take(target, aside, (inTurn) =>
    attempt(parts, { delivery: wanted, target, at: parts.clock.now(), inputs, kept, signal, aside: inTurn }),
  )
}

async function attempt(parts: EngineParts, pass: Pass): Promise<Answer> {
  const { target } = pass
  for (let tries = 1; tries <= ATTEMPTS; tries += 1) {
    const answer = await attemptOnce(parts, pass, tries > 1)
    if (answer !== 'moved') return answer
  }
  return failed(pass, fault('kube-conflict', `Secret ${target.name} keeps being changed by somebody else`))
}

/** Without a template nothing can be written, though what is there may do as it is. */
async function withTemplates(
  { sources }: EngineParts,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<{ readonly wanted: Delivery; readonly kept: KeptTemplates }> {
  const kept = await readKept(sources, delivery.shape, signal)
  return kept.is === 'kept'
    ? { wanted: delivery, kept }
    : { wanted: { lacks: kept, ...delivery }, kept: NOTHING_KEPT }
}

async function attemptOnce(parts: EngineParts, pass: Pass, mustRead: boolean): Promise<Answer | 'moved'> {
  const isNothing = pass.delivery.target.whenEmpty !== undefined && isEmpty(pass.delivery.shape)
  if (isNothing && !ignoresChanges(pass.delivery)) return deliverNothing(parts, pass)
  const seen = await look(parts, pass, mustRead)
  if ('code' in seen) return failed(pass, seen)
  const early = mayNeedNoLogin(pass.delivery, seen) ? await decideOn(parts, pass, seen, undefined) : undefined
  if (early !== undefined && early.is !== 'renew') return conclude(parts, pass, early)
  if (isNothing) return deliverNothing(parts, pass)
  const keys = pass.delivery.lacks ?? (await identifyAll(parts.logins, pass))
  if ('code' in keys) return failedToObtain(parts, pass, early ?? seen, keys)
  const refusal = await refusedInAdvance(parts, pass, seen, keys)
  if (refusal !== undefined) return refusal
  const verdict = early ?? (await decideOn(parts, pass, seen, keys))
  return verdict.is === 'renew' ? renew(parts, pass, verdict, keys) : conclude(parts, pass, verdict, keys)
}

/** That its values are gone is a change like any other. */
const ignoresChanges = ({ cadence }: Delivery): boolean =>
  cadence.is === 'once' && cadence.ignoresChanges === true

/** What is set for good, or has been fulfilled by somebody else, fares well without anything it was once made from. */
const mayNeedNoLogin = (delivery: Delivery, { held }: Seen): boolean =>
  isSetForGood(delivery) || (delivery.fulfilledAt !== undefined && !isKnown(held))

/** Ends a pass for which no login is needed. */
function conclude(
  parts: EngineParts,
  pass: Pass,
  verdict: Exclude<Verdict, { is: 'renew' }>,
  keys?: readonly string[],
): Answer | Promise<Answer | 'moved'> {
  const identityKeys = keys === undefined ? {} : { identityKeys: keys }
  switch (verdict.is) {
    case 'fresh':
      return remember(parts, pass, { ...verdict.held, ...identityKeys }, 'none')
    case 'left':
      return leave(parts, pass, verdict.secret, verdict.until)
    case 'wait-for-target':
      return { is: 'target-missing', target: pass.target, at: pass.at }
    case 'refuse':
      return failed(pass, verdict.fault)
    case 'redress':
      return redress(
        parts,
        pass,
        verdict.secret,
        verdict.held === undefined ? undefined : { ...verdict.held, ...identityKeys },
      )
  }
}

/**
 * What is merely due, or forced, asks for its login before it reads its Secret: while AWS is away, a try costs no
 * request, and thousands that wait for one login hold no Secrets meanwhile.
 */
async function refusedInAdvance(
  parts: EngineParts,
  pass: Pass,
  { secret, held, hasOutputs }: Seen,
  keys: readonly string[],
): Promise<Answer | undefined> {
  if (secret !== 'as-held') return undefined
  const because = isForced(pass, held) ? 'forced' : isDue(pass, held) ? 'due' : undefined
  if (because === undefined) return undefined
  const obtained = await obtainAll(parts, pass, { because, held }, keys)
  return Array.isArray(obtained)
    ? undefined
    : failedToObtain(parts, pass, { held, hasOutputs }, obtained.fault, obtained.retryAt)
}

/** Somebody asks for a newer login than the one that stands. */
const isForced = ({ delivery: { cadence, target } }: Pass, held: Held): boolean =>
  cadence.force !== undefined && cadence.force !== held.force && target.immutable !== true

async function identifyAll(logins: Logins, pass: Pass): Promise<readonly string[] | Fault> {
  const keys: string[] = []
  for (const want of pass.delivery.logins) {
    const identified = await logins.identify(want.identity, pass.signal)
    if (identified.is === 'fault') return placed(identified, want)
    keys.push(identified.key)
  }
  return keys
}
