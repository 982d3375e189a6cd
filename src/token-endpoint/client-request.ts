// This file is about one request of a client over TLS, made with a credential that is shown nowhere else.
import { type Agent, request } from 'node:https'
import type { SecretText } from '../base/secret-text.ts'

export interface Means {
  readonly agent: Agent
  /** PEM; what Node trusts where not given. */
  readonly ca?: string | undefined
  readonly signal: AbortSignal
}

export interface Sent {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  /** JSON */
  readonly body?: string
}

export interface Got {
  readonly status: number
  readonly retryAfter: string
  readonly text: string
}

/** Bytes. */
const LONGEST_ANSWER = 1024 * 1024

/** Follows no redirect. Rejects with Node's error, or the signal's. */
export function sendWith(
  credential: SecretText,
  { method, url, body }: Sent,
  { agent, ca, signal }: Means,
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${credential.reveal()}`,
      accept: 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const options = { method, agent, signal, headers, minVersion: 'TLSv1.2' as const }
    const sent = request(url, { ...options, ...(ca === undefined ? {} : { ca }) }, (response) => {
      const parts: Buffer[] = []
      let length = 0
      response.on('data', (part: Buffer) => {
        length += part.length
        if (length > LONGEST_ANSWER) return void response.destroy(new Error('its answer is too long'))
        parts.push(part)
      })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode = 0, headers: answered } = response
        const text = Buffer.concat(parts).toString()
        resolve({ status: statusCode, retryAfter: answered['retry-after'] ?? '', text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
