// This file is about Signature Version 4: the request is signed again with the key we know, and the two compared.
import { createHash, createHmac, timingSafeEqual, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import {
  expiredSession,
  incompleteSignature,
  missingSignature,
  unknownKey,
  wrongSignature,
} from './protocol/aws-error.ts'

export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string | string[]>>
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What the Authorization header (or a presigned query) claims, unchecked. */
export interface Claim {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  readonly sessionToken?: string
  /** `YYYYMMDDThhmmssZ` */
  readonly at: string
  /** Set for presigned requests: seconds for which the signature holds. */
  readonly presignedFor?: number
}

const HEADER =
  /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request, *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]+)$/

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

function readPresigned(query: SignedRequest['query']): Claim {
  const [accessKeyId, date, region, service] = (one(query['X-Amz-Credential']) ?? '').split('/')
  const sessionToken = one(query['X-Amz-Security-Token'])
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined)
    throw incompleteSignature('Credential must have exactly 5 slash-delimited elements.')
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: (one(query['X-Amz-SignedHeaders']) ?? '').split(';'),
    signature: one(query['X-Amz-Signature']) ?? '',
    ...(sessionToken === undefined ? {} : { sessionToken }),
    at: one(query['X-Amz-Date']) ?? '',
    presignedFor: Number(one(query['X-Amz-Expires']) ?? '900'),
  }
}

/** Throws MissingAuthenticationToken or IncompleteSignature. */
export function readClaim(request: SignedRequest): Claim {
  const header = request.headers['authorization']
  if (header === undefined && request.query['X-Amz-Signature'] !== undefined)
    return readPresigned(request.query)
  if (header === undefined) throw missingSignature()
  const parts = HEADER.exec(header)
  if (parts === null)
    throw incompleteSignature(
      "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters.",
    )
  const [, accessKeyId = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = parts
  const at = request.headers['x-amz-date']
  if (at === undefined)
    throw incompleteSignature("Authorization header requires existence of a 'X-Amz-Date' header.")
  const sessionToken = request.headers['x-amz-security-token']
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(';'),
    signature,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    at,
  }
}

/** The hash interface that @smithy/signature-v4 asks for, over node:crypto. */
export class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' || secret === undefined ? secret : toBytes(secret)
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  }
  update(data: Uint8Array | string | ArrayBuffer): void {
    this.#hash.update(typeof data === 'string' ? data : toBytes(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    throw new Error('a used hash cannot be reset')
  }
}

const toBytes = (data: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data)

function parseDate(at: string): Date {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(at)
  if (parts === null) throw incompleteSignature(`Date must be in ISO-8601 'basic format'. Got '${at}'.`)
  const [, year, month, day, hour, minute, second] = parts
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

const basicFormat = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '')

/** AWS accepts a signature whose date is within five minutes of its own. */
const SKEW_ALLOWED_MS = 5 * 60_000

function checkDate(claim: Claim, now: number): Date {
  const date = parseDate(claim.at)
  const oldest = now - Math.max(SKEW_ALLOWED_MS, (claim.presignedFor ?? 0) * 1000)
  if (date.getTime() < oldest)
    throw wrongSignature(
      `Signature expired: ${claim.at} is now earlier than ${basicFormat(now - SKEW_ALLOWED_MS)} (${basicFormat(now)} - 5 min.)`,
    )
  if (date.getTime() > now + SKEW_ALLOWED_MS)
    throw wrongSignature(
      `Signature not yet current: ${claim.at} is still later than ${basicFormat(now + SKEW_ALLOWED_MS)} (${basicFormat(now)} + 5 min.)`,
    )
  return date
}

function signedPart(request: SignedRequest, claim: Claim): Record<string, string> {
  const missing = ['host'].filter((name) => !claim.signedHeaders.includes(name))
  if (missing.length > 0) throw wrongSignature("'Host' must be a 'SignedHeader' in the AWS Authorization.")
  return Object.fromEntries(claim.signedHeaders.map((name) => [name, request.headers[name] ?? ''] as const))
}

async function expectedSignature(
  request: SignedRequest,
  claim: Claim,
  secret: string,
  date: Date,
): Promise<string> {
  const signer = new SignatureV4({
    service: claim.service,
    region: claim.region,
    credentials: { accessKeyId: claim.accessKeyId, secretAccessKey: secret },
    sha256: Sha256,
    applyChecksum: false,
  })
  const { 'X-Amz-Signature': _, ...query } = request.query
  const input = {
    method: request.method,
    protocol: 'http:',
    hostname: request.headers['host'] ?? '',
    path: request.path,
    headers: signedPart(request, claim),
    body: request.body,
  }
  const signableHeaders = new Set(claim.signedHeaders)
  if (claim.presignedFor !== undefined) {
    const presigned = await signer.presign(
      { ...input, query },
      {
        signingDate: date,
        expiresIn: claim.presignedFor,
        signableHeaders,
        unhoistableHeaders: signableHeaders,
      },
    )
    return String(presigned.query?.['X-Amz-Signature'])
  }
  const signed = await signer.sign({ ...input, query }, { signingDate: date, signableHeaders })
  return String(signed.headers['authorization']).split('Signature=')[1] ?? ''
}

/** The key that a claim is to be checked with. */
export interface KnownKey {
  readonly secretAccessKey: string
  readonly expired: boolean
}

/** Throws what AWS answers: unknown key, expired session, skew, wrong scope, or a signature that differs. */
export async function checkSignature(
  request: SignedRequest,
  claim: Claim,
  key: KnownKey | undefined,
  expected: { service: string; now: number },
): Promise<void> {
  if (key === undefined) throw unknownKey()
  if (claim.service !== expected.service)
    throw wrongSignature(`Credential should be scoped to correct service: '${expected.service}'. `)
  const date = checkDate(claim, expected.now)
  const hash = request.headers['x-amz-content-sha256']
  if (hash !== undefined && hash !== createHash('sha256').update(request.body).digest('hex'))
    throw wrongSignature()
  const wanted = Buffer.from(await expectedSignature(request, claim, key.secretAccessKey, date))
  const given = Buffer.from(claim.signature)
  if (
    claim.date !== claim.at.slice(0, 8) ||
    wanted.length !== given.length ||
    !timingSafeEqual(wanted, given)
  )
    throw wrongSignature()
  if (key.expired) throw expiredSession()
}
