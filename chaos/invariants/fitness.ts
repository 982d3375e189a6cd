// This file is about whether the machine let the operators keep the times that they are held to.
import type { Broken, History, Outage, Probe } from '../history.ts'
import type { Sharing } from '../schedule.ts'

/**
 * How long one answer may take where a lease that is lost after 1 s is to outlive a try that fails: what is left of that
 * second after two tries, 0.36 s apart at the latest. With shards all replicas share one of the leases. What is shared is
 * looked at before it is written, and another one's being faster is a conflict: five answers have to fit into the second,
 * of the look, the conflict and the look after it, and of the look and the write of the next try.
 */
const QUICK_MS = { alone: 300, standby: 300, shards: 200 } as const satisfies Record<Sharing, number>
/** One in twenty may be slow: a lease outlives a renewal that fails. */
const MOST_SLOW = 0.05
/** Fewer tell nothing. */
const LEAST_PROBES = 8

/** What depends on how quickly anybody gets to do anything; what is wrong in a Secret or a log is wrong at any speed. */
const TIMED: ReadonlySet<string> = new Set(['pulls', 'convergence', 'calls', 'suite'])

/** One answer that came late proves nothing: a lease outlives it. */
const LEAST_SLOW = 2

/** What an answer is judged by. */
export type Seen = Pick<History, 'probes' | 'outages' | 'sharing'>

export type Verdict = 'passed' | 'failed' | 'undecided'

/** Undecided: only times were not kept, on a machine that was proven to let nobody keep them. */
export function verdictOf(broken: readonly Broken[], seen: Seen): Verdict {
  if (broken.length === 0) return 'passed'
  return broken.every(({ invariant }) => TIMED.has(invariant)) && isBusy(seen) ? 'undecided' : 'failed'
}

/** Whether the API server, asked past every front, answered as quickly as leases of 1.5 s take, save while it was struck. */
export function isFit(seen: Seen): boolean {
  const { told, slow } = answersIn(seen)
  return told >= LEAST_PROBES && slow <= told * MOST_SLOW
}

/** Whether answers show that it did not: where nothing was asked, nothing excuses. */
function isBusy(seen: Seen): boolean {
  const { told, slow } = answersIn(seen)
  return slow >= LEAST_SLOW && slow > told * MOST_SLOW
}

function answersIn({ probes, outages, sharing }: Seen): { told: number; slow: number } {
  const struck = outages.filter(({ takes }) => takes.includes('api'))
  const told = probes.filter((probe) => !struck.some((outage) => isDuring(probe, outage)))
  return { told: told.length, slow: told.filter(({ tookMs }) => tookMs > QUICK_MS[sharing]).length }
}

const isDuring = ({ at, tookMs }: Probe, { from, until }: Outage): boolean =>
  at <= until && at + tookMs >= from
