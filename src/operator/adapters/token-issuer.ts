// This file is about who issues the tokens of service accounts, as their own claims say: trust policies name it.
import type { ServiceAccountTokens } from './role-chain.ts'

export interface RememberedIssuer {
  readonly tokens: ServiceAccountTokens
  /** Of the last token; undefined before there is one, or where it names none. */
  readonly last: () => string | undefined
}

export function issuerRemembered(tokens: ServiceAccountTokens): RememberedIssuer {
  let issuer: string | undefined
  return {
    last: () => issuer,
    tokens: {
      async request(account, audiences, signal) {
        const token = await tokens.request(account, audiences, signal)
        issuer = issuerOf(token.reveal())
        return token
      },
    },
  }
}

function issuerOf(token: string): string | undefined {
  const [, claims = ''] = token.split('.')
  try {
    const read: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
    const issuer = typeof read === 'object' && read !== null && 'iss' in read ? read.iss : undefined
    return typeof issuer === 'string' ? issuer : undefined
  } catch {
    return undefined
  }
}
