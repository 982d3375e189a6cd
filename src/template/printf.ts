// This file is about printf: reading the format, in every order of flags that Go's fmt accepts.
import type { Budget } from './budget.ts'
import { decodeRune } from './bytes.ts'
import { type Flags, Printer } from './printer.ts'
import { integerOf, isInteger, typeName, type Value } from './values.ts'

/** Go refuses wider fields and longer precisions. */
const WIDEST = 1_000_000
const SIMPLE_VERB = /[^%]*%([svdq])/y

/** Formats as fmt.Sprintf: what does not fit becomes text such as `%!d(string=x)`, never an error. */
export const sprintf = (format: string, args: readonly Value[], budget: Budget): string =>
  new Formatting(format, args, budget).run()

interface Field {
  width?: number
  precision?: number
  minus: boolean
  plus: boolean
  sharp: boolean
  space: boolean
  zero: boolean
}

class Formatting {
  readonly #format: string
  readonly #args: readonly Value[]
  readonly #budget: Budget
  readonly #lastBracket: number
  #at = 0
  #arg = 0
  #out = ''
  #reordered = false
  #goodIndex = true
  #afterIndex = false

  constructor(format: string, args: readonly Value[], budget: Budget) {
    this.#format = format
    this.#args = args
    this.#budget = budget
    this.#lastBracket = format.lastIndexOf(']')
  }

  run(): string {
    while (this.#at < this.#format.length) this.#next()
    if (!this.#reordered && this.#arg < this.#args.length) this.#extra()
    return this.#out
  }

  #write(text: string): void {
    this.#budget.grow(this.#out.length + text.length, text.length)
    this.#out += text
  }

  #next(): void {
    SIMPLE_VERB.lastIndex = this.#at
    const simple = this.#arg < this.#args.length ? SIMPLE_VERB.exec(this.#format) : null
    if (simple !== null) {
      this.#write(this.#format.slice(this.#at, SIMPLE_VERB.lastIndex - 2))
      this.#at = SIMPLE_VERB.lastIndex
      this.#print(simple[1] ?? 'v')
      return
    }
    const percent = this.#format.indexOf('%', this.#at)
    const end = percent < 0 ? this.#format.length : percent
    this.#write(this.#format.slice(this.#at, end))
    this.#at = end + 1
    if (percent >= 0) this.#field()
  }

  #print(verb: string, flags?: Flags): void {
    const arg = this.#args[this.#arg++] ?? null
    const bare = flags === undefined && typeof arg === 'string' && (verb === 's' || verb === 'v')
    this.#write(bare ? arg : new Printer(this.#budget, verb, flags).print(arg))
  }

  #field(): void {
    const field: Field = { minus: false, plus: false, sharp: false, space: false, zero: false }
    this.#goodIndex = true
    this.#afterIndex = false
    this.#flags(field)
    this.#index()
    this.#width(field)
    if (this.#format[this.#at] === '.' && this.#at + 1 < this.#format.length) this.#precision(field)
    if (!this.#afterIndex) this.#index()
    this.#verb(field)
  }

  #flags(field: Field): void {
    for (; ; this.#at++) {
      const c = this.#format[this.#at]
      if (c === '#') field.sharp = true
      else if (c === '0') field.zero = true
      else if (c === '+') field.plus = true
      else if (c === '-') field.minus = true
      else if (c === ' ') field.space = true
      else return
    }
  }

  /** An explicit argument number such as [2]. */
  #index(): void {
    this.#afterIndex = false
    if (this.#format[this.#at] !== '[') return
    this.#reordered = true
    const close = this.#at > this.#lastBracket ? -1 : this.#format.indexOf(']', this.#at)
    const inner = this.#format.slice(this.#at + 1, Math.max(close, 0))
    const number = /^\d{1,7}$/.test(inner) ? Number(inner) : undefined
    this.#at = close < 0 ? this.#at + 1 : close + 1
    this.#afterIndex = number !== undefined
    if (number !== undefined && number >= 1 && number <= this.#args.length) this.#arg = number - 1
    else this.#goodIndex = false
  }

  #number(): number | undefined {
    const digits = /^\d*/.exec(this.#format.slice(this.#at, this.#at + 20))?.[0] ?? ''
    if (digits === '') return undefined
    this.#at += digits.length
    const number = Number(digits)
    if (number <= WIDEST) return number
    this.#at = this.#format.length
    return undefined
  }

  /** The argument that a `*` takes its number from. */
  #star(): number | undefined {
    this.#at++
    this.#afterIndex = false
    const arg = this.#args[this.#arg] ?? null
    if (this.#arg < this.#args.length) this.#arg++
    const number = isInteger(arg) ? Number(integerOf(arg)) : undefined
    return number !== undefined && Math.abs(number) <= WIDEST ? number : undefined
  }

  #width(field: Field): void {
    if (this.#format[this.#at] !== '*') {
      const width = this.#number()
      if (width === undefined) return
      field.width = width
      if (this.#afterIndex) this.#goodIndex = false
      return
    }
    const width = this.#star()
    if (width === undefined) return this.#write('%!(BADWIDTH)')
    field.width = Math.abs(width)
    if (width >= 0) return
    field.minus = true
    field.zero = false
  }

  #precision(field: Field): void {
    this.#at++
    if (this.#afterIndex) this.#goodIndex = false
    this.#index()
    if (this.#format[this.#at] !== '*') {
      field.precision = this.#number() ?? 0
      return
    }
    const precision = this.#star()
    if (precision === undefined || precision < 0) this.#write('%!(BADPREC)')
    else field.precision = precision
  }

  #verb(field: Field): void {
    if (this.#at >= this.#format.length) return this.#write('%!(NOVERB)')
    const { width } = decodeRune(this.#format, this.#at)
    const verb = this.#format.slice(this.#at, this.#at + width)
    this.#at += width
    if (verb === '%') return this.#write('%')
    if (!this.#goodIndex) return this.#write(`%!${verb}(BADINDEX)`)
    if (this.#arg >= this.#args.length) return this.#write(`%!${verb}(MISSING)`)
    const asSource = verb === 'v' && field.sharp
    const flags = verb === 'v' ? { ...field, sharp: false, plus: false, source: asSource } : field
    this.#print(verb, flags)
  }

  #extra(): void {
    const rest = this.#args.slice(this.#arg).map((arg) => {
      return arg === null ? '<nil>' : `${typeName(arg)}=${new Printer(this.#budget).print(arg)}`
    })
    this.#write(`%!(EXTRA ${rest.join(', ')})`)
  }
}
