// This file is about an OpenID Connect issuer for tests: keys of its own, tokens as Kubernetes signs them.
import { createSign, generateKeyPairSync, sign } from 'node:crypto'
import type { Jwk, OidcProvider } from '../options.ts'

export interface TestIssuer {
  readonly provider: OidcProvider
  /** A token of the service account, with whatever claims are to differ. */
  token(claims?: Readonly<Record<string, unknown>>): string
}

export interface TestIssuerOptions {
  readonly issuer?: string
  readonly algorithm?: 'RS256' | 'ES256'
  readonly account?: string
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

export function testIssuer({
  issuer = 'https://127.0.0.1:6443',
  algorithm = 'RS256',
  account = '123456789012',
}: TestIssuerOptions = {}): TestIssuer {
  const keys =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk: Jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: algorithm }
  const signature = (data: string): string =>
    algorithm === 'RS256'
      ? createSign('sha256').update(data).sign(keys.privateKey, 'base64url')
      : sign('sha256', Buffer.from(data), { key: keys.privateKey, dsaEncoding: 'ieee-p1363' }).toString(
          'base64url',
        )
  return {
    provider: {
      issuer,
      audiences: ['sts.amazonaws.com'],
      providerArn: `arn:aws:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`,
      fetchJwks: () => Promise.resolve({ keys: [jwk] }),
    },
    token(claims = {}) {
      const now = Math.floor(Date.now() / 1000)
      const payload = {
        iss: issuer,
        sub: 'system:serviceaccount:apps:puller',
        aud: ['sts.amazonaws.com'],
        iat: now,
        nbf: now,
        exp: now + 600,
        ...claims,
      }
      const data = `${part({ alg: algorithm, kid: 'k1' })}.${part(payload)}`
      return `${data}.${signature(data)}`
    },
  }
}
