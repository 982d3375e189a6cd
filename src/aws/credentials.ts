// This file is about AWS credentials: their form here and in the SDK, and the ones the process itself runs with.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../base/canonical-json.ts'
import { type Instant, instant } from '../base/clock.ts'
import { SecretText } from '../base/secret-text.ts'
import { type Aws, type Environment, MAX_ATTEMPTS } from './connection.ts'
import { type Asked, AwsError, asking } from './error.ts'
import { defaultRegion } from './endpoints.ts'
import { readSharedFiles } from './shared-files.ts'

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: SecretText
  readonly sessionToken?: SecretText
  /** Absent for keys that do not expire by themselves. */
  readonly expiresAt?: Instant
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

/** The variables that say who the default chain will find. Tokens that rotate beneath one identity are left out. */
const DECIDING = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_EC2_METADATA_DISABLED',
  'AWS_EC2_METADATA_SERVICE_ENDPOINT',
] as const

/** A digest of all that decides the default chain: variables, and the shared files as they are now. Asks nobody. */
export async function ambientFingerprint(environment: Environment): Promise<string> {
  const variables = DECIDING.map((name) => environment[name] ?? null)
  const files = await readSharedFiles(environment)
  const all = canonicalJson([variables, files.config ?? null, files.credentials ?? null])
  return createHash('sha256').update(all).digest('hex')
}

/** The region for the STS calls of the default chain: the process's own, so that it has one identity for all regions. */
export const ambientRegion = async (aws: Aws, askedRegion: string): Promise<string> =>
  (await defaultRegion(aws.settings.environment)) ?? askedRegion

/**
 * The process's own credentials: variables, web identity, shared files, container or Pod Identity, instance metadata.
 * Looked for anew at each call, past the SDK's caches of files and results, so that what is rotated is seen.
 */
export function ambientCredentials(aws: Aws, region: string, signal: AbortSignal): Promise<AwsCredentials> {
  const asked: Asked = {
    service: 'credentials',
    action: 'sts:AssumeRoleWithWebIdentity',
    region,
    ...(aws.settings.endpoints.sts === undefined ? {} : { endpoint: aws.settings.endpoints.sts }),
  }
  return asking(asked, signal, async () => {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
    const provider = fromNodeProviderChain({
      ignoreCache: true,
      logger: quiet(aws),
      clientConfig: {
        requestHandler: await aws.sender(),
        maxAttempts: MAX_ATTEMPTS,
        ...(region === '' ? {} : { region }),
        ...(asked.endpoint === undefined ? {} : { endpoint: asked.endpoint }),
      },
    })
    try {
      return fromSdk(await abandonable(provider(), signal))
    } catch (error) {
      throw missingFile(asked, error) ?? error
    }
  })
}

/** The SDK's links know no signal, but each gives up within seconds by itself. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop))
}

/** The only file whose absence ends the chain instead of passing on to the next link. */
function missingFile(asked: Asked, error: unknown): AwsError | undefined {
  const unreadable = error instanceof Error && 'syscall' in error && 'path' in error
  return unreadable ? new AwsError({ asked, code: 'TokenFileUnreadable' }) : undefined
}

/** The SDK warns on the console unless told otherwise. Its further arguments may hold answers and are dropped. */
function quiet(aws: Aws): SdkLogger {
  const debug = (message: unknown): void => {
    if (typeof message === 'string') aws.settings.log.debug(message)
  }
  return { trace: debug, debug, info: debug, warn: debug, error: debug }
}

type SdkLogger = Record<'trace' | 'debug' | 'info' | 'warn' | 'error', (message: unknown) => void>
