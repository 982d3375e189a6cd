// This file is about reading what came back: bodies, refusals, and when to come again.
import type { Clock } from '../base/clock.ts'
import type { KubeRequest } from './client.ts'
import type { Status } from './error.ts'
import { KubeError } from './error.ts'
import type { WireReply } from './wire.ts'

/** Far above etcd's own limit for one object (1.5 MB), so only a runaway answer meets it. */
export const LARGEST_BODY = 64 << 20
const LARGEST_REFUSAL = 256 << 10
const LONGEST_MESSAGE = 1024

/** The whole body. Rejects when it ends early or grows past `limit` bytes. */
export function bodyOf({ body, complete }: WireReply, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    body.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      reject(
        new KubeError({ status: 0, reason: 'TooLarge', message: `the answer is larger than ${limit} bytes` }),
      )
      body.destroy()
    })
    body.once('end', () => {
      if (complete()) resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, size))
    })
    body.once('error', reject)
    body.once('close', () => reject(new Error('the answer ended early')))
  })
}

/** Turns a refusal into the error everyone sees. Reads the body, so that the connection is free again. */
export async function refusal(reply: WireReply, request: KubeRequest, clock: Clock): Promise<KubeError> {
  const text = await bodyOf(reply, LARGEST_REFUSAL).then(
    (bytes) => bytes.toString(),
    () => '',
  )
  const retryAfterMs = retryAfter(reply.headers['retry-after'], clock)
  return statusError(asStatus(text), reply.status, request, retryAfterMs)
}

/** The error a `Status` means; also for the one inside a watch's ERROR event. */
export function statusError(
  status: Status | undefined,
  code: number,
  request: Pick<KubeRequest, 'method' | 'path' | 'body'>,
  retryAfterMs?: number,
): KubeError {
  const said = status?.message ?? `the server answered ${code}`
  const seconds = status?.details?.retryAfterSeconds
  return new KubeError({
    status: code,
    reason: status?.reason ?? REASONS.get(code) ?? 'Unknown',
    message: `${request.method} ${request.path}: ${withoutSecrets(said, request).slice(0, LONGEST_MESSAGE)}`,
    concerns: status?.details?.kind,
    causes: status?.details?.causes?.map((cause) => ({
      ...cause,
      ...(cause.message === undefined ? {} : { message: withoutSecrets(cause.message, request) }),
    })),
    retryAfterMs: retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000),
    continueToken: status?.metadata?.continue,
  })
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
  [504, 'Timeout'],
])

function asStatus(text: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    const isStatus =
      typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status'
    return isStatus ? (parsed as unknown as Status) : undefined
  } catch {
    // Gateways and flow control answer plain text or HTML, which says no more than the status does.
    return undefined
  }
}

/** `Retry-After` in milliseconds: seconds, or an HTTP date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | string[] | undefined, clock: Clock): number | undefined {
  if (typeof header !== 'string') return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - clock.now())
}

/** Shorter values would turn ordinary words into holes, and give nothing away. */
const SHORTEST_SECRET = 4
/** Labels and annotations mostly are words that messages need ("everpull", "argocd"); what a login leaves in them is longer. */
const SHORTEST_MARK = 12

/** The server and its webhooks may quote what they refuse: what was sent of a Secret does not come back in a message. */
function withoutSecrets(message: string, request: Pick<KubeRequest, 'path' | 'body'>): string {
  if (!/\/secrets(\/|$)/.test(request.path)) return message
  return [...secretsSent(request)]
    .flatMap((value) => [value, quoted(value)])
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, value) => text.replaceAll(value, '[redacted]'), message)
}

/** As it stands between the quotes of a Go or JSON string. */
const quoted = (value: string): string => JSON.stringify(value).slice(1, -1)

function secretsSent({ path, body }: Pick<KubeRequest, 'path' | 'body'>): ReadonlySet<string> {
  if (typeof body !== 'object' || body === null) return new Set()
  if (Array.isArray(body)) return new Set(asSent(body.map((step: { value?: unknown }) => step.value)))
  const { data, stringData, metadata }: Sent = body
  const marks = [metadata?.labels, metadata?.annotations].flatMap(textsIn)
  return new Set([
    ...asSent([data, stringData]),
    ...marks.filter((text) => text.length >= SHORTEST_MARK && !path.includes(text)),
  ])
}

interface Sent {
  readonly data?: unknown
  readonly stringData?: unknown
  readonly metadata?: { readonly labels?: unknown; readonly annotations?: unknown }
}

/** Values of a Secret, as they are and decoded. */
const asSent = (values: readonly unknown[]): readonly string[] =>
  values
    .flatMap(textsIn)
    .flatMap((text) => [text, Buffer.from(text, 'base64').toString()])
    .filter((text) => text.length >= SHORTEST_SECRET)

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
