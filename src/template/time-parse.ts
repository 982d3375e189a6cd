// This file is about reading times by a layout.
import { DAYS, isLeap, MONTHS, PIECES, short } from './layouts.ts'

/** What was read; what the layout did not ask for stays undefined. */
interface Read {
  year?: number
  month?: number
  day?: number
  yearDay?: number
  hour?: number
  minute?: number
  second?: number
  nanoseconds?: number
  half?: 'AM' | 'PM'
  offset?: number
  zone?: string
  /** It says Z or UTC, which settles the zone. */
  isUtc?: boolean
}

export interface Parsed {
  readonly seconds: number
  readonly nanoseconds: number
  /** `local` when the text names no zone, or only an offset that is the local one. */
  readonly zone: 'local' | 'utc' | { readonly abbreviation: string; readonly offset: number }
}

const nameIndex = (names: readonly string[], text: string): number =>
  names.findIndex((name) => text.slice(0, name.length).toLowerCase() === name.toLowerCase())

/** Reads one piece from the start of `text`; gives what is left, or undefined when it does not fit. */
function readPiece(piece: string, text: string, read: Read): string | undefined {
  const number = (pattern: RegExp, least: number, most: number, set: (n: number) => void) => {
    const digits = pattern.exec(text)
    const n = Number(digits?.[1])
    if (digits === null || n < least || n > most) return undefined
    set(n)
    return text.slice(digits[0].length)
  }
  const named = (names: readonly string[], set: (i: number) => void) => {
    const i = nameIndex(names, text)
    if (i < 0) return undefined
    set(i)
    return text.slice(names[i]?.length)
  }
  const TWO = /^(\d\d)/
  const LOOSE = /^(\d\d?)/
  switch (piece) {
    case '2006':
      return number(/^(\d{4})/, 0, 9999, (n) => (read.year = n))
    case '06':
      return number(TWO, 0, 99, (n) => (read.year = n + (n >= 69 ? 1900 : 2000)))
    case 'January':
      return named(MONTHS, (i) => (read.month = i + 1))
    case 'Jan':
      return named(short(MONTHS), (i) => (read.month = i + 1))
    case '01':
    case '1':
      return number(piece === '01' ? TWO : LOOSE, 1, 12, (n) => (read.month = n))
    case 'Monday':
      return named(DAYS, () => {})
    case 'Mon':
      return named(short(DAYS), () => {})
    case '02':
    case '2':
      return number(piece === '02' ? TWO : LOOSE, 0, 99, (n) => (read.day = n))
    case '_2':
      return number(/^ ?(\d\d?)/, 0, 99, (n) => (read.day = n))
    case '002':
      return number(/^(\d{3})/, 1, 366, (n) => (read.yearDay = n))
    case '__2':
      return number(/^ {0,2}(\d{1,3})/, 1, 366, (n) => (read.yearDay = n))
    case '15':
      return number(LOOSE, 0, 23, (n) => (read.hour = n))
    case '03':
    case '3':
      return number(piece === '03' ? TWO : LOOSE, 0, 12, (n) => (read.hour = n))
    case '04':
    case '4':
      return number(piece === '04' ? TWO : LOOSE, 0, 59, (n) => (read.minute = n))
    case '05':
    case '5':
      return number(piece === '05' ? TWO : LOOSE, 0, 59, (n) => (read.second = n))
    case 'PM':
    case 'pm':
      return readHalf(piece, text, read)
    case 'MST':
      return readZoneName(text, read)
    default:
      return /^[.,]/.test(piece) ? readFraction(piece, text, read) : readOffset(piece, text, read)
  }
}

function readHalf(piece: string, text: string, read: Read): string | undefined {
  const marks = piece === 'PM' ? (['AM', 'PM'] as const) : (['am', 'pm'] as const)
  if (!text.startsWith(marks[0]) && !text.startsWith(marks[1])) return undefined
  read.half = text.startsWith(marks[0]) ? 'AM' : 'PM'
  return text.slice(2)
}

/** Go knows no list of zones, only what their names look like. */
const ZONE_NAMES = /^(?:ChST|MeST|GMT|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z]))/
const HOURS = /^[+-](\d+)/

function zoneName(text: string): string | undefined {
  const name = ZONE_NAMES.exec(text)?.[0] ?? ''
  if (name !== '' && name !== 'GMT') return name
  const hours = HOURS.exec(text.slice(name.length))
  const all = hours !== null && Number(hours[1]) <= 23 ? name + hours[0] : name
  return all === '' ? undefined : all
}

function readZoneName(text: string, read: Read): string | undefined {
  if (text.startsWith('UTC')) {
    read.isUtc = true
    return text.slice('UTC'.length)
  }
  const name = zoneName(text)
  if (name === undefined) return undefined
  read.zone = name
  return text.slice(name.length)
}

function readFraction(piece: string, text: string, read: Read): string | undefined {
  const wanted = piece.includes('0') ? `{${piece.length - 1}}` : '+'
  const digits = new RegExp(`^[.,](\\d${wanted})`).exec(text)
  if (digits === null) return piece.includes('9') ? text : undefined
  read.nanoseconds = Number((digits[1] ?? '').slice(0, 9).padEnd(9, '0'))
  return text.slice(digits[0].length)
}

function readOffset(piece: string, text: string, read: Read): string | undefined {
  if (piece.startsWith('Z') && text.startsWith('Z')) {
    read.isUtc = true
    return text.slice(1)
  }
  const colon = piece.includes(':') ? ':' : ''
  const pairs = piece.replaceAll(/\D/g, '').length / 2
  const pattern = new RegExp(`^([+-])${Array.from({ length: pairs }, () => '(\\d\\d)').join(colon)}`)
  const [all, sign, hours = '0', minutes = '0', seconds = '0'] = pattern.exec(text) ?? []
  if (all === undefined || Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60)
    return undefined
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  read.offset = sign === '-' ? -offset : offset
  return text.slice(all.length)
}

/** Literal text between pieces; a space in the layout takes any number of spaces. */
function readLiteral(literal: string, text: string): string | undefined {
  let rest = text
  for (const c of literal.replaceAll(/ +/g, ' ')) {
    if (c === ' ') {
      if (rest !== '' && !rest.startsWith(' ')) return undefined
      rest = rest.replace(/^ +/, '')
    } else if (rest.startsWith(c)) rest = rest.slice(1)
    else return undefined
  }
  return rest
}

const daysIn = (year: number, month: number): number => {
  const last = new Date(0)
  last.setUTCFullYear(year, month, 0)
  return last.getUTCDate()
}

function secondsOf(read: Read): number | undefined {
  const { year = 0, yearDay, minute = 0, second = 0 } = read
  const month = read.month ?? 1
  const day = read.day ?? 1
  if (day < 1 || day > daysIn(year, month)) return undefined
  if (yearDay !== undefined && yearDay > (isLeap(year) ? 366 : 365)) return undefined
  const hour = read.hour ?? 0
  const adjusted = read.half === 'PM' && hour < 12 ? hour + 12 : read.half === 'AM' && hour === 12 ? 0 : hour
  const date = new Date(0)
  if (yearDay === undefined) date.setUTCFullYear(year, month - 1, day)
  else date.setUTCFullYear(year, 0, yearDay)
  if (read.month !== undefined && date.getUTCMonth() !== month - 1) return undefined
  if (read.day !== undefined && date.getUTCDate() !== day) return undefined
  date.setUTCHours(adjusted, minute, second)
  return date.getTime() / 1000
}

function finish(read: Read): Parsed | undefined {
  const wall = secondsOf(read)
  if (wall === undefined) return undefined
  const nanoseconds = read.nanoseconds ?? 0
  const { offset, zone: abbreviation, isUtc } = read
  if (isUtc) return { seconds: wall, nanoseconds, zone: 'utc' }
  if (offset !== undefined) {
    const isLocal = offset === 0 && abbreviation === undefined
    const zone = isLocal ? 'local' : { abbreviation: abbreviation ?? '', offset }
    return { seconds: wall - offset, nanoseconds, zone }
  }
  if (abbreviation === undefined) return { seconds: wall, nanoseconds, zone: 'local' }
  // The hours of GMT+2 move no instant: Go only remembers them.
  const hours = Number(/^GMT([+-]\d+)$/.exec(abbreviation)?.[1] ?? 0)
  return { seconds: wall, nanoseconds, zone: { abbreviation, offset: hours * 3600 } }
}

/** Reads a time by a layout; undefined when the text does not fit it. */
export function parseLayout(layout: string, text: string): Parsed | undefined {
  const read: Read = {}
  let rest: string | undefined = text
  let at = 0
  for (const piece of layout.matchAll(PIECES)) {
    rest = readLiteral(layout.slice(at, piece.index), rest)
    rest = rest === undefined ? undefined : readPiece(piece[0], rest, read)
    if (rest === undefined) return undefined
    at = piece.index + piece[0].length
    rest = fractionAfterSeconds(piece[0], layout.slice(at), rest, read)
  }
  return readLiteral(layout.slice(at), rest) === '' ? finish(read) : undefined
}

const NEXT_PIECE = new RegExp(PIECES.source)

/** Seconds may have a fraction that the layout does not mention. */
function fractionAfterSeconds(piece: string, layout: string, text: string, read: Read): string {
  if (piece !== '05' && piece !== '5') return text
  const [next = ''] = NEXT_PIECE.exec(layout) ?? []
  if (/^[.,]/.test(next)) return text
  return /^[.,]\d/.test(text) ? (readFraction('.9', text, read) ?? text) : text
}
