// This file is about recurring moments: cron schedules of five fields, or their shorthands, by the clock of UTC.
//
// The grammar is that of robfig/cron's standard parser, which Kubernetes users write for; every field becomes a plain
// list of numbers, so that what the calendar library would read differently (`L`, `5/10`, a seventh weekday) never
// reaches it. The library knows the calendar: which moments those numbers come to.
import { Cron } from 'croner'
import type { Instant } from '../base/clock.ts'
import { type Duration, duration, parseDuration } from '../base/duration.ts'

/** Moments of the calendar. */
export interface Calendar {
  readonly is: 'calendar'
  /** The first moment at `t` or later. */
  readonly from: (t: Instant) => Instant | undefined
  /** The last moment at `t` or earlier. */
  readonly upTo: (t: Instant) => Instant | undefined
  readonly days: Days
}

/** Every day that has moments has the same: milliseconds since its midnight, and between two of them. */
export interface Days {
  readonly first: number
  readonly last: number
  readonly longestGap: number
  readonly isEveryDay: boolean
}

export type Schedule =
  | Calendar
  /** `@every`: that long after whatever one counts from; whole seconds, at least one. */
  | { readonly is: 'every'; readonly period: Duration }
  /** Completes the sentence `schedule "…" …`. */
  | { readonly is: 'flawed'; readonly because: string }

interface Field {
  readonly name: string
  readonly min: number
  readonly max: number
  /** Names of the numbers from `min` on. */
  readonly names?: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 6, names: WEEKDAYS },
]

const SHORTHANDS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])

const EVERY = '@every '
const RANGE = /^(?<low>[*?]|\w+)(-(?<high>\w+))?(\/(?<step>\d+))?$/

const flawed = (because: string): Schedule => ({ is: 'flawed', because })

export function parseSchedule(text: string): Schedule {
  if (text.startsWith(EVERY)) return every(text.slice(EVERY.length))
  const fields = (SHORTHANDS.get(text) ?? text).trim().split(/\s+/)
  if (fields.length !== FIELDS.length) {
    return flawed('is no cron schedule of five fields, such as "0 22 * * 1-5", and none of the shorthands')
  }
  const plain: string[] = []
  for (const [i, field] of FIELDS.entries()) {
    const list = listOf(fields[i] ?? '', field)
    if (list === undefined) {
      return flawed(
        `has a field "${field.name}" that is none: "${fields[i] ?? ''}" (${field.min} to ${field.max})`,
      )
    }
    plain.push(list)
  }
  return calendar(plain)
}

function every(text: string): Schedule {
  const period = parseDuration(text)
  if (period === undefined) return flawed(`names no duration after @every: write it as in "@every 1h30m"`)
  return { is: 'every', period: duration(Math.max(1000, Math.floor(period / 1000) * 1000)) }
}

function calendar(fields: readonly string[]): Schedule {
  const cron = new Cron(fields.join(' '), { utcOffset: 0, mode: '5-part', paused: true })
  const at = (found: Date | null | undefined): Instant | undefined => found?.getTime() as Instant | undefined
  // The library looks strictly after, and strictly before.
  const from = (t: Instant): Instant | undefined => at(cron.nextRun(new Date(t - 1)))
  const upTo = (t: Instant): Instant | undefined => at(cron.previousRuns(1, new Date(t + 1))[0])
  return from(SOME_DAY) === undefined
    ? flawed('names a day that never comes')
    : { is: 'calendar', from, upTo, days: daysOf(fields) }
}

function daysOf([minute = '', hour = '', ...days]: readonly string[]): Days {
  const numbers = (list: string, count: number): readonly number[] =>
    list === '*' ? Array.from({ length: count }, (_, i) => i) : list.split(',').map(Number)
  const minutes = numbers(minute, 60)
  const moments = numbers(hour, 24).flatMap((h) => minutes.map((m) => (h * 60 + m) * 60_000))
  const gaps = moments.slice(1).map((moment, i) => moment - (moments[i] ?? moment))
  return {
    first: moments.at(0) ?? 0,
    last: moments.at(-1) ?? 0,
    longestGap: Math.max(0, ...gaps),
    isEveryDay: days.every((list) => list === '*'),
  }
}

/** Any day does to tell whether a day ever comes: the calendar repeats itself. */
const SOME_DAY = Date.UTC(2026, 0, 1) as Instant

/** `*`, or the numbers a field stands for, in order; undefined for what the grammar does not have. */
function listOf(text: string, field: Field): string | undefined {
  const numbers = new Set<number>()
  let isAll = false
  for (const part of text.split(',')) {
    const range = rangeOf(part, field)
    if (range === undefined) return undefined
    isAll ||= range.isAll
    for (let n = range.low; n <= range.high; n += range.step) numbers.add(n)
  }
  return isAll ? '*' : [...numbers].toSorted((a, b) => a - b).join(',')
}

interface Range {
  readonly low: number
  readonly high: number
  readonly step: number
  /** Asks for nothing: of two days, the month's and the week's, only the other one counts then. */
  readonly isAll: boolean
}

function rangeOf(text: string, field: Field): Range | undefined {
  const { low = '', high, step } = RANGE.exec(text)?.groups ?? {}
  const by = step === undefined ? 1 : Number(step)
  if (by === 0) return undefined
  if (low === '*' || low === '?') {
    return high === undefined ? { low: field.min, high: field.max, step: by, isAll: by === 1 } : undefined
  }
  const first = numberOf(low, field)
  // "5/10" counts on from 5 to the end.
  const last = high === undefined ? (step === undefined ? first : field.max) : numberOf(high, field)
  if (first === undefined || last === undefined || last < first) return undefined
  return { low: first, high: last, step: by, isAll: false }
}

function numberOf(text: string, { min, max, names = [] }: Field): number | undefined {
  const name = names.indexOf(text.toLowerCase())
  const number = name >= 0 ? name + min : /^\d+$/.test(text) ? Number(text) : Number.NaN
  return number >= min && number <= max ? number : undefined
}
