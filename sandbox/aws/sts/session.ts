// This file is about temporary credentials: minted with everything they mean sealed inside the session token.
import type { Principal } from '../iam/principal.ts'
import { secretAccessKey, sessionKeyId } from '../identifiers.ts'
import type { Ledger } from '../ledger.ts'
import type { Seal } from '../seal.ts'

export interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Milliseconds since the epoch, real time. */
  readonly expiresAt: number
}
export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly principal: Principal
  readonly issuedAt: number
  readonly expiresAt: number
}

export interface Sessions {
  issue(principal: Principal, seconds: number): SessionCredentials
  /** Undefined when this emulator did not issue the token for that key. */
  read(sessionToken: string, accessKeyId: string): Session | undefined
  isExpired(session: Session): boolean
}

/** Every STS token begins with these characters. */
const PREFIX = 'IQoJb3JpZ2luX2Vj'

export function createSessions(ledger: Ledger, seal: Seal, now: () => number): Sessions {
  return {
    issue(principal, seconds) {
      const issuedAt = now()
      const life = ledger.book.settings.sessionLifeSeconds || seconds
      const session: Session = {
        accessKeyId: sessionKeyId(),
        secretAccessKey: secretAccessKey(),
        principal,
        issuedAt,
        expiresAt: issuedAt + life * 1000,
      }
      const sessionToken = PREFIX + seal.close(session).toString('base64')
      const { holder } = principal
      ledger.recordSecret({ kind: 'secret-access-key', value: session.secretAccessKey, holder })
      ledger.recordSecret({ kind: 'session-token', value: sessionToken, holder })
      return { ...session, sessionToken }
    },
    read(sessionToken, accessKeyId) {
      if (!sessionToken.startsWith(PREFIX)) return undefined
      const session = seal.open(Buffer.from(sessionToken.slice(PREFIX.length), 'base64')) as
        | Session
        | undefined
      return session?.accessKeyId === accessKeyId ? session : undefined
    },
    isExpired: (session) => now() >= session.expiresAt || session.issuedAt <= ledger.book.sessionsRevokedAt,
  }
}
