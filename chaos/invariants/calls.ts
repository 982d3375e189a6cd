// This file is about the fourth invariant: AWS is asked no more often than the arithmetic allows.
import type { Broken, History, Outage } from '../history.ts'

/** A renewal comes at two thirds of the life, less a tenth of that at most. */
const SOONEST = (2 / 3) * 0.9
/** The SDK repeats what failed once, by itself. */
const ATTEMPTS = 2
/** The cache of logins asks again after half of the first wait at the soonest, and after twice as long each time. */
const FIRST_WAIT_MS = { backoff: 250, slowly: 2000 } as const

/** Calls for one principal and region. */
export function calls(history: History): readonly Broken[] {
  const most = mostCalls(history)
  const asked = new Map<string, number>()
  for (const { principal, region } of history.calls) {
    const key = `${principal} in ${region}`
    asked.set(key, (asked.get(key) ?? 0) + 1)
  }
  return [...asked]
    .filter(([, count]) => count > most)
    .map(([key, count]) => ({ invariant: 'calls', what: `${count} calls for ${key}; ${most} are allowed` }))
}

/**
 * By each replica that may hold the work at a time: one for each renewal that fits into the time, and one more; one for
 * each start and each change of who holds the work, for nothing is remembered; one for each login damaged by hand or
 * taken away; and during each outage what backing off allows.
 */
export function mostCalls(history: History): number {
  const { began, ended, tokenLifeMs, replicas, damages, removals, outages, sharing } = history
  const workers = sharing === 'shards' ? replicas.length : 1
  const renewals = Math.ceil((ended - began) / (tokenLifeMs * SOONEST)) + 1
  const starts = replicas.reduce((sum, { runs }) => sum + runs.length, 0)
  const changes = outages.filter(({ takes }) => takes.includes('replica') || takes.includes('api')).length
  const retries = outages.reduce((sum, outage) => sum + failedCalls(outage), 0)
  return (
    workers * (renewals + retries + damages.length + 2 * removals.length) + starts + changes * replicas.length
  )
}

/** Waits double, so n of them take (2^n - 1) first waits; a call before and one after. */
export function failedCalls({ takes, from, until, retried }: Outage): number {
  if (!takes.includes('aws')) return takes.includes('api') ? ATTEMPTS : 0
  const waits = Math.log2((until - from) / FIRST_WAIT_MS[retried] + 1)
  return ATTEMPTS * (Math.ceil(waits) + 2)
}
