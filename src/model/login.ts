// This file is about a login: what AWS gives to whoever asks for one, and how long it may be used.
import type { Instant } from '../base/clock.ts'
import type { SecretText } from '../base/secret-text.ts'
import type { Identity } from './identity.ts'
import type { Host } from './registry.ts'

/** What is asked for: a token for the registries of one region (private) or ECR Public, or a session of STS. */
export type TokenScope = RegistryScope | SessionScope

export interface RegistryScope {
  readonly service: 'private' | 'public'
  /** Empty: the SDK's own region resolution. */
  readonly region: string
  /** Which of the SDK's endpoints is asked. */
  readonly fips?: true
  readonly dualStack?: true
}

/** The login that opens a registry. */
export const scopeOf = ({ is, region, fips, dualStack }: Host): RegistryScope => ({
  service: is,
  region,
  ...(fips ? { fips } : {}),
  ...(dualStack ? { dualStack } : {}),
})

/** sts:GetSessionToken: temporary keys of the user who asks. */
export interface SessionScope {
  readonly service: 'session'
  /** Empty: the SDK's own region resolution. */
  readonly region: string
  /** Seconds; AWS's own choice where not given. */
  readonly lifeSeconds?: number
  /** An MFA device by serial number or ARN, and what it shows; AWS takes a code once. */
  readonly serialNumber?: string
  readonly tokenCode?: string
}

/** One login somebody wants. */
export interface Want {
  readonly identity: Identity
  readonly scope: TokenScope
  /** Where in the orderer's spec it is asked for; a failure to obtain it is told there. */
  readonly at?: string
  /** What the orderer's API calls a failure to obtain it; its users know that text. */
  readonly step?: string
  /** The registries it is for, as far as its shape may not tell them: for whoever only looks. */
  readonly hosts?: readonly string[]
}

/** When a login was minted and when it dies: all that is remembered of one that was written. */
export interface Life {
  readonly mintedAt: Instant
  readonly expiresAt: Instant
}

interface Dated extends Life {
  /** AWS gave no expiry worth believing; twelve hours are assumed. */
  readonly expiryAssumed: boolean
}

/** What opens registries. */
export interface RegistryLogin extends Dated {
  readonly is: 'registry'
  readonly username: string
  readonly password: SecretText
  /** With scheme, as AWS gives it; absent for ECR Public. */
  readonly proxyEndpoint?: string
}

/** Temporary AWS credentials. */
export interface SessionLogin extends Dated {
  readonly is: 'session'
  readonly accessKeyId: string
  readonly secretAccessKey: SecretText
  readonly sessionToken: SecretText
}

export type Login = RegistryLogin | SessionLogin

/**
 * The life AWS documents for a token, and for a session where nobody asks for another; assumed where the answer's own is
 * missing or lies in the past.
 */
export const DOCUMENTED_LIFE_MS = 12 * 3_600_000

/** The longest lives that AWS documents. */
const LONGEST_LIFE_MS = { registry: DOCUMENTED_LIFE_MS, session: 36 * 3_600_000 } as const satisfies Record<
  Login['is'],
  number
>

/** The longest life a login of that scope, or of any, may have: who claims a longer one is not believed. */
export const longestLife = (scope: TokenScope | undefined): number =>
  LONGEST_LIFE_MS[scope === undefined || scope.service === 'session' ? 'session' : 'registry']

/** A login is spent at two thirds of its life, so that a failing renewal has a third left to recover in. */
export const spentAt = (life: Life): Instant =>
  (life.mintedAt + ((life.expiresAt - life.mintedAt) * 2) / 3) as Instant

/** What is remembered of a login: pessimistic by the length of the call, and never more than the documented life. */
export const lifeOf = (login: Login): Life => ({
  mintedAt: login.mintedAt,
  expiresAt: Math.min(login.expiresAt, login.mintedAt + LONGEST_LIFE_MS[login.is]) as Instant,
})
