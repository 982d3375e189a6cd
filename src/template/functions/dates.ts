// This file is about dates in templates: formatting, reading, moving them.
import { parseDuration } from '../../base/duration.ts'
import { fromBytes } from '../bytes.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, perCharacter, type Scene } from '../func.ts'
import { parseLayout } from '../time-parse.ts'
import { parseInt64 } from '../numbers.ts'
import { FARTHEST, fixedZone, LOCAL, Time, UTC, ZERO_TIME, zoneNamed } from '../times.ts'
import { int64, integerOf, isInteger, SizedInt, type Struct, type Value } from '../values.ts'

function timeAt(seconds: bigint, scene?: Scene): Time {
  const n = Number(seconds)
  if (Math.abs(n) > FARTHEST) throw new CallError('time out of range')
  scene?.budget.step(1)
  return new Time(n, 0, LOCAL)
}

function now(scene: Scene): Time {
  const ms = scene.now()
  return new Time(Math.floor(ms / 1000), (ms - Math.floor(ms / 1000) * 1000) * 1_000_000, LOCAL)
}

/** A time, or Unix seconds as int or int64; anything else, a float or a text above all, is taken for now. */
function timeOf(v: Value, scene: Scene): Time {
  if (v instanceof Time) return v
  return isInteger(v) && (typeof v === 'bigint' || v.type === 'int64') ? timeAt(integerOf(v)) : now(scene)
}

/** Asking Intl for a zone costs some 300 µs, on some machines more than twice as much. */
const ZONE_STEPS = 2500

function inZone(layout: string, v: Value, zone: string, scene: Scene): string {
  const time = timeOf(v, scene)
  scene.budget.step(layout.length)
  if (zone !== 'UTC' && zone !== 'Local') scene.budget.step(ZONE_STEPS)
  return new Time(time.seconds, time.nanoseconds, zoneNamed(fromBytes(zone)) ?? UTC).format(layout)
}

const ZERO = new Time(ZERO_TIME, 0, UTC)

function toDate(layout: string, text: string, { budget }: Scene): Time | undefined {
  budget.step(layout.length * 10)
  const parsed = parseLayout(layout, text)
  if (parsed === undefined) return undefined
  const { seconds, nanoseconds, zone } = parsed
  if (zone === 'local' || zone === 'utc') return new Time(seconds, nanoseconds, zone === 'utc' ? UTC : LOCAL)
  return new Time(seconds, nanoseconds, fixedZone(zone.abbreviation, zone.offset))
}

const asTime = (v: Struct): Time => {
  if (v instanceof Time) return v
  throw new CallError('not a time')
}

function modify(text: string, v: Struct): Time | undefined {
  const ms = parseDuration(fromBytes(text))
  if (ms === undefined) return undefined
  const time = asTime(v)
  const nanoseconds = time.nanoseconds + Math.round((ms % 1000) * 1_000_000)
  const carry = Math.floor(nanoseconds / 1e9)
  const seconds = time.seconds + Math.trunc(ms / 1000) + carry
  if (Math.abs(seconds) > FARTHEST) throw new CallError('time out of range')
  return new Time(seconds, nanoseconds - carry * 1e9, time.zone)
}

function mustModify(text: string, v: Struct): Time {
  const moved = modify(text, v)
  if (moved === undefined) throw new CallError('time: invalid duration')
  return moved
}

const NANOSECONDS = 1_000_000_000n

/** Seconds as Go's Duration holds them: nanoseconds in 64 bits, which wrap around after 292 years. */
const nanoseconds = (seconds: bigint): bigint => BigInt.asIntN(64, seconds * NANOSECONDS)

/** As Go's Duration prints whole seconds and more: 1h0m5s, 18.5s. */
function durationText(duration: bigint): string {
  const abs = duration < 0n ? -duration : duration
  const seconds = abs / NANOSECONDS
  const fraction = String(abs % NANOSECONDS)
    .padStart(9, '0')
    .replace(/0+$/, '')
  const [h, m, s] = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n]
  const rest = `${s}${fraction === '' ? '' : `.${fraction}`}s`
  const text = h > 0n ? `${h}h${m}m${rest}` : m > 0n ? `${m}m${rest}` : rest
  return duration < 0n ? `-${text}` : text
}

function duration(v: Value): string {
  const n =
    typeof v === 'string' ? (decimal(v) ?? 0n) : v instanceof SizedInt && v.type === 'int64' ? v.value : 0n
  return durationText(nanoseconds(n))
}

const decimal = (s: string): bigint | undefined =>
  /^[+-]?\d{1,500}$/.test(s) ? parseInt64(s.replace(/^([+-]?)0+(?=\d)/, '$1')) : undefined

const UNITS = [
  [365 * 86_400, 'y'],
  [30 * 86_400, 'mo'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const

function durationRound(v: Value, scene: Scene): string {
  const seconds = Math.abs(durationSeconds(v, scene))
  const unit = UNITS.find(([size]) => seconds > size)
  return unit === undefined ? '0s' : `${Math.floor(seconds / unit[0])}${unit[1]}`
}

function durationSeconds(v: Value, scene: Scene): number {
  if (typeof v === 'string') return (parseDuration(fromBytes(v)) ?? 0) / 1000
  if (v instanceof Time) return scene.now() / 1000 - v.seconds - v.nanoseconds / 1e9
  return v instanceof SizedInt && v.type === 'int64' ? Number(v.value) / 1e9 : 0
}

export const sameTime = (a: Value, b: Value): boolean =>
  a instanceof Time &&
  b instanceof Time &&
  a.seconds === b.seconds &&
  a.nanoseconds === b.nanoseconds &&
  a.zone.name === b.zone.name &&
  a.zone.at(a.seconds).seconds === b.zone.at(b.seconds).seconds

/** Go's == on times asks for the very same zone, not for an equal one. */
export const identicalTime = (a: Value, b: Value): boolean =>
  a instanceof Time && b instanceof Time && sameTime(a, b) && a.zone === b.zone

const clocked = (func: Func): Func => ({ ...func, readsClock: true })
const dateInZone = fn(['string', 'any', 'string'], inZone)
/** A duration is read by several patterns. */
const perDurationCharacter = (func: Func): Func => perCharacter(perCharacter(func))
const dateModify = perDurationCharacter(fn(['string', 'time'], (text, time) => modify(text, time) ?? time))
const mustDateModify = perDurationCharacter(fn(['string', 'time'], mustModify))
const DAY = '2006-01-02'

export const DATES: FuncTable = new Map([
  ['now', clocked(fn([], now))],
  [
    'ago',
    clocked(
      fn(['any'], (v, scene) => {
        const time = timeOf(v, scene)
        const seconds = Math.round(scene.now() / 1000 - time.seconds - time.nanoseconds / 1e9)
        return durationText(nanoseconds(BigInt(seconds)))
      }),
    ),
  ],
  ['date', fn(['string', 'any'], (layout, v, scene) => inZone(layout, v, 'Local', scene))],
  ['dateInZone', dateInZone],
  ['date_in_zone', dateInZone],
  ['htmlDate', fn(['any'], (v, scene) => inZone(DAY, v, 'Local', scene))],
  ['htmlDateInZone', fn(['any', 'string'], (v, zone, scene) => inZone(DAY, v, zone, scene))],
  ['dateModify', dateModify],
  ['date_modify', dateModify],
  ['mustDateModify', mustDateModify],
  ['must_date_modify', mustDateModify],
  ['toDate', fn(['string', 'string'], (layout, text, scene) => toDate(layout, text, scene) ?? ZERO)],
  [
    'mustToDate',
    fn(['string', 'string'], (layout, text, scene) => {
      const time = toDate(layout, text, scene)
      if (time === undefined) throw new CallError('parsing time: the text does not fit the layout')
      return time
    }),
  ],
  ['unixEpoch', fn(['time'], (time) => String(asTime(time).seconds))],
  ['duration', fn(['any'], duration)],
  ['durationRound', perDurationCharacter(fn(['any'], durationRound))],
])

const reads = (read: (time: Time) => Value): Func => fn(['time'], (time) => read(asTime(time)))
const readsWall = (read: (wall: Date) => number): Func => reads((time) => BigInt(read(time.wall())))

export const TIME_METHODS: FuncTable = new Map([
  ['Unix', reads((t) => int64(BigInt(t.seconds)))],
  ['UnixMilli', reads((t) => int64(BigInt(t.seconds) * 1000n + BigInt(Math.floor(t.nanoseconds / 1e6))))],
  ['UnixNano', reads((t) => int64(BigInt(t.seconds) * 1_000_000_000n + BigInt(t.nanoseconds)))],
  ['Nanosecond', reads((t) => BigInt(t.nanoseconds))],
  ['Year', readsWall((w) => w.getUTCFullYear())],
  ['Day', readsWall((w) => w.getUTCDate())],
  ['Hour', readsWall((w) => w.getUTCHours())],
  ['Minute', readsWall((w) => w.getUTCMinutes())],
  ['Second', readsWall((w) => w.getUTCSeconds())],
  ['IsZero', reads((t) => t.seconds === ZERO_TIME && t.nanoseconds === 0)],
  ['UTC', reads((t) => new Time(t.seconds, t.nanoseconds, UTC))],
  ['String', reads((t) => t.text())],
  [
    'Format',
    fn(['time', 'string'], (time, layout, { budget }) => {
      budget.step(layout.length)
      return asTime(time).format(layout)
    }),
  ],
  ['Before', fn(['time', 'time'], (a, b) => asTime(a).seconds < asTime(b).seconds)],
  ['After', fn(['time', 'time'], (a, b) => asTime(a).seconds > asTime(b).seconds)],
])
