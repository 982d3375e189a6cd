// This file is about what is kept of a failed call: enough to judge it and to tell a user, nothing that could be secret.
import { systemClock } from '../base/clock.ts'
import { minutes } from '../base/duration.ts'
import type { Service } from './endpoints.ts'

/** What was asked of AWS. */
export interface Asked {
  /** `credentials`: the default chain, which may ask STS, a metadata service or only files. */
  readonly service: Service | 'credentials'
  /** As IAM policies spell it: "ecr:GetAuthorizationToken". */
  readonly action: string
  readonly region: string
  /** Which of AWS's own endpoints of that region. */
  readonly fips?: true
  readonly dualStack?: true
  /** Where it went, if not to AWS's own endpoint. */
  readonly endpoint?: string
  /** The role that was to be assumed. */
  readonly role?: string
}

export interface AwsErrorParts {
  readonly asked: Asked
  /**
   * AWS's error code, an errno or TLS code of Node, or one of ours for what nobody answered: RegionMissing,
   * RegionMalformed, NoCredentials, TokenFileUnreadable, Timeout, MalformedAnswer, Unknown.
   */
  readonly code: string
  /** The HTTP status, where there was an answer. */
  readonly status?: number
  /** What AWS says about it, for codes whose texts name principals and parameters only; stable across retries. */
  readonly detail?: string
  /** How the clock here is off by the date of the answer, as far as AWS minds. */
  readonly clock?: ClockOff
}

export type ClockOff = 'ahead' | 'behind'

/** Every function of this folder throws this, or the signal's reason when it aborts. Carries no cause: SDK errors hold requests. */
export class AwsError extends Error {
  readonly asked: Asked
  readonly code: string
  readonly status: number | undefined
  readonly detail: string | undefined
  readonly clock: ClockOff | undefined
  constructor(parts: AwsErrorParts) {
    super(
      `${parts.asked.action}: ${parts.code}${parts.status === undefined ? '' : ` (HTTP ${parts.status})`}`,
    )
    this.name = 'AwsError'
    this.asked = parts.asked
    this.code = parts.code
    this.status = parts.status
    this.detail = parts.detail
    this.clock = parts.clock
  }
}

/** Told when a call begins; what it gives back is told how the call ended. An abort is no end. */
export type CallObserver = (asked: Asked) => (failure: AwsError | undefined) => void

export interface Observed {
  readonly observe?: CallObserver
}

/** Runs one call and turns whatever it throws into an `AwsError`; an abort keeps the signal's own reason. */
export async function asking<T>(
  { observe }: Observed,
  asked: Asked,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const ended = observe?.(asked)
  try {
    const answer = await call()
    ended?.(undefined)
    return answer
  } catch (error) {
    signal.throwIfAborted()
    const failure = asAwsError(asked, error)
    if (failure instanceof AwsError) ended?.(failure)
    throw failure
  }
}

/** Foreign errors by name, code and status. */
export function asAwsError(asked: Asked, error: unknown): Error {
  if (error instanceof AwsError) return error
  if (!(error instanceof Error)) return new AwsError({ asked, code: 'Unknown' })
  const status = statusOf(error)
  if (status !== undefined) return answered(asked, error, status)
  // A link of the default chain that found nobody may carry the errno of the last address it tried.
  if (error.name === 'CredentialsProviderError' || error.name === 'ProviderError') {
    return new AwsError({ asked, code: 'NoCredentials' })
  }
  const code = codeOf(error)
  if (code !== undefined) return new AwsError({ asked, code })
  if (error.name === 'TimeoutError') return new AwsError({ asked, code: 'Timeout' })
  // A mistake in this program passes through as it is.
  return error instanceof TypeError || error instanceof RangeError
    ? error
    : new AwsError({ asked, code: 'Unknown' })
}

function answered(asked: Asked, error: Error, status: number): AwsError {
  const code = NAMELESS.has(error.name) ? 'MalformedAnswer' : error.name
  const detail = TELLING.has(code) ? stable(error.message) : undefined
  const clock = clockBy(error)
  return new AwsError({
    asked,
    code,
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(clock === undefined ? {} : { clock }),
  })
}

/** AWS takes no signature that is more off than this. */
const SKEW_ALLOWED_MS = minutes(5)

/** The SDK keeps the answer with its errors; its Date is the time of who sent it. */
function clockBy(error: Error): ClockOff | undefined {
  const answer = '$response' in error ? (error.$response as { headers?: unknown } | undefined) : undefined
  const headers = (answer?.headers ?? {}) as Readonly<Record<string, unknown>>
  const { date } = headers
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  const off = systemClock.now() - theirs
  if (Number.isNaN(off) || Math.abs(off) <= SKEW_ALLOWED_MS) return undefined
  return off > 0 ? 'ahead' : 'behind'
}

/** What a body that AWS did not write (a proxy's page, say) ends as in the SDK's parsers. */
const NAMELESS: ReadonlySet<string> = new Set([
  'Error',
  'SyntaxError',
  'TypeError',
  'Unknown',
  'UnknownError',
])

/** Codes whose messages name principals, actions, resources and parameters; others quote signatures or times. */
const TELLING: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'InvalidParameterException',
  'MalformedPolicyDocument',
  'MalformedPolicyDocumentException',
  'PackedPolicyTooLarge',
  'PackedPolicyTooLargeException',
  'RegionDisabledException',
  'UnsupportedCommandException',
  'ValidationError',
])

/** AWS's own limit is no shorter than an ARN or two need. */
const LONGEST_DETAIL = 600

/** A parameter that AWS does not like may be quoted, and a token of a web identity is one. */
const JWT = /eyJ[\w-]{10,}\.[\w-]+(\.[\w-]*)?/g
/** As long as nothing is that people name. */
const SESSION_TOKEN = /[\w+/=-]{150,}/g

/** One line without what moves between retries: request ids, and session names the SDK makes of the time. */
function stable(message: string): string | undefined {
  const line = message
    .replace(/\s+/g, ' ')
    .replace(/\(?\brequest ?id:? ?[-\w]+\)?/gi, '')
    .replace(/\baws-sdk-js-(session-)?\d+/g, 'aws-sdk-js')
    .replace(JWT, '…')
    .replace(SESSION_TOKEN, '…')
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '…')
    .trim()
  return line === '' ? undefined : line.slice(0, LONGEST_DETAIL)
}

function statusOf(error: Error): number | undefined {
  const metadata = '$metadata' in error ? error.$metadata : undefined
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined
  return typeof status === 'number' ? status : undefined
}

/** Node's code; of several addresses that all failed, the first one's. */
function codeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  return first instanceof Error ? codeOf(first) : undefined
}
