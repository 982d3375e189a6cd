// This file is about what a request for logins says besides who asks: read within bounds, and held to its form.
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type Refusal, refuse } from './refusal.ts'

/** Bytes. */
const LONGEST_BODY = 4096

const Wish = z.strictObject({
  registry: z.string().min(1).max(259).optional(),
  access: z.enum(['pull', 'push']).optional(),
})

export interface Wished {
  readonly is: 'wish'
  readonly registry?: string | undefined
  readonly access?: 'pull' | 'push' | undefined
}

/** Rejects when the connection breaks. */
export async function wishOf(request: IncomingMessage): Promise<Wished | Refusal> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LONGEST_BODY) {
      return refuse('request-too-large', `the body is longer than ${LONGEST_BODY} bytes`)
    }
    parts.push(part)
  }
  const text = Buffer.concat(parts).toString().trim()
  if (text === '') return { is: 'wish' }
  const read = Wish.safeParse(jsonOf(text))
  return read.success ? { is: 'wish', ...read.data } : MALFORMED
}

const MALFORMED = refuse(
  'request-malformed',
  'the body is no JSON object with registry (a host), access (pull or push), both or neither',
)

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
