// This file is about float64 in decimal, as Go's strconv writes it.

export type FloatVerb = 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X' | 'b'

/** Significant digits without leading or trailing zeros, and where the point stands: 0.d1d2d3 × 10^point. */
interface Decimal {
  readonly digits: string
  readonly point: number
}

const trimZeros = (digits: string): string => digits.replace(/0+$/, '')

/** The fewest digits that read back as the same number. */
function shortest(abs: number): Decimal {
  const [mantissa = '', exponent = '0'] = abs.toExponential().split('e')
  return { digits: abs === 0 ? '' : mantissa.replace('.', ''), point: abs === 0 ? 0 : Number(exponent) + 1 }
}

/** Mantissa and binary exponent of a finite number that is not negative. */
function dissect(abs: number): { mantissa: bigint; exponent: number } {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, abs)
  const raw = bits.getBigUint64(0)
  const biased = Number((raw >> 52n) & 0x7ffn)
  const fraction = raw & 0xfffffffffffffn
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 }
}

/** Every digit of the binary number. */
function exact(abs: number): Decimal {
  const { mantissa, exponent } = dissect(abs)
  if (mantissa === 0n) return { digits: '', point: 0 }
  const scale = Math.max(-exponent, 0)
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(scale)
  const text = whole.toString()
  return { digits: trimZeros(text), point: text.length - scale }
}

/** Rounds to `keep` significant digits, ties to even, as Go does (toFixed rounds ties away from zero). */
function round({ digits, point }: Decimal, keep: number): Decimal {
  if (keep >= digits.length) return { digits, point }
  if (keep < 0) return { digits: '', point }
  const head = digits.slice(0, keep)
  const next = digits.charCodeAt(keep) - 48
  const odd = keep > 0 && (head.charCodeAt(keep - 1) & 1) === 1
  const up = next > 5 || (next === 5 && (digits.length > keep + 1 || odd))
  if (!up) return { digits: trimZeros(head), point }
  const raised = (BigInt(`0${head}`) + 1n).toString().padStart(keep, '0')
  return { digits: trimZeros(raised), point: point + raised.length - keep }
}

/** `d.ddde±dd`; `precision` is the number of digits after the point. */
function scientific({ digits, point }: Decimal, precision: number, e: string): string {
  const first = digits === '' ? '0' : digits.charAt(0)
  const rest = digits.slice(1).padEnd(precision, '0').slice(0, precision)
  const exponent = digits === '' ? 0 : point - 1
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `${first}${rest === '' ? '' : `.${rest}`}${e}${exponent < 0 ? '-' : '+'}${size}`
}

function plain({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0'
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits
  return precision > 0 ? `${whole}.${fraction.padEnd(precision, '0').slice(0, precision)}` : whole
}

/** %e from the given precision on (the sixth digit for the shortest form), and below 1e-04. */
function general(abs: number, precision: number, e: string): string {
  const wanted = precision === 0 ? 1 : precision
  const decimal = precision < 0 ? shortest(abs) : round(exact(abs), wanted)
  const count = decimal.digits.length
  const whole = wanted > count && count >= decimal.point ? count : wanted
  const exponent = decimal.point - 1
  if (exponent < -4 || exponent >= (precision < 0 ? 6 : whole)) {
    return scientific(decimal, Math.max(count - 1, 0), e)
  }
  return plain(decimal, Math.max(count - decimal.point, 0))
}

/** 4503599627370496p-52: the mantissa as it is stored, and its exponent. */
function binary(abs: number): string {
  const { mantissa, exponent } = dissect(abs)
  return `${mantissa}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`
}

/** 0x1.8p+00: a binary mantissa in hex, ties to even. */
function hexadecimal(abs: number, precision: number): string {
  const { mantissa, exponent } = dissect(abs)
  const digits = precision < 0 ? 13 : precision
  const length = mantissa.toString(2).length
  // One digit before the point, 52 bits after it, as many as are asked for.
  const wanted = BigInt(length - 1 - 4 * digits)
  let kept = wanted > 0n ? mantissa >> wanted : mantissa << -wanted
  const lost = wanted > 0n ? mantissa - (kept << wanted) : 0n
  const half = wanted > 0n ? 1n << (wanted - 1n) : 0n
  if (lost > half || (lost === half && lost > 0n && (kept & 1n) === 1n)) kept++
  const carried = kept.toString(2).length > 4 * digits + 1
  if (carried) kept >>= 1n
  const power = abs === 0 ? 0 : exponent + length - 1 + (carried ? 1 : 0)
  const text = kept.toString(16).padStart(digits + 1, '0')
  const fraction = precision < 0 ? trimZeros(text.slice(1)) : text.slice(1)
  const size = String(Math.abs(power)).padStart(2, '0')
  return `0x${text.charAt(0)}${fraction === '' ? '' : `.${fraction}`}p${power < 0 ? '-' : '+'}${size}`
}

/** The number with its sign (always one), in the format `verb`; a negative precision means as many digits as needed. */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  const sign = value < 0 || Object.is(value, -0) ? '-' : '+'
  const abs = Math.abs(value)
  if (Number.isNaN(value)) return '+NaN'
  if (abs === Number.POSITIVE_INFINITY) return `${sign}Inf`
  return sign + formatFinite(abs, verb, precision)
}

function formatFinite(abs: number, verb: FloatVerb, precision: number): string {
  if (verb === 'x') return hexadecimal(abs, precision)
  if (verb === 'b') return binary(abs)
  if (verb === 'X') return hexadecimal(abs, precision).toUpperCase()
  if (verb === 'g' || verb === 'G') return general(abs, precision, verb === 'g' ? 'e' : 'E')
  if (verb === 'f') {
    if (precision < 0) {
      const decimal = shortest(abs)
      return plain(decimal, Math.max(decimal.digits.length - decimal.point, 0))
    }
    const decimal = exact(abs)
    return plain(round(decimal, decimal.point + precision), precision)
  }
  const decimal = precision < 0 ? shortest(abs) : round(exact(abs), precision + 1)
  return scientific(decimal, precision < 0 ? Math.max(decimal.digits.length - 1, 0) : precision, verb)
}

/** As %v prints it. */
export const floatText = (value: number): string => formatFloat(value, 'g', -1).replace(/^\+(?!Inf)/, '')
