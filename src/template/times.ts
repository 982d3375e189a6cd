// This file is about instants as templates see them: Go's time.Time with a zone, printed by layout.
import { MONTHS } from './layouts.ts'
import { quote } from './quote.ts'
import { formatLayout } from './time-format.ts'
import type { Struct } from './values.ts'

/** Where clocks stand at an instant. */
export interface Offset {
  /** Seconds east of UTC. */
  readonly seconds: number
  /** Empty where the zone has no name but its offset. */
  readonly abbreviation: string
}
export interface Zone {
  readonly name: string
  at(seconds: number): Offset
}

const UTC_OFFSET: Offset = { seconds: 0, abbreviation: 'UTC' }
export const UTC: Zone = { name: 'UTC', at: () => UTC_OFFSET }
/** The zone of the operator's image: it looks like UTC and is another. */
export const LOCAL: Zone = { name: 'Local', at: () => UTC_OFFSET }

const newFixedZone = (abbreviation: string, seconds: number): Zone => ({
  name: abbreviation,
  at: () => ({ seconds, abbreviation }),
})

/** Go keeps one zone for each whole hour that has no name. */
const HOURS: ReadonlyMap<number, Zone> = new Map(
  Array.from({ length: 27 }, (_, i) => [(i - 12) * 3600, newFixedZone('', (i - 12) * 3600)]),
)

export const fixedZone = (abbreviation: string, seconds: number): Zone =>
  (abbreviation === '' ? HOURS.get(seconds) : undefined) ?? newFixedZone(abbreviation, seconds)

/** JavaScript's dates end here, in the years ±271,821. */
export const FARTHEST = 8.64e12

/** Seconds of Go's zero time, the first of January of the year 1. */
export const ZERO_TIME = -62_135_596_800

export class Time implements Struct {
  readonly typeName = 'time.Time'
  readonly kind = 'struct'
  readonly isStringer = true
  /** One of them is the address of its zone. */
  readonly fields = undefined
  /** Since the Unix epoch. */
  readonly seconds: number
  readonly nanoseconds: number
  readonly zone: Zone
  constructor(seconds: number, nanoseconds: number, zone: Zone) {
    this.seconds = seconds
    this.nanoseconds = nanoseconds
    this.zone = zone
  }
  /** The calendar as it hangs on the wall there: a Date whose UTC fields are local ones. */
  wall(): Date {
    return new Date((this.seconds + this.zone.at(this.seconds).seconds) * 1000)
  }
  format(layout: string): string {
    return formatLayout(layout, this.wall(), this.nanoseconds, this.zone.at(this.seconds))
  }
  text(): string {
    return this.format('2006-01-02 15:04:05.999999999 -0700 MST')
  }
  jsonText(): string {
    return this.format('2006-01-02T15:04:05.999999999Z07:00')
  }
  sourceText(): string {
    const wall = this.wall()
    const month = MONTHS[wall.getUTCMonth()] ?? ''
    const clock = [wall.getUTCDate(), wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()].join(
      ', ',
    )
    const zone =
      this.zone === UTC || this.zone === LOCAL
        ? `time.${this.zone.name}`
        : `time.Location(${quote(this.zone.name)})`
    return `time.Date(${wall.getUTCFullYear()}, time.${month}, ${clock}, ${this.nanoseconds}, ${zone})`
  }
}

const ABBREVIATION_LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN'] as const

/** What people there call it (CET), which Intl tells in some of English's locales only. */
function abbreviationAt(zone: string, at: Date): string {
  for (const locale of ABBREVIATION_LOCALES) {
    const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' })
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    if (/^[A-Z]{3,5}$/.test(name)) return name
  }
  return ''
}

/** Go prints a zone without a name of its own by its hours: +03, +0530. */
function numericName(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60))
  const two = (n: number): string => String(n).padStart(2, '0')
  const rest = minutes % 60
  return `${offset < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}${rest === 0 ? '' : two(rest)}`
}

/** A zone of the tz database; undefined when there is none of that name. "Local" is UTC here, wherever we run. */
export function zoneNamed(name: string): Zone | undefined {
  if (name === 'Local') return LOCAL
  if (name === '' || name === 'UTC') return UTC
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
  } catch {
    return undefined
  }
  const at = (seconds: number): Offset => {
    const date = new Date(seconds * 1000)
    const text = format.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours = '0', minutes = '0', rest = '0'] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(text) ?? []
    const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(rest)
    const signed = sign === '-' ? -offset : offset
    // Clocks that followed the sun of one place.
    const abbreviation = signed % 60 === 0 ? abbreviationAt(name, date) || numericName(signed) : 'LMT'
    return { seconds: signed, abbreviation }
  }
  return { name, at }
}
