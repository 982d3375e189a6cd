// This file is about what was asked of the emulator and how it answered; no secret is ever in it.
import type { CallFacts, FaultKind } from './faults.ts'
import type { PolicyDocument } from './iam/policy-document.ts'
import type { AskedSession } from './sts/asked-session.ts'

export interface LoggedCall extends CallFacts {
  readonly seq: number
  /** RFC 3339 with milliseconds, real time. */
  readonly time: string
  readonly accessKeyId: string
  /** As the client wrote it: tells which endpoint it chose. */
  readonly host: string
  /** What the caller's own session is narrowed to; absent: to nothing. */
  readonly sessionPolicies?: readonly PolicyDocument[]
  /** Of a call for a role's session: what was asked for. */
  readonly asks?: AskedSession
  /** `ok`, an error code, or the fault that left the call without an answer. */
  readonly outcome: string
  readonly fault?: FaultKind
}

export interface CallFilter {
  readonly since?: number
  readonly operation?: string
  readonly service?: string
  readonly principal?: string
  readonly region?: string
  readonly outcome?: string
}

export interface CallCount extends CallFacts {
  readonly outcome: string
  readonly count: number
}

export interface CallLog {
  record(call: Omit<LoggedCall, 'seq' | 'time'>): void
  list(filter?: CallFilter): readonly LoggedCall[]
  /** Since the start or the last clearing, also of calls the list has already dropped. */
  counts(): readonly CallCount[]
  clear(): void
}

/** 20,000 calls of about 300 bytes are 6 MB; a demo makes some hundreds. */
const KEPT = 20_000
const FILTERED = ['operation', 'service', 'principal', 'region', 'outcome'] as const

export function createCallLog(): CallLog {
  let calls: LoggedCall[] = []
  let seq = 0
  const counts = new Map<string, CallCount>()
  return {
    record(call) {
      seq += 1
      calls.push({ seq, time: new Date().toISOString(), ...call })
      if (calls.length > 2 * KEPT) calls = calls.slice(-KEPT)
      const { service, operation, region, principal, outcome } = call
      const key = [service, operation, region, principal, outcome].join('|')
      const count = (counts.get(key)?.count ?? 0) + 1
      counts.set(key, { service, operation, region, principal, outcome, count })
    },
    list: (filter = {}) =>
      calls.filter(
        (call) =>
          call.seq > (filter.since ?? 0) &&
          FILTERED.every((member) => filter[member] === undefined || filter[member] === call[member]),
      ),
    counts: () => [...counts.values()],
    clear() {
      calls = []
      counts.clear()
    },
  }
}
