// This file is about when an object is looked at again, given how its last pass ended.
import type { Instant } from '../base/clock.ts'
import type { Answer, Failed } from '../model/answer.ts'
import { FAULTS, type Retry } from '../model/fault.ts'

/** First and longest wait between tries, by how the fault says it mends. */
const WAITS: Readonly<Record<Retry, { readonly first: number; readonly longest: number }>> = {
  backoff: { first: 500, longest: 30_000 },
  slowly: { first: 4000, longest: 60_000 },
  // A change of what is watched brings the object back at once; this covers what no watch shows.
  'on-change': { first: 15_000, longest: 300_000 },
}
/** A missing target shows itself through the watch; without one it is looked for this often. */
const MISSING_TARGET_MS = 30_000

/** The earliest any of the answers asks for; undefined when nothing but a change matters. `jitter` is in [0, 1). */
export function nextLook(
  answers: readonly Answer[],
  failures: number,
  now: Instant,
  jitter: number,
): Instant | undefined {
  const times = answers.flatMap((answer) => {
    switch (answer.is) {
      case 'receipt':
        return answer.nextAt === undefined ? [] : [answer.nextAt]
      case 'failed':
        return answer.isFinal === true ? [] : [retryAt(answer, failures, now, jitter)]
      case 'target-missing':
        return [now + MISSING_TARGET_MS]
      case 'yielded':
      case 'emptied':
      case 'orphan-deleted':
        return []
    }
  })
  return times.length === 0 ? undefined : (Math.min(...times) as Instant)
}

/** Between half and all of the doubled wait; and never past the moment a served login dies, as the news then changes. */
function retryAt(failed: Failed, failures: number, now: Instant, jitter: number): number {
  const { first, longest } = WAITS[FAULTS[failed.fault.code].retry]
  const ceiling = Math.min(first * 2 ** Math.min(failures, 20), longest)
  const spread = Math.max(now + ceiling * (0.5 + jitter / 2), failed.retryAt ?? 0)
  return failed.serving === undefined || failed.serving.until <= now
    ? spread
    : Math.min(spread, failed.serving.until + 1)
}
