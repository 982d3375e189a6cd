// This file is about when a delivery is due.
import type { Instant } from '../base/clock.ts'
import type { Cadence, SyncWindows } from '../model/cadence.ts'
import { type Life, spentAt } from '../model/login.ts'
import { type PermittedTimes, permittedTimes } from './sync-windows.ts'

/** At most this share of the wait is taken off, so that what was written together is not renewed together. */
const JITTER_SHARE = 0.1

/** A renewal that closing windows would stop happens this long before they close: a tenth of their time, 5 min at most. */
const CLOSING_SHARE = 0.1
const LONGEST_CLOSING_MS = 5 * 60_000

/**
 * due = min(mintedAt + interval, mintedAt + two thirds of the life), less up to a tenth of that wait.
 * Counted from the mint, not from the write, and never later, unless sync windows are closed; undefined for what is
 * never renewed. `jitter` is a number in [0, 1) that stays the same for one delivery.
 */
export function dueAt(
  lives: readonly Life[],
  cadence: Cadence,
  jitter: number,
  now: Instant,
): Instant | undefined {
  if (cadence.is === 'once' || lives.length === 0) return undefined
  const due = Math.min(...lives.map((life) => dueOf(life, cadence.interval, jitter))) as Instant
  return cadence.windows === undefined ? due : permittedDue(due, lives, cadence.windows, { jitter, now })
}

function dueOf(life: Life, interval: number | undefined, jitter: number): Instant {
  const bySpending = spentAt(life)
  const latest =
    interval !== undefined && interval > 0 ? Math.min(bySpending, life.mintedAt + interval) : bySpending
  return Math.floor(latest - (latest - life.mintedAt) * JITTER_SHARE * jitter) as Instant
}

/**
 * What would be due in a closed time is due shortly before it begins, else when it is over. A login minted in those
 * last moments is not renewed in them again, so that there is one early renewal in a permitted time at most.
 */
function permittedDue(
  due: Instant,
  lives: readonly Life[],
  windows: SyncWindows,
  { jitter, now }: { readonly jitter: number; readonly now: Instant },
): Instant | undefined {
  const permitted = permittedTimes(windows)
  const early = permitted.at(due) ? undefined : closingMoments(permitted, due)
  const oldest = Math.min(...lives.map(({ mintedAt }) => mintedAt))
  const wished =
    early !== undefined && oldest < early.from ? early.until - jitter * (early.until - early.from) : due
  return permitted.next(Math.max(Math.ceil(wished), now) as Instant)
}

/** The moments before windows close in which an early renewal belongs: they leave as much time again for a second try. */
function closingMoments(
  permitted: PermittedTimes,
  due: Instant,
): { from: number; until: number } | undefined {
  const open = permitted.before(due, LONGEST_CLOSING_MS / CLOSING_SHARE)
  if (open === undefined) return undefined
  const length = (open.until - open.from) * CLOSING_SHARE
  return { from: open.until - 2 * length, until: open.until - length }
}
