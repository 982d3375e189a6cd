// This file is about sync windows: whether a renewal is permitted at a moment, and how long that stays so.
//
// A window is open from each moment of its schedule for its duration, both ends included. Times are told apart by the
// millisecond: what closes at t is shut from t + 1 on.
import type { Instant } from '../base/clock.ts'
import type { SyncWindow, SyncWindows } from '../model/cadence.ts'
import { parseSchedule } from '../model/schedule.ts'

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
 * Windows that follow one another without a gap are followed for this many looks at any of them, of some 10 µs each;
 * beyond that, the end is where they were left.
 */
const MOST_LOOKS = 1000
const steps = (times: readonly OpenTimes[]): number => Math.ceil(MOST_LOOKS / Math.max(1, times.length))

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
      return {
        before: (t) => {
          const from = schedule.upTo(t)
          return from === undefined ? undefined : { from, until: (from + duration) as Instant }
        },
        next: schedule.from,
      }
  }
}

/** Every look at one delivery asks for the same windows several times; forgotten with them. */
const read = new WeakMap<SyncWindows, readonly OpenTimes[]>()

function openTimes(windows: SyncWindows): readonly OpenTimes[] {
  const known = read.get(windows) ?? windows.windows.map(openTimesOf)
  read.set(windows, known)
  return known
}

/** Until when some window is open that is open at `t`; undefined where none is. */
function openUntil(times: readonly OpenTimes[], t: Instant): Instant | undefined {
  const ends = times.flatMap((each) => each.before(t)?.until ?? []).filter((until) => until >= t)
  return ends.length === 0 ? undefined : (Math.max(...ends) as Instant)
}

const earliest = (all: readonly Instant[]): Instant | undefined =>
  all.length === 0 ? undefined : (Math.min(...all) as Instant)
const latest = (all: readonly Instant[]): Instant | undefined =>
  all.length === 0 ? undefined : (Math.max(...all) as Instant)

export function permittedAt(windows: SyncWindows | undefined, t: Instant): boolean {
  if (windows === undefined || windows.windows.length === 0) return true
  const isOpen = openUntil(openTimes(windows), t) !== undefined
  return windows.kind === 'allow' ? isOpen : !isOpen
}

/** The first permitted moment, at `t` or later; undefined where there is none, as far as anybody can see. */
export function nextPermitted(windows: SyncWindows | undefined, t: Instant): Instant | undefined {
  if (windows === undefined || permittedAt(windows, t)) return t
  const times = openTimes(windows)
  return windows.kind === 'allow' ? earliest(times.flatMap((each) => each.next(t) ?? [])) : afterAll(times, t)
}

/** The first moment after `t` at which no window is open, where one is at `t`. */
function afterAll(times: readonly OpenTimes[], t: Instant): Instant | undefined {
  let after = t
  for (let i = steps(times); i > 0; i -= 1) {
    const until = openUntil(times, after)
    if (until === undefined) return after
    if (until === Infinity) return undefined
    after = (until + 1) as Instant
  }
  return after
}

/** A permitted time that has come to an end. */
export interface PermittedTime {
  /** Not followed back any further than asked for. */
  readonly from: Instant
  readonly until: Instant
}

/** The permitted time that ended last before `t`, where `t` itself is not permitted; followed back for `most` ms. */
export function permittedBefore(windows: SyncWindows, t: Instant, most: number): PermittedTime | undefined {
  const times = openTimes(windows)
  if (windows.kind === 'allow') {
    const until = latest(times.flatMap((each) => each.before(t)?.until ?? []))
    return until === undefined ? undefined : { from: sinceWhen(times, until, until - most), until }
  }
  const until = (sinceWhen(times, t, -Infinity) - 1) as Instant
  if (!Number.isFinite(until) || !permittedAt(windows, until)) return undefined
  const before = latest(times.flatMap((each) => each.before(until)?.until ?? [])) ?? -Infinity
  return { from: Math.max(before + 1, until - most) as Instant, until }
}

/** Since when, without a gap, some window is open that is open at `t`; not followed back beyond `limit`. */
function sinceWhen(times: readonly OpenTimes[], t: Instant, limit: number): Instant {
  let since = t
  for (let i = steps(times); i > 0 && since > limit; i -= 1) {
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
