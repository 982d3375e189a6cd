// This file is about whether the machine let the operators keep the times that they are held to.
import type { Broken, History, Outage, Probe } from '../history.ts'

/** What a renewal of a lease takes that is tried every 0.36 s at the latest and lost after 1 s: two tries, each this long. */
const QUICK_MS = 300
/** One in twenty may be slow: a lease outlives a renewal that fails. */
const MOST_SLOW = 0.05
/** Fewer tell nothing. */
const LEAST_PROBES = 8

/** What depends on how quickly anybody gets to do anything; what is wrong in a Secret or a log is wrong at any speed. */
const TIMED: ReadonlySet<string> = new Set(['pulls', 'convergence', 'calls', 'suite'])

export type Verdict = 'passed' | 'failed' | 'undecided'

/** Undecided: only times were not kept, on a machine on which nobody could have kept them. */
export function verdictOf(broken: readonly Broken[], seen: Pick<History, 'probes' | 'outages'>): Verdict {
  if (broken.length === 0) return 'passed'
  return broken.every(({ invariant }) => TIMED.has(invariant)) && !isFit(seen) ? 'undecided' : 'failed'
}

/** Whether the API server, asked past every front, answered as quickly as leases of 1.5 s take, save while it was struck. */
export function isFit({ probes, outages }: Pick<History, 'probes' | 'outages'>): boolean {
  const struck = outages.filter(({ takes }) => takes.includes('api'))
  const told = probes.filter((probe) => !struck.some((outage) => isDuring(probe, outage)))
  if (told.length < LEAST_PROBES) return false
  return told.filter(({ tookMs }) => tookMs > QUICK_MS).length <= told.length * MOST_SLOW
}

const isDuring = ({ at, tookMs }: Probe, { from, until }: Outage): boolean =>
  at <= until && at + tookMs >= from
