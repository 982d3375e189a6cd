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

/** One answer that came late proves nothing: a lease outlives it. */
const LEAST_SLOW = 2

export type Verdict = 'passed' | 'failed' | 'undecided'

/** Undecided: only times were not kept, on a machine that was proven to let nobody keep them. */
export function verdictOf(broken: readonly Broken[], seen: Pick<History, 'probes' | 'outages'>): Verdict {
  if (broken.length === 0) return 'passed'
  return broken.every(({ invariant }) => TIMED.has(invariant)) && isBusy(seen) ? 'undecided' : 'failed'
}

/** Whether the API server, asked past every front, answered as quickly as leases of 1.5 s take, save while it was struck. */
export function isFit(seen: Pick<History, 'probes' | 'outages'>): boolean {
  const { told, slow } = answersIn(seen)
  return told >= LEAST_PROBES && slow <= told * MOST_SLOW
}

/** Whether answers show that it did not: where nothing was asked, nothing excuses. */
function isBusy(seen: Pick<History, 'probes' | 'outages'>): boolean {
  const { told, slow } = answersIn(seen)
  return slow >= LEAST_SLOW && slow > told * MOST_SLOW
}

function answersIn({ probes, outages }: Pick<History, 'probes' | 'outages'>): { told: number; slow: number } {
  const struck = outages.filter(({ takes }) => takes.includes('api'))
  const told = probes.filter((probe) => !struck.some((outage) => isDuring(probe, outage)))
  return { told: told.length, slow: told.filter(({ tookMs }) => tookMs > QUICK_MS).length }
}

const isDuring = ({ at, tookMs }: Probe, { from, until }: Outage): boolean =>
  at <= until && at + tookMs >= from
