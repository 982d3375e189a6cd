// This file is about writing YAML as Go's yaml.v2 does (libyaml's emitter, block style, lines of any length).
import type { Budget } from './budget.ts'
import { countRunes, decodeRune, isAscii, runes } from './bytes.ts'
import { isDigit, isLetter } from './unicode.ts'
import { resolve } from './yaml-scalars.ts'

/** What JSON can say, with numbers as they are written; texts are byte strings of sound UTF-8. */
export type Document =
  | { readonly is: 'plain'; readonly text: string }
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly Document[] }
  | { readonly is: 'map'; readonly entries: readonly (readonly [string, Document])[] }

const INDENT = 2
/** A line that is longer is broken at its next space, where that says the same. */
const WIDTH = 80
/** A longer key, or one of several lines, stands behind a question mark. */
const LONGEST_SIMPLE_KEY = 128
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/

/** What a plain text of one line would be taken for something else by. */
const INDICATORS = /^[#,[\]{}&*!|>'"%@`]|^[?:-](?:[ \t\r\n]|$)|:(?:[ \t\r\n]|$)|[ \t\r\n]#|^---|^\.\.\./

/** Code points that are shown as they are; the line breaks of Unicode are escaped, for the reader's sake. */
function isPrintable(code: number): boolean {
  if (code < 0x80) return code === 0x0a || (code >= 0x20 && code <= 0x7e)
  if (code === 0x2028 || code === 0x2029) return false
  return (code >= 0xa0 && code < 0xd800) || (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
}

function hasSpecial(s: string): boolean {
  if (isAscii(s)) return /[^\n -~]/.test(s)
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    if (!isPrintable(code)) return true
    at += width
  }
  return false
}

type Style = 'plain' | 'single' | 'double' | 'literal'

function wantedStyle(s: string): Style {
  if (s.includes('\n')) return 'literal'
  return resolve(s).is === 'string' && !BASE_60.test(s) ? 'plain' : 'double'
}

/** The style a text is given: the one wanted, or the next that can hold it. */
function styleOf(s: string): Style {
  const wanted = hasSpecial(s) || s.includes(' \n') ? 'double' : wantedStyle(s)
  if (wanted === 'literal') return s.endsWith(' ') ? 'double' : 'literal'
  if (wanted === 'double') return 'double'
  return s.startsWith(' ') || s.endsWith(' ') || INDICATORS.test(s) ? 'single' : 'plain'
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x00, '0'],
  [0x07, 'a'],
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0b, 'v'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x1b, 'e'],
  [0x22, '"'],
  [0x5c, '\\'],
  [0x85, 'N'],
  [0xa0, '_'],
  [0x2028, 'L'],
  [0x2029, 'P'],
])

function escape(code: number): string {
  const named = ESCAPES.get(code)
  if (named !== undefined) return `\\${named}`
  const [letter, digits]: [string, number] = code <= 0xff ? ['x', 2] : code <= 0xffff ? ['u', 4] : ['U', 8]
  return `\\${letter}${code.toString(16).toUpperCase().padStart(digits, '0')}`
}

/** The inside of quotes, or a plain text, without breaks of its own. */
function inOneLine(s: string, style: Style): string {
  if (style === 'single') return s.replaceAll("'", "''")
  if (style !== 'double' || /^[ !#-[\]-~]*$/.test(s)) return s
  let out = ''
  for (const { code, at, width } of runes(s)) {
    out += isPrintable(code) && !ESCAPES.has(code) ? s.slice(at, at + width) : escape(code)
  }
  return out
}

/** Keys as yaml.v2 sorts them: letters by code point, numbers by their value, signs before both. */
export function compareKeys(a: string, b: string): number {
  const [x, y] = [codesOf(a), codesOf(b)]
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] !== y[i]) return compareFrom(x, y, i)
  }
  return x.length - y.length
}

function codesOf(s: string): number[] {
  const codes: number[] = []
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    codes.push(code)
    at += width
  }
  return codes
}

function compareFrom(x: readonly number[], y: readonly number[], i: number): number {
  const [a = 0, b = 0] = [x[i], y[i]]
  const [isA, isB] = [isLetter(a), isLetter(b)]
  if (isA && isB) return a - b
  if (isA || isB) return isB ? -1 : 1
  const before = followsNumber(x, y, i) ? 1n : 0n
  const [m, n] = [numberAt(x, i, before), numberAt(y, i, before)]
  if (m.value !== n.value) return m.value < n.value ? -1 : 1
  return m.end === n.end ? a - b : m.end - n.end
}

/** A zero counts only behind digits that are none. */
function followsNumber(x: readonly number[], y: readonly number[], i: number): boolean {
  if (x[i] !== ZERO && y[i] !== ZERO) return false
  for (let j = i - 1; j >= 0 && isDigit(x[j] ?? 0); j--) if (x[j] !== ZERO) return true
  return false
}

const SPACE = 0x20
const ZERO = 0x30

function numberAt(codes: readonly number[], from: number, start: bigint): { value: bigint; end: number } {
  let value = start
  let end = from
  for (; end < codes.length && isDigit(codes[end] ?? 0); end++) {
    value = BigInt.asIntN(64, value * 10n + BigInt((codes[end] ?? ZERO) - ZERO))
  }
  return { value, end }
}

/** What surrounds a node. */
interface Place {
  readonly indent: number
  readonly inMap: boolean
}

class Emitter {
  readonly #budget: Budget
  #out = ''
  #column = 0
  /** The last thing written was white space; only indentation and indicators stand on this line. */
  #whitespace = true
  #indention = true

  constructor(budget: Budget) {
    this.#budget = budget
  }

  document(root: Document): string {
    this.#node(root, { indent: -1, inMap: false })
    return this.#out
  }

  #put(text: string): void {
    this.#budget.grow(this.#out.length + text.length, text.length)
    this.#out += text
    this.#column += countRunes(text)
  }

  #break(): void {
    this.#put('\n')
    this.#column = 0
  }

  #startLine(indent: number): void {
    const to = Math.max(indent, 0)
    if (!this.#indention || this.#column > to || (this.#column === to && !this.#whitespace)) this.#break()
    if (this.#column < to) this.#put(' '.repeat(to - this.#column))
    this.#whitespace = true
    this.#indention = true
  }

  #indicator(text: string, isIndention: boolean): void {
    if (!this.#whitespace && text !== ':') this.#put(' ')
    this.#put(text)
    this.#whitespace = false
    this.#indention = this.#indention && isIndention
  }

  #node(node: Document, place: Place): void {
    this.#budget.step(1)
    switch (node.is) {
      case 'plain':
        return this.#scalar(node.text)
      case 'string':
        return this.#string(node.text, place.indent < 0 ? INDENT : place.indent + INDENT, false)
      case 'list':
        return node.items.length === 0 ? this.#scalar('[]') : this.#list(node.items, place)
      case 'map':
        return node.entries.length === 0 ? this.#scalar('{}') : this.#map(node.entries, place)
    }
  }

  /** A list directly under a key is not indented further. */
  #list(items: readonly Document[], { indent, inMap }: Place): void {
    const inner = indent < 0 ? 0 : inMap && !this.#indention ? indent : indent + INDENT
    this.#budget.nest(() => {
      for (const item of items) {
        this.#startLine(inner)
        this.#indicator('-', true)
        this.#node(item, { indent: inner, inMap: false })
      }
    })
  }

  #map(entries: readonly (readonly [string, Document])[], { indent }: Place): void {
    const inner = indent < 0 ? 0 : indent + INDENT
    this.#budget.nest(() => {
      for (const [key, value] of entries) {
        this.#startLine(inner)
        this.#key(key, inner)
        this.#node(value, { indent: inner, inMap: true })
      }
    })
  }

  #key(key: string, indent: number): void {
    if (key.length <= LONGEST_SIMPLE_KEY && !/[\r\n]/.test(key)) {
      this.#string(key, indent + INDENT, true)
      return this.#indicator(':', false)
    }
    this.#indicator('?', true)
    this.#string(key, indent + INDENT, false)
    this.#startLine(indent)
    this.#put(':')
    this.#whitespace = false
  }

  #scalar(text: string): void {
    if (!this.#whitespace) this.#put(' ')
    this.#put(text)
    this.#whitespace = false
    this.#indention = false
  }

  #string(s: string, indent: number, isKey: boolean): void {
    this.#budget.characters(s.length)
    const style = styleOf(s)
    if (style === 'literal') return this.#literal(s, indent)
    if (!this.#whitespace) this.#put(' ')
    const mark = style === 'plain' ? '' : style === 'single' ? "'" : '"'
    this.#put(mark)
    const isShort = this.#column + s.length <= WIDTH && isAscii(s)
    if (isShort || isKey) this.#put(inOneLine(s, style))
    else {
      // Every character is put by itself.
      this.#budget.step(s.length / 2)
      this.#folded(s, style, indent)
    }
    this.#put(mark)
    this.#whitespace = false
    this.#indention = false
  }

  /** Breaks the line at a space beyond the width; where a second follows, quotes must say that it counts. */
  #folded(s: string, style: Style, indent: number): void {
    let afterSpace = false
    for (const { code, at, width } of runes(s)) {
      const isInside = style === 'plain' || (at > 0 && at < s.length - 1)
      const beforeSpace = s[at + 1] === ' '
      const folds = code === SPACE && !afterSpace && isInside && this.#column > WIDTH
      afterSpace = code === SPACE
      if (!folds || (beforeSpace && style !== 'double')) {
        this.#put(inOneLine(s.slice(at, at + width), style))
        continue
      }
      this.#indention = false
      this.#startLine(indent)
      if (beforeSpace) this.#put('\\')
    }
  }

  /** Behind the bar stands the indentation where the text begins with a space, and what becomes of its last breaks. */
  #literal(s: string, indent: number): void {
    const hint = /^[ \n]/.test(s) ? String(INDENT) : ''
    const chomp = !s.endsWith('\n') ? '-' : s === '\n' || s.endsWith('\n\n') ? '+' : ''
    this.#scalar(`|${hint}${chomp}`)
    this.#put(`\n${s.replaceAll(/^(?=[^\n])/gm, ' '.repeat(indent))}`)
    this.#column = s.endsWith('\n') ? 0 : indent + 1
    this.#whitespace = true
    this.#indention = s.endsWith('\n')
  }
}

/** The YAML of a document, without a break at its end unless its last text has one. */
export const writeYaml = (root: Document, budget: Budget): string => new Emitter(budget).document(root)
