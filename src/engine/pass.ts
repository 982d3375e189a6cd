// This file is about one delivery in one pass: what everyone on its path is given, and how it ends badly.
import type { Clock, Instant } from '../base/clock.ts'
import type { Failed } from '../model/answer.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import type { Want } from '../model/login.ts'
import type { SecretRef } from '../model/ref.ts'
import { dueAt } from './cadence.ts'
import type { Claims } from './claims.ts'
import type { Imprint } from './imprint.ts'
import type { KeptTemplates } from './kept-templates.ts'
import type { LoginCache } from './login-cache.ts'
import type { Memory } from './memory.ts'
import type { OwnVersions } from './own-versions.ts'
import type { Aside, Logins, Orderers, SecretStore, Sources } from './ports.ts'
import { permittedTimes } from './sync-windows.ts'
import type { Turns } from './turns.ts'
import type { ParsedTemplates } from '../template/parsed-templates.ts'

export interface EngineParts {
  readonly logins: Logins
  readonly cache: Pick<LoginCache, 'obtain' | 'living'>
  readonly store: SecretStore
  readonly orderers: Orderers
  readonly sources: Sources
  readonly claims: Claims
  readonly memory: Memory
  readonly turns: Turns
  readonly versions: OwnVersions
  readonly templates: ParsedTemplates
  readonly clock: Clock
}

export interface Pass {
  readonly delivery: Delivery
  readonly target: SecretRef
  readonly at: Instant
  readonly inputs: string
  readonly kept: KeptTemplates
  readonly signal: AbortSignal
  readonly aside: Aside
}

export const targetOf = ({ target: { namespace, name } }: Delivery): SecretRef => ({ namespace, name })

/**
 * The same share of jitter for one delivery for ever: taken from the digest in its annotation's name. What somebody else
 * wrote is due as soon as it may be, as nobody knows when it dies.
 */
export function dueOf(
  { delivery: { orderedBy, cadence, logins: wants }, at }: Pick<Pass, 'delivery' | 'at'>,
  { logins }: Imprint,
): Instant | undefined {
  const isUnknown = logins.length === 0 && wants.length > 0
  if (isUnknown && cadence.is === 'renewed') return permittedTimes(cadence.windows).next(at)
  const hex = deliveryAnnotation(orderedBy.ref).slice(-8)
  return dueAt(logins, cadence, Number.parseInt(hex, 16) / 2 ** 32, at)
}

export const failed = (pass: Pass, cause: Fault, retryAt?: Instant): Failed => ({
  is: 'failed',
  fault: cause,
  target: pass.target,
  at: pass.at,
  ...(retryAt === undefined ? {} : { retryAt }),
})

/** A login that AWS does not give is told in the words of the orderer's API too. */
export const refusedBy = (cause: Fault, want: Want): Fault =>
  want.step === undefined ? placed(cause, want) : { ...placed(cause, want), step: want.step }

/** A login that cannot be had is told at the place it was asked for. */
export const placed = (cause: Fault, { at }: Want): Fault =>
  at === undefined || cause.at !== undefined ? cause : { ...cause, at }
