// This file is about an OpenID Connect issuer over TLS, as CI services have one: real keys, real tokens, and faults on request.
import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'
import { tlsIdentity } from './tls-identity.ts'

export type Algorithm = 'RS256' | 'ES256' | 'PS256'

export interface SigningKey {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly secret: CryptoKey
  readonly open: JWK
}

export async function signingKey(algorithm: Algorithm, kid: string = randomUUID()): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return {
    kid,
    algorithm,
    secret: privateKey,
    open: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
  }
}

export type ClaimsWanted = Readonly<Record<string, unknown>>

export class OidcIssuer implements AsyncDisposable {
  readonly issuer: string
  /** PEM: what its certificate is trusted by. */
  readonly ca: string
  /** Paths asked for, in order. */
  readonly asked: string[] = []
  /** Those it publishes; the first signs. */
  keys: readonly SigningKey[]
  /** Answers instead, where it takes the path. */
  readonly instead = new Map<string, RequestListener>()
  readonly #server: Server

  private constructor(server: Server, ca: string, key: SigningKey) {
    this.#server = server
    this.issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.ca = ca
    this.keys = [key]
  }

  static async open(algorithm: Algorithm = 'ES256'): Promise<OidcIssuer> {
    const identity = await tlsIdentity('issuer')
    let self: OidcIssuer | undefined
    const server = createServer(identity, (request, response) => self?.answer(request, response))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    self = new OidcIssuer(server, identity.cert, await signingKey(algorithm))
    return self
  }

  readonly answer: RequestListener = (request, response) => {
    const path = request.url ?? ''
    this.asked.push(path)
    const instead = this.instead.get(path)
    if (instead !== undefined) return instead(request, response)
    const documents: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': { issuer: this.issuer, jwks_uri: `${this.issuer}/keys` },
      '/keys': { keys: this.keys.map(({ open }) => open) },
    }
    const document = documents[path]
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(document ?? {}))
  }

  /** Good for five minutes, and its own, unless told otherwise; a claim that is undefined is left out. */
  claims(changed: ClaimsWanted = {}): ClaimsWanted {
    const now = Math.floor(Date.now() / 1000)
    const usual = { iss: this.issuer, iat: now, nbf: now, exp: now + 300, jti: randomUUID() }
    return { ...usual, ...changed }
  }

  token(changed: ClaimsWanted = {}, by: SigningKey | undefined = this.keys[0]): Promise<string> {
    if (by === undefined) throw new Error('the issuer has no key')
    return new CompactSign(Buffer.from(JSON.stringify(this.claims(changed))))
      .setProtectedHeader({ alg: by.algorithm, kid: by.kid, typ: 'JWT' })
      .sign(by.secret)
  }

  /** How often its keys were fetched. */
  get fetches(): number {
    return this.asked.filter((path) => path === '/keys').length
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}
