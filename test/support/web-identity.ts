// This file is about an OpenID Connect issuer that signs tokens as a cluster's API server does.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { OidcProvider } from '../../sandbox/aws/options.ts'
import { DEMO_ACCOUNT } from '../../sandbox/aws/seed.ts'

export interface TokenIssuer {
  readonly provider: OidcProvider
  token(claims: { readonly sub: string; readonly aud: readonly string[]; readonly exp?: number }): string
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const HOUR_S = 3600

export function anIssuer(audiences: readonly string[] = ['sts.amazonaws.com']): TokenIssuer {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const kid = randomUUID()
  const host = `issuer-${kid}.test`
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' } as Record<
    string,
    unknown
  >
  return {
    provider: {
      issuer: `https://${host}`,
      audiences,
      providerArn: `arn:aws:iam::${DEMO_ACCOUNT}:oidc-provider/${host}`,
      fetchJwks: async () => ({ keys: [jwk] }),
    },
    token({ sub, aud, exp }) {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: `https://${host}`, sub, aud, iat: now, nbf: now, exp: exp ?? now + HOUR_S }
      const signed = `${part({ alg: 'ES256', kid, typ: 'JWT' })}.${part(claims)}`
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      return `${signed}.${signature.toString('base64url')}`
    },
  }
}
