// This file is about the audit: one line and one count for each answer, with everything but what is secret.
import type { Log } from '../base/log.ts'
import type { Granted } from './answer.ts'
import { fingerprintOf } from './bearer.ts'
import type { Exchanged } from './exchange.ts'
import type { Recorder } from './ports.ts'
import type { Refusal } from './refusal.ts'

export interface AuditParts {
  readonly log: Log
  readonly recorder: Recorder
}

export interface Asker {
  readonly address: string
  readonly integration?: string | undefined
  /** Milliseconds. */
  readonly took: number
}

const LONGEST_LOGGED = 512

export function audit({ log, recorder }: AuditParts, asker: Asker, exchanged: Exchanged): void {
  const { outcome, claims, isProven } = exchanged
  const reason = outcome.is === 'granted' ? 'granted' : outcome.reason
  recorder.answered({ result: outcome.is, reason, seconds: asker.took / 1000 })
  const who =
    claims === undefined
      ? {}
      : {
          issuer: cut(claims.issuer),
          subject: cut(claims.subject),
          fingerprint: fingerprintOf(claims),
          // Whether issuer and subject are true.
          verified: isProven,
        }
  const fields = { address: asker.address, integration: asker.integration, ...who, ...factsOf(outcome) }
  if (outcome.is === 'granted') log.info('token endpoint: logins given', fields)
  else log.warn('token endpoint: refused', fields)
}

const factsOf = (outcome: Granted | Refusal): object =>
  outcome.is === 'granted'
    ? { access: outcome.access, registries: outcome.logins.map(({ host }) => host) }
    : { reason: outcome.reason, because: outcome.because ?? outcome.message }

const cut = (text: string): string => text.slice(0, LONGEST_LOGGED).toWellFormed()
