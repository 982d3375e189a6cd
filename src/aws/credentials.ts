// This file is about AWS credentials: their form here, and in the SDK.
import { type Instant, instant } from '../base/clock.ts'
import { SecretText } from '../base/secret-text.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: SecretText
  readonly sessionToken?: SecretText
  /** Absent for keys that do not expire by themselves. */
  readonly expiresAt?: Instant
}

/** Temporary ones. */
export interface SessionCredentials extends AwsCredentials {
  readonly sessionToken: SecretText
}

/** The SDK's own form. */
export interface SdkCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  readonly expiration?: Date
}

/** For calls that are not signed: given all the same, or the SDK would look for the process's own. */
export const NOBODY: AwsCredentials = { accessKeyId: 'unsigned', secretAccessKey: new SecretText('unsigned') }

export const forSdk = (own: AwsCredentials): SdkCredentials => ({
  accessKeyId: own.accessKeyId,
  secretAccessKey: own.secretAccessKey.reveal(),
  ...(own.sessionToken === undefined ? {} : { sessionToken: own.sessionToken.reveal() }),
  ...(own.expiresAt === undefined ? {} : { expiration: new Date(own.expiresAt) }),
})

export function fromSdk(given: SdkCredentials): AwsCredentials {
  const expiry = given.expiration?.getTime() ?? Number.NaN
  return {
    accessKeyId: given.accessKeyId,
    secretAccessKey: new SecretText(given.secretAccessKey),
    ...(given.sessionToken === undefined ? {} : { sessionToken: new SecretText(given.sessionToken) }),
    ...(Number.isNaN(expiry) ? {} : { expiresAt: instant(expiry) }),
  }
}
