// This file is about when a delivery is due.
import type { Instant } from '../base/clock.ts'
import type { Cadence } from '../model/cadence.ts'
import { type Life, spentAt } from '../model/login.ts'

/** At most this share of the wait is taken off, so that what was written together is not renewed together. */
const JITTER_SHARE = 0.1

/**
 * due = min(mintedAt + interval, mintedAt + two thirds of the life), less up to a tenth of that wait.
 * Counted from the mint, not from the write, and never later; undefined for what is never renewed.
 * `jitter` is a number in [0, 1) that stays the same for one delivery.
 */
export function dueAt(lives: readonly Life[], cadence: Cadence, jitter: number): Instant | undefined {
  if (cadence.is === 'once') return undefined
  const dues = lives.map((life) => dueOf(life, cadence.interval, jitter))
  return dues.length === 0 ? undefined : (Math.min(...dues) as Instant)
}

function dueOf(life: Life, interval: number | undefined, jitter: number): Instant {
  const bySpending = spentAt(life)
  const latest =
    interval !== undefined && interval > 0 ? Math.min(bySpending, life.mintedAt + interval) : bySpending
  return Math.floor(latest - (latest - life.mintedAt) * JITTER_SHARE * jitter) as Instant
}
