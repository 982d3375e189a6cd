// This file is about ECR authorization tokens: each mint a new one, readable only by the registries of its region.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../../../src/base/clock.ts'
import type { RegistryService } from '../../registry/token-check.ts'
import type { Principal } from '../iam/principal.ts'
import type { Ledger } from '../ledger.ts'
import type { Seal } from '../seal.ts'

export interface TokenClaims {
  readonly principal: Principal
  readonly service: RegistryService
  readonly region: string
  /** Real time. */
  readonly mintedAt: number
  /** On the token clock, which may be ahead of real time. */
  readonly expiresAt: number
}
export interface MintedToken {
  /** Base64 of `AWS:<password>`, as GetAuthorizationToken answers. */
  readonly authorizationToken: string
  readonly password: string
  /** Real time at which it dies if the token clock is left alone. */
  readonly expiresAt: number
}

export interface Tokens {
  mint(principal: Principal, service: RegistryService, region: string): MintedToken
  read(password: string): TokenClaims | undefined
  isExpired(claims: TokenClaims): boolean
}

/** The outer document of a real password, its payload opaque. */
interface Envelope {
  readonly payload: string
  readonly datakey: string
  readonly version: '2'
  readonly type: 'DATA_KEY'
  /** Seconds since the epoch. */
  readonly expiration: number
}

/** AWS's own data key is 208 bytes long. */
const DATA_KEY_BYTES = 208

const encode = (payload: Buffer, datakey: string, expiresAt: number): string => {
  const envelope: Envelope = {
    payload: payload.toString('base64'),
    datakey,
    version: '2',
    type: 'DATA_KEY',
    expiration: Math.floor(expiresAt / 1000),
  }
  return Buffer.from(JSON.stringify(envelope)).toString('base64')
}

export function createTokens(ledger: Ledger, seal: Seal, clock: Clock): Tokens {
  const { settings } = ledger.book
  return {
    mint(principal, service, region) {
      const mintedAt = clock.now()
      const expiresAt = mintedAt + settings.tokenLifeSeconds * 1000
      const claims: TokenClaims = {
        principal,
        service,
        region,
        mintedAt,
        expiresAt: expiresAt + ledger.book.clockAheadMs,
      }
      const datakey = randomBytes(DATA_KEY_BYTES).toString('base64')
      const bare = encode(seal.close({ ...claims, id: randomUUID(), pad: '' }), datakey, expiresAt)
      // The padding is inside two layers of base64, each of which makes four characters of three.
      const missing = Math.max(0, Math.floor(((settings.passwordLength - bare.length) * 9) / 16))
      const padded = { ...claims, id: randomUUID(), pad: 'x'.repeat(missing) }
      const password = encode(seal.close(padded), datakey, expiresAt)
      ledger.recordSecret({ kind: 'ecr-password', value: password, holder: principal.holder })
      return {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        password,
        expiresAt,
      }
    },
    read(password) {
      try {
        const envelope = JSON.parse(Buffer.from(password, 'base64').toString('utf8')) as Partial<Envelope>
        return seal.open(Buffer.from(envelope.payload ?? '', 'base64')) as TokenClaims | undefined
      } catch {
        return undefined
      }
    },
    isExpired: (claims) =>
      clock.now() + ledger.book.clockAheadMs >= claims.expiresAt ||
      claims.mintedAt <= ledger.book.tokensRevokedAt,
  }
}
