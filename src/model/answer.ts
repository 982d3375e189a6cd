// This file is about what the engine hands back for a delivery.
import type { Instant } from '../base/clock.ts'
import type { Fault } from './fault.ts'
import type { Life } from './login.ts'
import type { Ref, SecretRef } from './ref.ts'

/** The Secret holds what was ordered. */
export interface Receipt {
  readonly is: 'receipt'
  readonly target: SecretRef
  readonly logins: readonly Life[]
  /** When this pass began. */
  readonly at: Instant
  /** `none`: nothing had to be written. */
  readonly wrote: 'created' | 'updated' | 'none'
  /** When to look again; absent for what is never renewed. */
  readonly nextAt?: Instant
  /** Logins whose expiry AWS did not tell, so twelve hours are assumed. */
  readonly expiryAssumed: boolean
}

/** A login written earlier still lives although obtaining its successor fails. */
export interface Serving {
  /** When the first of the written logins dies. */
  readonly until: Instant
  /** Since when renewing fails. */
  readonly since: Instant
}

export interface Failed {
  readonly is: 'failed'
  readonly fault: Fault
  readonly target?: SecretRef
  /** Set only for failures to obtain a login, while what was written lives. */
  readonly serving?: Serving
  readonly at: Instant
  /** Trying earlier is of no use: a backoff shared by everyone who wants that login. */
  readonly retryAt?: Instant
  /** What was being done, where it was not the writing of the target: deleting it, or what was left elsewhere. */
  readonly doing?: 'deleting' | 'deleting-orphans'
  /** The orderer itself is wrong: only a change of it, or of what it refers to, can help, and that brings it back. */
  readonly isFinal?: true
}

export const failed = (fault: Fault, at: Instant): Failed => ({ is: 'failed', fault, at })

/** Another delivery writes this Secret. */
export interface Yielded {
  readonly is: 'yielded'
  readonly to: Ref
  readonly target: SecretRef
  readonly at: Instant
}

/** The target is absent and this delivery does not create it. */
export interface TargetMissing {
  readonly is: 'target-missing'
  readonly target: SecretRef
  readonly at: Instant
}

/** There is not a single value to write, and the target has been dealt with as ordered for that. */
export interface Emptied {
  readonly is: 'emptied'
  readonly target: SecretRef
  readonly at: Instant
  readonly secret: 'kept' | 'deleted' | 'absent'
}

/** A Secret that was made for the orderer under another name is gone; told beside the answers to its deliveries. */
export interface OrphanDeleted {
  readonly is: 'orphan-deleted'
  readonly target: SecretRef
  readonly at: Instant
}

export type Answer = Receipt | Failed | Yielded | TargetMissing | Emptied | OrphanDeleted
