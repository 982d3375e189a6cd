// This file is about how a value looks as text: one printer for {{ x }}, print and printf's %v.
import type { Budget } from './budget.ts'
import { countRunes, decodeRune, encodeRune, isAscii } from './bytes.ts'
import { CallError } from './errors.ts'
import { type FloatVerb, floatText, formatFloat } from './floats.ts'
import { canBackquote, isPlain, quote, quoteRune } from './quote.ts'
import { isPrint } from './unicode.ts'
import {
  Complex,
  GoMap,
  GoSlice,
  integerOf,
  isInteger,
  isStruct,
  SizedInt,
  type Struct,
  typeName,
  type Value,
} from './values.ts'

/** The flags between % and the verb. */
export interface Flags {
  readonly width?: number
  readonly precision?: number
  readonly minus?: boolean
  readonly plus?: boolean
  readonly sharp?: boolean
  readonly space?: boolean
  readonly zero?: boolean
  /** %#v: as Go source. */
  readonly source?: boolean
}
const NO_FLAGS: Flags = {}

/** Digits beyond the shortest form take arithmetic on integers as long as the exponent is large. */
const exactCost = (value: number, precision: number): number =>
  2 + precision / 4 + (Math.abs(Math.log2(Math.abs(value) || 1)) > 100 ? 50 : 0)

/** Writes values with one verb and its flags, charging the budget for what it writes. */
export class Printer {
  readonly #budget: Budget
  readonly #verb: string
  readonly #flags: Flags
  /** How many maps and slices are open around the value. */
  #depth = 0
  constructor(budget: Budget, verb = 'v', flags: Flags = NO_FLAGS) {
    this.#budget = budget
    this.#verb = verb
    this.#flags = flags
  }

  /** The value as an argument of its own; `nil` prints differently there than inside a list. */
  print(value: Value): string {
    if (this.#verb === 'T') return this.#pad(this.#truncate(typeName(value)), true)
    if (value === null) return this.#verb === 'v' ? this.#pad('<nil>', true) : this.#bad('<nil>')
    if (this.#verb === 'p' && hasAddress(value)) return refuseAddress(value)
    return this.#write(value)
  }

  #write(value: Value): string {
    this.#budget.step(1)
    if (typeof value === 'string') return this.#string(value)
    if (isInteger(value)) return this.#integer(value)
    if (typeof value === 'number') return this.#float(value)
    if (typeof value === 'boolean') return this.#boolean(value)
    if (value === null) return this.#nilInside()
    if (value instanceof Complex) return this.#complex(value)
    if (isStruct(value)) return this.#struct(value)
    const size = value instanceof GoMap ? value.entries.size : value.items.length
    this.#budget.step(size)
    return this.#budget.nest(() =>
      this.#deeper(() => (value instanceof GoMap ? this.#map(value) : this.#slice(value))),
    )
  }

  #deeper(write: () => string): string {
    this.#depth++
    const text = write()
    this.#depth--
    return text
  }

  /** By its methods where the verb asks for text, else field by field. */
  #struct(value: Struct): string {
    const { source } = this.#flags
    if (source && value.sourceText !== undefined) return this.#pad(this.#truncate(value.sourceText()), true)
    if (!source && value.isStringer && TEXT_VERBS.has(this.#verb)) return this.#string(value.text())
    const { fields } = value
    if (fields === undefined) return refuseAddress(value)
    if (value.kind === 'struct') return this.#fields(value, fields)
    if (this.#depth === 0) return `&${this.#fields(value, fields)}`
    // Only at the top are pointers followed.
    if (ADDRESS_VERBS.has(this.#verb)) return refuseAddress(value)
    return this.#bad(
      `${typeName(value)}=&${new Printer(this.#budget, 'v', this.#flags).#fields(value, fields)}`,
    )
  }

  #fields(value: Struct, fields: GoMap): string {
    const { source } = this.#flags
    const members = Array.from(
      fields.entries,
      ([name, field]) => (source ? `${name}:` : '') + this.#write(field),
    )
    return (source ? typeName(value).replace(/^\*/, '') : '') + `{${this.#join(members).slice(0, -1)}}`
  }

  #nilInside(): string {
    return this.#flags.source ? 'interface {}(nil)' : '<nil>'
  }

  #map(map: GoMap): string {
    const open = this.#flags.source ? `${typeName(map)}{` : 'map['
    if (this.#flags.source && map.isNil) return `${typeName(map)}(nil)`
    const members = map.keys().map((key) => {
      const name = this.#write(key)
      return `${name}:${this.#write(map.entries.get(key) ?? null)}`
    })
    return open + this.#join(members)
  }

  #slice(slice: GoSlice): string {
    if (this.#flags.source && slice.isNil) return `${typeName(slice)}(nil)`
    const open = this.#flags.source ? `${typeName(slice)}{` : '['
    return open + this.#join(slice.items.map((item) => this.#write(item)))
  }

  #join(members: readonly string[]): string {
    const length = members.reduce((sum, member) => sum + member.length + 2, 2)
    this.#budget.text(length)
    return this.#flags.source ? `${members.join(', ')}}` : `${members.join(' ')}]`
  }

  /** Go's answer to a verb that does not fit: it is text of the result, not an error. */
  #bad(what: string): string {
    return `%!${this.#verb}(${what})`
  }

  #misfit(value: Value): string {
    return this.#bad(`${typeName(value)}=${new Printer(this.#budget, 'v', this.#flags).print(value)}`)
  }

  #pad(text: string, zero = false): string {
    this.#budget.text(text.length)
    const width = this.#flags.width ?? 0
    if (width === 0) return text
    if (!isAscii(text)) this.#budget.characters(text.length)
    const missing = Math.max(width - countRunes(text), 0)
    this.#budget.text(text.length + missing)
    if (this.#flags.minus) return text + ' '.repeat(missing)
    return (zero && this.#flags.zero ? '0' : ' ').repeat(missing) + text
  }

  #truncate(text: string): string {
    const limit = this.#flags.precision
    if (limit === undefined || limit >= text.length) return text
    if (isAscii(text)) return text.slice(0, limit)
    let at = 0
    for (let n = 0; n < limit && at < text.length; n++) at += decodeRune(text, at).width
    return text.slice(0, at)
  }

  #boolean(value: boolean): string {
    const fits = this.#verb === 't' || this.#verb === 'v'
    return fits ? this.#pad(String(value), true) : this.#misfit(value)
  }

  #string(value: string): string {
    switch (this.#verb) {
      case 'v':
        return this.#flags.source ? this.#quoted(value) : this.#pad(this.#truncate(value), true)
      case 's':
        return this.#pad(this.#truncate(value), true)
      case 'q':
        return this.#quoted(value)
      case 'x':
      case 'X':
        return this.#hexString(value)
      default:
        return this.#misfit(value)
    }
  }

  #quoted(value: string): string {
    const text = this.#truncate(value)
    chargeQuoting(text, this.#budget)
    const raw = this.#flags.sharp && canBackquote(text)
    return this.#pad(raw ? `\`${text}\`` : quote(text, this.#flags.plus), true)
  }

  #hexString(value: string): string {
    const bytes = value.slice(0, this.#flags.precision ?? value.length)
    const prefix = this.#flags.sharp ? '0x' : ''
    this.#budget.text(bytes.length * 5)
    if (this.#flags.space) this.#budget.characters(bytes.length)
    const digits = Buffer.from(bytes, 'latin1').toString('hex')
    const spaced = digits.replaceAll(/..(?!$)/g, `$& ${prefix}`)
    const text = bytes === '' ? '' : prefix + (this.#flags.space ? spaced : digits)
    return this.#pad(this.#verb === 'X' ? text.toUpperCase() : text, true)
  }

  #integer(value: bigint | SizedInt): string {
    const n = integerOf(value)
    switch (this.#verb) {
      case 'v':
        return this.#flags.source && value instanceof SizedInt && value.type !== 'int64'
          ? `0x${n.toString(16)}`
          : this.#digits(n, 10)
      case 'd':
        return this.#digits(n, 10)
      case 'b':
        return this.#digits(n, 2)
      case 'o':
      case 'O':
        return this.#digits(n, 8)
      case 'x':
      case 'X':
        return this.#digits(n, 16)
      case 'c':
        return this.#pad(encodeRune(runeOf(n)), true)
      case 'q':
        return this.#pad(quoteRune(runeOf(n), this.#flags.plus), true)
      case 'U':
        return this.#codePoint(n)
      default:
        return this.#misfit(value)
    }
  }

  #digits(n: bigint, base: number): string {
    const { precision, width = 0, minus, zero, plus, space, sharp } = this.#flags
    if (precision === 0 && n === 0n) return this.#pad('')
    const sign = n < 0n ? '-' : plus ? '+' : space ? ' ' : ''
    const room = zero && !minus && precision === undefined ? width - sign.length : 0
    const least = precision ?? room
    this.#budget.text(Math.max(least, 0))
    const digits = (n < 0n ? -n : n).toString(base).padStart(least, '0')
    const text = sign + this.#basePrefix(base, digits, sharp ?? false) + digits
    return this.#pad(this.#verb === 'X' ? text.toUpperCase() : text)
  }

  #basePrefix(base: number, digits: string, sharp: boolean): string {
    if (this.#verb === 'O') return sharp && !digits.startsWith('0') ? '0o0' : '0o'
    if (!sharp) return ''
    if (base === 8) return digits.startsWith('0') ? '' : '0'
    return base === 2 ? '0b' : base === 16 ? '0x' : ''
  }

  #codePoint(n: bigint): string {
    const code = BigInt.asUintN(64, n)
    const digits = code
      .toString(16)
      .toUpperCase()
      .padStart(Math.max(this.#flags.precision ?? 4, 4), '0')
    const shown = this.#flags.sharp && code <= 0x10ffffn && isPrint(Number(code))
    return this.#pad(`U+${digits}${shown ? ` '${encodeRune(Number(code))}'` : ''}`)
  }

  #float(value: number): string {
    switch (this.#verb) {
      case 'v':
        return this.#flags === NO_FLAGS ? floatText(value) : this.#decimal(value, 'g', -1)
      case 'g':
      case 'G':
        return this.#decimal(value, this.#verb, -1)
      case 'e':
      case 'E':
      case 'f':
        return this.#decimal(value, this.#verb, 6)
      case 'F':
        return this.#decimal(value, 'f', 6)
      case 'b':
      case 'x':
      case 'X':
        return this.#decimal(value, this.#verb, -1)
      default:
        return this.#misfit(value)
    }
  }

  #decimal(value: number, verb: FloatVerb, usual: number): string {
    const { precision = usual, plus, space, zero, minus, width = 0 } = this.#flags
    this.#budget.text(Math.max(precision, 0))
    if (precision >= 0) this.#budget.step(exactCost(value, precision))
    const text = formatFloat(value, verb, precision)
    const finite = /\d/.test(text)
    const sharp = this.#flags.sharp && finite && verb !== 'b' ? keepPoint(text, verb, precision) : text
    const sign = sharp.startsWith('-') ? '-' : plus ? '+' : space ? ' ' : ''
    if (!finite) {
      const bare = text.endsWith('Inf') && sign === '' ? text : sign + text.slice(1)
      return this.#pad(bare)
    }
    const digits = sharp.slice(1)
    if (!zero || minus) return this.#pad(sign + digits)
    this.#budget.text(width)
    return sign + digits.padStart(width - sign.length, '0')
  }

  #complex(value: Complex): string {
    const part = (flags: Flags, n: number): string => new Printer(this.#budget, this.#verb, flags).#float(n)
    if (!/^[vbgGfFeExX]$/.test(this.#verb)) return this.#misfit(value)
    return `(${part(this.#flags, value.re)}${part({ ...this.#flags, plus: true }, value.im)}i)`
  }
}

/** What Go prints as text where the value has a String method, and as an address where it is a pointer. */
const TEXT_VERBS: ReadonlySet<string> = new Set('vsxXq')
const ADDRESS_VERBS: ReadonlySet<string> = new Set('vpbodxX')

const hasAddress = (value: Value): boolean =>
  value instanceof GoMap || value instanceof GoSlice || isStruct(value)

function refuseAddress(value: Value): never {
  throw new CallError(
    `the verb shows addresses of memory in a ${typeName(value)}, which differ at every rendering`,
  )
}

/** Quoting looks at every character, unless there is nothing to escape. */
export function chargeQuoting(text: string, budget: Budget): void {
  budget.text(text.length)
  if (!isPlain(text)) budget.step(text.length)
}

const runeOf = (n: bigint): number => (n < 0n || n > 0x10ffffn ? 0xfffd : Number(n))

/** The sharp flag: always a decimal point, and for %g the zeros that were trimmed. */
function keepPoint(text: string, verb: string, precision: number): string {
  const hex = verb === 'x' || verb === 'X'
  const [number = '', tail = ''] = text.split(hex ? /(?=[pP])/ : /(?=[eE])/)
  const pointed = number.includes('.') ? number : `${number}.`
  if (!/^[gGx]$/.test(verb)) return pointed + tail
  const wanted = precision < 0 ? 6 : precision
  // Go counts the "x" of a hexadecimal number among its digits.
  const digits = number.replaceAll(hex ? /^.0|\./g : /[^0-9]/g, '')
  const significant = digits === '0' ? 1 : hex ? digits.length : digits.replace(/^0+/, '').length
  return pointed + '0'.repeat(Math.max(wanted - significant, 0)) + tail
}

/** As {{ x }} prints it. */
export function valueText(value: Value, budget: Budget): string {
  if (typeof value === 'string') {
    budget.text(value.length)
    return value
  }
  return value === null ? '<no value>' : new Printer(budget).print(value)
}

/** As %v prints it, where nil is `<nil>`. */
export const plainText = (value: Value, budget: Budget): string =>
  typeof value === 'string' ? value : new Printer(budget).print(value)

/** As print (fmt.Sprint): a space between operands when neither is a string. */
export function sprint(args: readonly Value[], budget: Budget): string {
  let out = ''
  args.forEach((arg, i) => {
    const spaced = i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string'
    const text = plainText(arg, budget)
    budget.grow(out.length + text.length + 1, text.length)
    out += spaced ? ` ${text}` : text
  })
  return out
}
