// This file is about writing times by a layout.
import { DAYS, isLeap, MONTHS, PIECES } from './layouts.ts'

interface Offset {
  readonly seconds: number
  readonly abbreviation: string
}

const pad = (n: number, width: number): string =>
  (n < 0 ? '-' : '') + String(Math.abs(n)).padStart(width, '0')
const dayOfYear = (wall: Date): number =>
  Math.round((Date.UTC(2000, wall.getUTCMonth(), wall.getUTCDate()) - Date.UTC(2000, 0, 1)) / 86_400_000) +
  (wall.getUTCMonth() > 1 && !isLeap(wall.getUTCFullYear()) ? 0 : 1)
const hour12 = (wall: Date): number => wall.getUTCHours() % 12 || 12
const half = (wall: Date): string => (wall.getUTCHours() >= 12 ? 'PM' : 'AM')

function formatOffset(piece: string, offset: number): string {
  if (piece.startsWith('Z') && offset === 0) return 'Z'
  const abs = Math.abs(offset)
  const colon = piece.includes(':') ? ':' : ''
  const digits = piece.replaceAll(/\D/g, '').length
  const parts = [Math.trunc(abs / 3600), Math.trunc(abs / 60) % 60, abs % 60].slice(0, digits / 2)
  return (offset < 0 ? '-' : '+') + parts.map((n) => pad(n, 2)).join(colon)
}

function formatFraction(piece: string, nanoseconds: number): string {
  const digits = pad(nanoseconds, 9).slice(0, piece.length - 1)
  if (piece.includes('0')) return piece.charAt(0) + digits.padEnd(piece.length - 1, '0')
  const trimmed = digits.replace(/0+$/, '')
  return trimmed === '' ? '' : piece.charAt(0) + trimmed
}

function formatPiece(piece: string, wall: Date, nanoseconds: number, offset: Offset): string {
  const month = MONTHS[wall.getUTCMonth()] ?? ''
  const day = DAYS[wall.getUTCDay()] ?? ''
  switch (piece) {
    case 'January':
      return month
    case 'Jan':
      return month.slice(0, 3)
    case 'Monday':
      return day
    case 'Mon':
      return day.slice(0, 3)
    case 'MST':
      return offset.abbreviation || formatOffset('-0700', offset.seconds)
    case '01':
      return pad(wall.getUTCMonth() + 1, 2)
    case '1':
      return String(wall.getUTCMonth() + 1)
    case '02':
      return pad(wall.getUTCDate(), 2)
    case '_2':
      return String(wall.getUTCDate()).padStart(2, ' ')
    case '2':
      return String(wall.getUTCDate())
    case '002':
      return pad(dayOfYear(wall), 3)
    case '__2':
      return String(dayOfYear(wall)).padStart(3, ' ')
    case '2006':
      return pad(wall.getUTCFullYear(), 4)
    case '06':
      return pad(Math.abs(wall.getUTCFullYear()) % 100, 2)
    case '15':
      return pad(wall.getUTCHours(), 2)
    case '03':
      return pad(hour12(wall), 2)
    case '3':
      return String(hour12(wall))
    case '04':
      return pad(wall.getUTCMinutes(), 2)
    case '4':
      return String(wall.getUTCMinutes())
    case '05':
      return pad(wall.getUTCSeconds(), 2)
    case '5':
      return String(wall.getUTCSeconds())
    case 'PM':
      return half(wall)
    case 'pm':
      return half(wall).toLowerCase()
    default:
      return /^[.,]/.test(piece) ? formatFraction(piece, nanoseconds) : formatOffset(piece, offset.seconds)
  }
}

/** Writes a time by a layout; `wall` holds the local calendar in its UTC fields. */
export const formatLayout = (layout: string, wall: Date, nanoseconds: number, offset: Offset): string =>
  layout.replaceAll(PIECES, (piece) => formatPiece(piece, wall, nanoseconds, offset))
