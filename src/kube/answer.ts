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

/** Admission webhooks may quote what they refuse: values of a Secret that was sent do not come back in a message. */
function withoutSecrets(message: string, request: Pick<KubeRequest, 'path' | 'body'>): string {
  if (!/\/secrets(\/|$)/.test(request.path)) return message
  return [...secretValues(request.body)]
    .filter((value) => value.length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, value) => text.replaceAll(value, '[redacted]'), message)
}

/** Values under data and stringData, and those of JSON patch steps: as they are, and decoded. */
function secretValues(body: unknown): Set<string> {
  const values = new Set<string>()
  const collect = (value: unknown): void => {
    if (typeof value === 'string') values.add(value).add(Buffer.from(value, 'base64').toString())
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect)
  }
  if (Array.isArray(body)) body.forEach((step: { value?: unknown }) => collect(step.value))
  else if (typeof body === 'object' && body !== null) {
    for (const [member, value] of Object.entries(body)) {
      if (member === 'data' || member === 'stringData') collect(value)
    }
  }
  return values
}
