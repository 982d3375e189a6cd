// This file is about numbers in text: Go's literals, and what strconv accepts.
import { unquoteChar } from './quote.ts'

export const MAX_INT64 = 2n ** 63n - 1n
export const MIN_INT64 = -(2n ** 63n)
export const MAX_UINT64 = 2n ** 64n - 1n

const INTEGER = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|0[0-7_]*|[1-9][0-9_]*)$/
const FLOAT = /^[+-]?([0-9_]+\.?[0-9_]*|\.[0-9_]+)([eE][+-]?[0-9][0-9_]*)?$/
const HEX_FLOAT = /^([+-]?)0[xX]([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?[0-9][0-9_]*)$/
const NAMED = /^([+-]?)(inf|infinity|nan)$/i
/** An underscore stands between digits, or between a base prefix and a digit. */
const STRAY_UNDERSCORE = /(^|[^0-9a-fA-FxXoO])_|_([^0-9a-fA-F]|$)/

const withoutUnderscores = (text: string): string | undefined =>
  text.includes('_') ? (STRAY_UNDERSCORE.test(text) ? undefined : text.replaceAll('_', '')) : text

/** No number that fits 64 bits is written longer, and large ones take long to read. */
const LONGEST_NUMBER = 500

/** An integer of any size with Go's base prefixes (strconv's base 0). */
export function parseInteger(text: string): bigint | undefined {
  const parts = text.length > LONGEST_NUMBER ? null : INTEGER.exec(text)
  const digits = withoutUnderscores(parts?.[2] ?? '_')
  if (digits === undefined) return undefined
  const octal = /^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits
  const value = BigInt(octal)
  return parts?.[1] === '-' ? -value : value
}

export function parseInt64(text: string): bigint | undefined {
  const value = parseInteger(text)
  return value === undefined || value > MAX_INT64 || value < MIN_INT64 ? undefined : value
}

function parseHexFloat(text: string): number | undefined {
  const parts = text.length > LONGEST_NUMBER ? null : HEX_FLOAT.exec(text)
  const whole = withoutUnderscores(parts?.[2] ?? '_')
  const fraction = withoutUnderscores(parts?.[3] ?? '_')
  if (whole === undefined || fraction === undefined || whole + fraction === '') return undefined
  const exponent = Number((parts?.[4] ?? '').replaceAll('_', '')) - 4 * fraction.length
  // In two steps, as the power alone may be too small for a float64.
  const half = Math.trunc(exponent / 2)
  const abs = Number(BigInt(`0x${whole}${fraction}`)) * 2 ** half * 2 ** (exponent - half)
  return parts?.[1] === '-' ? -abs : abs
}

/** A float64 as strconv.ParseFloat reads it; undefined when it is none or too large. */
export function parseFloat64(text: string): number | undefined {
  const named = NAMED.exec(text)
  if (named !== null) {
    const value = named[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return named[1] === '-' ? -value : value
  }
  const digits = FLOAT.test(text) ? withoutUnderscores(text) : undefined
  const value = digits === undefined ? parseHexFloat(text) : Number(digits)
  return value === undefined || !Number.isFinite(value) ? undefined : value
}

/** A number in a template, under every type that can hold it: Go's untyped constants. */
export interface NumberLiteral {
  readonly int?: bigint
  readonly float?: number
  readonly imaginary?: number
}

/** Go converts by truncation; out of range gives the smallest integer, as on amd64. */
export const truncateToInt64 = (f: number): bigint => {
  if (!Number.isFinite(f)) return MIN_INT64
  const whole = BigInt(Math.trunc(f))
  return whole > MAX_INT64 || whole < MIN_INT64 ? MIN_INT64 : whole
}

/** The value of a character constant such as 'a'. */
export function parseChar(text: string): NumberLiteral | undefined {
  const char = unquoteChar(text, 1, "'")
  if (char === undefined || text.slice(char.next) !== "'") return undefined
  return { int: BigInt(char.code), float: char.code }
}

/** `im` or `re+im`, without the final i. */
function parseComplex(text: string): NumberLiteral | 'illegal number syntax' {
  const sign = /^.*[^eEpP](?=[+-])/.exec(text)?.[0].length ?? 0
  const re = sign === 0 ? 0 : parseFloat64(text.slice(0, sign))
  const im = parseFloat64(text.slice(sign))
  return re === undefined || im === undefined ? 'illegal number syntax' : { float: re, imaginary: im }
}

/** The value of a number as it stands in a template, or what is wrong with it. */
export function parseNumber(text: string): NumberLiteral | 'integer overflow' | 'illegal number syntax' {
  if (text.endsWith('i')) return parseComplex(text.slice(0, -1))
  const integer = parseInteger(text)
  if (integer !== undefined) {
    if (integer > MAX_UINT64 || integer < MIN_INT64) return 'integer overflow'
    return integer > MAX_INT64 ? { float: Number(integer) } : { int: integer, float: Number(integer) }
  }
  const float = parseFloat64(text)
  if (float === undefined) return 'illegal number syntax'
  if (!/[.eEpP]/.test(text)) return 'integer overflow'
  const whole = Number.isFinite(float) && Math.abs(float) < 2 ** 63 && Number.isInteger(float)
  return whole ? { int: BigInt(float), float } : { float }
}
