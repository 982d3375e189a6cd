// This file is about numbers: casts as the cast library makes them, integer and decimal arithmetic.
import type { Budget } from '../budget.ts'
import { CallError } from '../errors.ts'
import { fn, type FuncTable, perCharacter, variadic } from '../func.ts'
import { parseFloat64, parseInt64, truncateToInt64 } from '../numbers.ts'
import { plainText } from '../printer.ts'
import { GoSlice, int64, integerOf, isInteger, type Value } from '../values.ts'

const int = (n: bigint): bigint => BigInt.asIntN(64, n)

/** Decimals are cut off before the rest is read as an integer. */
function withoutDecimals(s: string): string {
  const whole = /^([-+]?\d*)(?:\.\d*)?$/.exec(s)?.[1]
  if (whole === undefined || !s.includes('.')) return s
  return /\d/.test(whole) ? whole : `${whole}0`
}

/** Any value as an integer; what is no number is 0. */
export function castInt(v: Value): bigint {
  if (isInteger(v)) return int(integerOf(v))
  if (typeof v === 'number') return truncateToInt64(v)
  if (typeof v === 'boolean') return v ? 1n : 0n
  return typeof v === 'string' ? (parseInt64(withoutDecimals(v)) ?? 0n) : 0n
}

/** Any value as a float64; what is no number is 0. */
function castFloat(v: Value): number {
  if (isInteger(v)) return Number(integerOf(v))
  if (typeof v === 'number') return v
  if (typeof v === 'boolean') return v ? 1 : 0
  return typeof v === 'string' ? (parseFloat64(v) ?? 0) : 0
}

const nonZero = (n: bigint): bigint => {
  if (n === 0n) throw new CallError('runtime error: integer divide by zero')
  return n
}

/** unscaled × 10^exponent, without rounding. */
interface Decimal {
  readonly unscaled: bigint
  readonly exponent: number
}

/** Digits that a quotient is rounded to, as the decimal library does. */
const QUOTIENT_DIGITS = 16

function decimalOf(v: Value): Decimal {
  const value = castFloat(v)
  if (!Number.isFinite(value)) throw new CallError('cannot create a Decimal from NaN or an infinity')
  const [digits = '0', exponent = '0'] = value.toExponential().split('e')
  const fraction = digits.split('.')[1] ?? ''
  return { unscaled: BigInt(digits.replace('.', '')), exponent: Number(exponent) - fraction.length }
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent)
  const scale = (d: Decimal): bigint => d.unscaled * 10n ** BigInt(d.exponent - exponent)
  return [scale(a), scale(b), exponent]
}

const plus = (a: Decimal, b: Decimal): Decimal => {
  const [x, y, exponent] = aligned(a, b)
  return { unscaled: x + y, exponent }
}
const minus = (a: Decimal, b: Decimal): Decimal => plus(a, { ...b, unscaled: -b.unscaled })
const times = (a: Decimal, b: Decimal): Decimal => ({
  unscaled: a.unscaled * b.unscaled,
  exponent: a.exponent + b.exponent,
})

/** Rounded half away from zero. */
function over(a: Decimal, b: Decimal): Decimal {
  if (b.unscaled === 0n) throw new CallError('decimal division by 0')
  const [x, y] = aligned(a, b)
  const scaled = x * 10n ** BigInt(QUOTIENT_DIGITS)
  const half = ((y < 0n ? -y : y) / 2n) * (scaled < 0n !== y < 0n ? -1n : 1n)
  const adjusted = y < 0n ? scaled - half : scaled + half
  return { unscaled: adjusted / y, exponent: -QUOTIENT_DIGITS }
}

const toFloat = ({ unscaled, exponent }: Decimal): number => Number(`${unscaled}e${exponent}`)

/** Operands beyond a few would grow the exact product without bound. */
const MOST_DECIMALS = 100

function fold(
  first: Decimal,
  rest: readonly Value[],
  op: (a: Decimal, b: Decimal) => Decimal,
  budget: Budget,
): number {
  if (rest.length > MOST_DECIMALS) throw new CallError(`more than ${MOST_DECIMALS} operands`)
  const result = rest.map(decimalOf).reduce((a, b) => {
    budget.step(10 + (Math.abs(a.exponent) + Math.abs(b.exponent)) / 8)
    return op(a, b)
  }, first)
  return toFloat(result)
}

const ZERO: Decimal = { unscaled: 0n, exponent: 0 }
const ONE: Decimal = { unscaled: 1n, exponent: 0 }

/** `places` decimals; a fraction from `on` on rounds up. */
function round(v: Value, places: bigint, on: number): number {
  const power = 10 ** Number(places)
  const digit = power * castFloat(v)
  const fraction = digit - Math.trunc(digit)
  return (fraction >= on ? Math.ceil(digit) : Math.floor(digit)) / power
}

/** A list of more integers than this serves no Secret. */
const LONGEST = 100_000

function countFrom(start: bigint, stop: bigint, step: bigint, budget: Budget): bigint[] {
  const down = stop < start
  if (down ? step >= 0n : step <= 0n) return []
  const size = (stop - start) / step + 1n
  if (size > LONGEST) throw new CallError(`more than ${LONGEST} integers`)
  budget.step(Number(size) / 4)
  const items: bigint[] = []
  for (let n = start; down ? n > stop : n < stop; n += step) items.push(n)
  return items
}

function seq(params: readonly bigint[], budget: Budget): string {
  const [a = 0n, b = 0n, c = 0n] = params
  const [start, end, given] = params.length === 1 ? [1n, a] : params.length === 2 ? [a, b] : [a, c, b]
  const sign = end < start ? -1n : 1n
  if (params.length === 0 || params.length > 3 || (sign < 0n && (given ?? -1n) > 0n)) return ''
  return countFrom(start, end + sign, given ?? sign, budget).join(' ')
}

const ints = (items: readonly bigint[]): GoSlice => new GoSlice('int', items)
const extreme = (pick: (a: bigint, b: bigint) => bigint) =>
  variadic(['any'], 'any', ([first], rest) => int64(rest.map(castInt).reduce(pick, castInt(first))))
const extremeFloat = (pick: (a: number, b: number) => number) =>
  variadic(['any'], 'any', ([first], rest) =>
    rest.map(castFloat).reduce((a, b) => pick(a, b), castFloat(first)),
  )
const greatest = extreme((a, b) => (b > a ? b : a))

export const NUMBERS: FuncTable = new Map([
  ['int', fn(['any'], castInt)],
  ['int64', fn(['any'], (v) => int64(castInt(v)))],
  ['float64', perCharacter(fn(['any'], castFloat))],
  ['atoi', fn(['string'], (s) => (/^[+-]?\d{1,500}$/.test(s) ? (clampedAtoi(s) ?? 0n) : 0n))],
  ['toDecimal', fn(['any'], (v, { budget }) => int64(fromOctal(plainText(v, budget))))],
  ['add', variadic([], 'any', (_, args) => int64(args.map(castInt).reduce((a, b) => int(a + b), 0n)))],
  ['add1', fn(['any'], (v) => int64(castInt(v) + 1n))],
  ['sub', fn(['any', 'any'], (a, b) => int64(castInt(a) - castInt(b)))],
  ['div', fn(['any', 'any'], (a, b) => int64(castInt(a) / nonZero(castInt(b))))],
  ['mod', fn(['any', 'any'], (a, b) => int64(castInt(a) % nonZero(castInt(b))))],
  [
    'mul',
    variadic(['any'], 'any', ([first], rest) =>
      int64(rest.map(castInt).reduce((a, b) => int(a * b), castInt(first))),
    ),
  ],
  ['add1f', fn(['any'], (v) => toFloat(plus(decimalOf(v), ONE)))],
  ['addf', variadic([], 'any', (_, args, { budget }) => fold(ZERO, args, plus, budget))],
  [
    'subf',
    variadic(['any'], 'any', ([first], rest, { budget }) => fold(decimalOf(first), rest, minus, budget)),
  ],
  [
    'mulf',
    variadic(['any'], 'any', ([first], rest, { budget }) => fold(decimalOf(first), rest, times, budget)),
  ],
  [
    'divf',
    variadic(['any'], 'any', ([first], rest, { budget }) => fold(decimalOf(first), rest, over, budget)),
  ],
  ['max', greatest],
  ['biggest', greatest],
  ['min', extreme((a, b) => (b < a ? b : a))],
  ['maxf', extremeFloat(Math.max)],
  ['minf', extremeFloat(Math.min)],
  ['ceil', fn(['any'], (v) => Math.ceil(castFloat(v)))],
  ['floor', fn(['any'], (v) => Math.floor(castFloat(v)))],
  ['round', variadic(['any', 'int'], 'float64', ([v, places], [on]) => round(v, places, on ?? 0.5))],
  ['until', fn(['int'], (n, { budget }) => ints(countFrom(0n, n, n < 0n ? -1n : 1n, budget)))],
  [
    'untilStep',
    fn(['int', 'int', 'int'], (start, stop, step, { budget }) => ints(countFrom(start, stop, step, budget))),
  ],
  ['seq', variadic([], 'int', (_, params, { budget }) => seq(params, budget))],
])

/** Atoi's answer out of range is the nearest integer, and sprig drops the error. */
function clampedAtoi(s: string): bigint | undefined {
  const n = BigInt(s.replace(/^\+/, ''))
  const limit = 2n ** 63n
  return n >= limit ? limit - 1n : n < -limit ? -limit : n
}

function fromOctal(text: string): bigint {
  if (!/^[+-]?[0-7]{1,500}$/.test(text)) return 0n
  const value = BigInt(`0o${text.replace(/^[+-]/, '')}`)
  return value >= 2n ** 63n ? 0n : text.startsWith('-') ? -value : value
}
