// This file is about the token that whoever asks brings along: where it is, and what it says of itself before anybody has verified it.
import { hash } from 'node:crypto'
import { z } from 'zod'
import { SecretText } from '../base/secret-text.ts'

/** What a token says; whether that is true is another question. */
export interface Claims {
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
  /** Seconds since the epoch. */
  readonly expires?: number | undefined
  readonly notBefore?: number | undefined
  readonly issued?: number | undefined
  /** `jti`. */
  readonly id?: string | undefined
}

const Payload = z.object({
  iss: z.string().max(2048),
  sub: z.string().max(2048),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number().optional(),
  nbf: z.number().optional(),
  iat: z.number().optional(),
  jti: z.string().min(1).max(2048).optional(),
})

/** The token of an Authorization header; undefined where there is none. */
export function bearerOf(authorization: string | undefined): SecretText | undefined {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  return token === undefined ? undefined : new SecretText(token)
}

/** What a signed token says; undefined where it is none of that form. */
export function claimsOf(token: SecretText): Claims | undefined {
  const parts = token.reveal().split('.')
  const [, payload = ''] = parts
  return parts.length === 3 ? readClaims(Buffer.from(payload, 'base64url').toString()) : undefined
}

export function readClaims(json: string): Claims | undefined {
  const read = Payload.safeParse(jsonOf(json))
  if (!read.success) return undefined
  const { iss, sub, aud, exp, nbf, iat, jti } = read.data
  return {
    issuer: iss,
    subject: sub,
    audiences: [aud].flat(),
    expires: exp,
    notBefore: nbf,
    issued: iat,
    id: jti,
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** By what a token is found again in a log, without being shown there. */
export const fingerprintOf = ({ issuer, id }: Pick<Claims, 'issuer' | 'id'>): string | undefined =>
  id === undefined ? undefined : hash('sha256', `${issuer}\n${id}`).slice(0, 16)
