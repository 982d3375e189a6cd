// This file is about the credentials the process itself runs with: the SDK's default chain, looked at anew each time.
import { createHash } from 'node:crypto'
import { canonicalJson } from '../base/canonical-json.ts'
import { seconds } from '../base/duration.ts'
import { SecretText } from '../base/secret-text.ts'
import { type Aws, type Environment, MAX_ATTEMPTS } from './connection.ts'
import { type AwsCredentials, forSdk, fromSdk, type SdkCredentials } from './credentials.ts'
import { defaultRegion } from './endpoints.ts'
import { type Asked, AwsError, asking } from './error.ts'
import { readSharedFiles } from './shared-files.ts'
import { assumeRole, assumeRoleWithWebIdentity } from './sts.ts'

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
  // Its calls to STS are observed one by one; the search itself is none.
  return asking({}, asked, signal, async () => {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers')
    const provider = fromNodeProviderChain({
      ignoreCache: true,
      logger: quiet(aws),
      ...assumers(aws, region, signal),
      // For single sign-on, the one link left that has a client of its own.
      clientConfig: {
        requestHandler: await aws.sender(),
        maxAttempts: MAX_ATTEMPTS,
        ...(region === '' ? {} : { region }),
      },
    })
    try {
      return fromSdk(await abandonable(provider(), signal))
    } catch (error) {
      throw missingFile(asked, error) ?? error
    }
  })
}

/** The chain's own STS client would know neither our endpoint nor the proxy, nor, for a profile, any region. */
const assumers = (aws: Aws, region: string, signal: AbortSignal) => ({
  roleAssumer: async (source: SdkCredentials, asked: AssumedInChain): Promise<SdkCredentials> =>
    forSdk(
      await assumeRole(aws, {
        credentials: fromSdk(source),
        region,
        roleArn: asked.RoleArn ?? '',
        sessionName: sessionName(asked),
        duration: seconds(asked.DurationSeconds ?? 3600),
        externalId: asked.ExternalId,
        signal,
      }),
    ),
  roleAssumerWithWebIdentity: async (asked: AssumedInChain & { WebIdentityToken?: string | undefined }) =>
    forSdk(
      await assumeRoleWithWebIdentity(aws, {
        region,
        roleArn: asked.RoleArn ?? '',
        sessionName: sessionName(asked),
        duration: seconds(asked.DurationSeconds ?? 3600),
        token: new SecretText((asked.WebIdentityToken ?? '').trim()),
        signal,
      }),
    ),
})

interface AssumedInChain {
  readonly RoleArn?: string | undefined
  readonly RoleSessionName?: string | undefined
  readonly DurationSeconds?: number | undefined
  readonly ExternalId?: string | undefined
}

/** Where nobody names a session the SDK names it after the time, which would make every message a new one. */
const sessionName = ({ RoleSessionName: name = '' }: AssumedInChain): string =>
  /^(aws-sdk-js(-session)?-\d+)?$/.test(name) ? 'everpull' : name

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
