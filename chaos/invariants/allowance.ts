// This file is about how long renewing may take after something was lost: arithmetic on what is known of the product's patience.
import type { History, Outage, Probe } from '../history.ts'

/**
 * A renewal when nothing is in the way: a second between two mints of one login, a call, a write, and what the last of
 * a burst waits for the others.
 */
export const WORK_MS = 2500
/** As `src/operator/retry.ts` and the cache of logins have it: the first wait, doubled up to the longest. */
const WAITS = {
  backoff: { first: 500, longest: 30_000 },
  slowly: { first: 4000, longest: 60_000 },
} as const
/** As the reflectors have it: the first ceiling between two tries to be shown objects again. */
const WATCHES = { first: 1000, longest: 30_000 } as const
/** A lease of 1.5 s is written as 2, the record counts whole seconds; a candidate looks every 0.3 s and a fifth more. */
export const TAKE_OVER_MS = 2000 + 2 * 360
/** A process starts, connects, and reads all there is. */
const START_MS = 3000

/**
 * The wait that may have begun the moment before the end of an outage. Waits are between half of the ceiling and all of
 * it, and each ceiling is twice the one before: those that passed within `length` sum up to half of (ceiling - first) at
 * least, so that the next ceiling is at most twice the length and a first wait.
 */
export const longestWait = ({ first, longest }: { first: number; longest: number }, length: number): number =>
  Math.min(longest, 2 * length + first)

/** How long after its end an outage may still be felt. */
export function recovery(outage: Outage): number {
  const length = outage.until - outage.from
  const retry = longestWait(WAITS[outage.retried], length)
  const times = outage.takes.map((loss) => {
    switch (loss) {
      case 'aws':
        return retry
      case 'api':
        return longestWait(WATCHES, length) + TAKE_OVER_MS + retry
      case 'replica':
        return START_MS + TAKE_OVER_MS + longestWait(WATCHES, length)
      case 'orders':
        return longestWait(WATCHES, length) + retry
      case 'pulls':
        return 0
    }
  })
  return Math.max(0, ...times)
}

/** The API server answered, but so late that the machine itself must have been too busy. */
const SLOW_MS = 300
/** Probes are this far apart at least. */
export const PROBE_EVERY_MS = 250

/** How much of the time between was lost to a machine that was busy, told by probes that came late or took long. */
export function stalled(probes: readonly Probe[], from: number, until: number): number {
  const within = probes.filter(({ at }) => at >= from && at <= until)
  let lost = 0
  let last = from
  for (const { at, tookMs } of within) {
    lost += Math.max(0, at - last - PROBE_EVERY_MS - SLOW_MS)
    lost += Number.isFinite(tookMs) ? Math.max(0, tookMs - SLOW_MS) : 0
    last = at + (Number.isFinite(tookMs) ? tookMs : 0)
  }
  return lost
}

/** By when something that was to be done from `due` on has to be done, given what was lost around that time. */
export function doneBy({ outages, probes }: Pick<History, 'outages' | 'probes'>, due: number): number {
  let from = due
  for (;;) {
    const busy = stalled(probes, due, from + WORK_MS)
    const end = from + WORK_MS + busy
    const later = outages
      .filter(({ from: begun }) => begun < end)
      .map((outage) => outage.until + recovery(outage))
      .filter((felt) => felt > from)
    if (later.length === 0) return end
    from = Math.max(...later)
  }
}
