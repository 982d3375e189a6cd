// This file is about a login: what GetAuthorizationToken gives, and how long it may be used.
import type { Instant } from '../base/clock.ts'
import type { SecretText } from '../base/secret-text.ts'
import type { Identity } from './identity.ts'

/** What one token opens: every registry of one region (private), or ECR Public. */
export interface TokenScope {
  readonly service: 'private' | 'public'
  /** Empty: the SDK's own region resolution. */
  readonly region: string
}

/** One login somebody wants. */
export interface Want {
  readonly identity: Identity
  readonly scope: TokenScope
  /** Where in the orderer's spec it is asked for; a failure to obtain it is told there. */
  readonly at?: string
}

/** When a login was minted and when it dies: all that is remembered of one that was written. */
export interface Life {
  readonly mintedAt: Instant
  readonly expiresAt: Instant
}

export interface Login extends Life {
  readonly username: string
  readonly password: SecretText
  /** With scheme, as AWS gives it; absent for ECR Public. */
  readonly proxyEndpoint?: string
  /** AWS gave no expiry worth believing; twelve hours are assumed. */
  readonly expiryAssumed: boolean
}

/** The life AWS documents for a token; assumed where the answer's own is missing or lies in the past. */
export const DOCUMENTED_LIFE_MS = 12 * 3_600_000

/** A login is spent at two thirds of its life, so that a failing renewal has a third left to recover in. */
export const spentAt = (life: Life): Instant =>
  (life.mintedAt + ((life.expiresAt - life.mintedAt) * 2) / 3) as Instant

/** What is remembered of a login: pessimistic by the length of the call, and never more than the documented life. */
export const lifeOf = (login: Login): Life => ({
  mintedAt: login.mintedAt,
  expiresAt: Math.min(login.expiresAt, login.mintedAt + DOCUMENTED_LIFE_MS) as Instant,
})
