// This file is about sync windows: whether a renewal is permitted at a moment, and how long that stays so.
//
// A window is open from each moment of its schedule for its duration, both ends included. Times are told apart by the
// millisecond: what closes at t is shut from t + 1 on.
import { earliest, type Instant } from '../base/clock.ts'
import type { SyncWindow, SyncWindows } from '../model/cadence.ts'
import { type Calendar, parseSchedule } from '../model/schedule.ts'

/** The time a window that opened last before some moment is open for. */
interface Opening {
  readonly from: Instant
  readonly until: Instant
}

interface OpenTimes {
  /** The opening that began last, at `t` or before; it may be over. */
  readonly before: (t: Instant) => Opening | undefined
  /** When it next opens, at `t` or later. */
  readonly next: (t: Instant) => Instant | undefined
}

/**
 * Windows that follow one another without a gap are followed for this many looks at any of them, of some 30 µs each: over
 * years, if there are few of them. Beyond that nobody can see an end.
 */
const MOST_LOOKS = 1000
const DAY_MS = 24 * 3_600_000

const FOREVER: OpenTimes = {
  before: () => ({ from: -Infinity as Instant, until: Infinity as Instant }),
  next: (t) => t,
}
const NEVER: OpenTimes = { before: () => undefined, next: () => undefined }

function openTimesOf({ schedule: text, duration }: SyncWindow): OpenTimes {
  const schedule = parseSchedule(text)
  switch (schedule.is) {
    case 'flawed':
      return NEVER
    case 'every':
      // It counts from a second before the window would have closed: so it is always open, or never.
      return schedule.period <= duration + 1000 ? FOREVER : NEVER
    case 'calendar':
      return calendarTimes(schedule, duration)
  }
}

/** Openings of one day that reach into one another are one, so that they are not followed minute by minute. */
function calendarTimes(schedule: Calendar, duration: number): OpenTimes {
  const { first, last, longestGap, isEveryDay } = schedule.days
  const isOne = longestGap <= duration
  if (isOne && isEveryDay && last + duration >= first + DAY_MS) return FOREVER
  return {
    before: (t) => {
      const from = schedule.upTo(t)
      if (from === undefined) return undefined
      const day = Math.floor(from / DAY_MS) * DAY_MS
      const [begin, end] = isOne ? [day + first, day + last] : [from, from]
      return { from: begin as Instant, until: (end + duration) as Instant }
    },
    next: schedule.from,
  }
}

/** Until when some window is open that is open at `t`; undefined where none is. */
function openUntil(times: readonly OpenTimes[], t: Instant): Instant | undefined {
  const ends = times.flatMap((each) => each.before(t)?.until ?? []).filter((until) => until >= t)
  return ends.length === 0 ? undefined : (Math.max(...ends) as Instant)
}

const latest = (all: readonly Instant[]): Instant | undefined =>
  all.length === 0 ? undefined : (Math.max(...all) as Instant)

/** A permitted time that has come to an end. */
export interface PermittedTime {
  /** Not followed back any further than asked for. */
  readonly from: Instant
  readonly until: Instant
}

export interface PermittedTimes {
  readonly at: (t: Instant) => boolean
  /** The first permitted moment, at `t` or later; undefined where there is none, as far as anybody can see. */
  readonly next: (t: Instant) => Instant | undefined
  /** The one that ended last before `t`, where `t` itself is not permitted; followed back for `most` ms. */
  readonly before: (t: Instant, most: number) => PermittedTime | undefined
}

const ALWAYS: PermittedTimes = { at: () => true, next: (t) => t, before: () => undefined }

/** Reading a schedule takes some 0.1 ms, and one pass over a delivery asks several times. */
const READ = new WeakMap<SyncWindows, PermittedTimes>()

/** Reads the schedules of the same windows once. */
export function permittedTimes(windows: SyncWindows | undefined): PermittedTimes {
  if (windows === undefined || windows.windows.length === 0) return ALWAYS
  const known = READ.get(windows)
  if (known !== undefined) return known
  const times = windows.windows.map(openTimesOf)
  const permitted = windows.kind === 'allow' ? insideOf(times) : outsideOf(times)
  READ.set(windows, permitted)
  return permitted
}

const insideOf = (times: readonly OpenTimes[]): PermittedTimes => ({
  at: (t) => openUntil(times, t) !== undefined,
  next: (t) =>
    openUntil(times, t) === undefined ? earliest(times.flatMap((each) => each.next(t) ?? [])) : t,
  before: (t, most) => {
    const until = latest(times.flatMap((each) => each.before(t)?.until ?? []))
    return until === undefined ? undefined : { from: sinceWhen(times, until, until - most), until }
  },
})

const outsideOf = (times: readonly OpenTimes[]): PermittedTimes => ({
  at: (t) => openUntil(times, t) === undefined,
  next: (t) => afterAll(times, t),
  before: (t, most) => {
    const until = (sinceWhen(times, t, -Infinity) - 1) as Instant
    if (!Number.isFinite(until) || openUntil(times, until) !== undefined) return undefined
    const before = latest(times.flatMap((each) => each.before(until)?.until ?? [])) ?? -Infinity
    return { from: Math.max(before + 1, until - most) as Instant, until }
  },
})

/** The first moment, at `t` or later, at which no window is open. */
function afterAll(times: readonly OpenTimes[], t: Instant): Instant | undefined {
  let after = t
  let looks = MOST_LOOKS
  const opening = ({ next }: OpenTimes): number => next(t) ?? Infinity
  const inOrder = times.toSorted((a, b) => opening(a) - opening(b))
  for (let moved = true; moved; ) {
    moved = false
    for (const each of inOrder) {
      // One that goes on by itself is followed before the others are looked at again.
      for (let until = endOf(each, after); until !== undefined; until = endOf(each, after)) {
        if (until === Infinity || (looks -= 1) < 0) return undefined
        after = (until + 1) as Instant
        moved = true
      }
    }
    looks -= times.length
  }
  return after
}

function endOf(times: OpenTimes, t: Instant): Instant | undefined {
  const until = times.before(t)?.until
  return until !== undefined && until >= t ? until : undefined
}

/** Since when, without a gap, some window is open that is open at `t`; not followed back beyond `limit`. */
function sinceWhen(times: readonly OpenTimes[], t: Instant, limit: number): Instant {
  let since = t
  for (let looks = MOST_LOOKS; looks > 0 && since > limit; looks -= times.length) {
    const at = since
    const before = earliest(
      times.flatMap((each) => {
        // An opening that begins with this very moment leads no further back, the one before it may.
        const opening = [each.before(at), each.before((at - 1) as Instant)].find(
          (found) => found !== undefined && found.from < at && found.until >= at - 1,
        )
        return opening?.from ?? []
      }),
    )
    if (before === undefined) break
    since = before
  }
  return Math.max(since, limit) as Instant
}
