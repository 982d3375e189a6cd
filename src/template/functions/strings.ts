// This file is about strings: cutting, joining, padding, asking.
import type { Budget } from '../budget.ts'
import { countRunes, decodeRune, encodeRune, isAscii, runes } from '../bytes.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, perCharacter, variadic } from '../func.ts'
import { chargeQuoting, plainText } from '../printer.ts'
import { quote } from '../quote.ts'
import { isSpace, lowerCase, upperCase } from '../unicode.ts'
import { GoMap, GoSlice, isStruct, strings, type Value } from '../values.ts'

/** A value as sprig's strval makes text of it. */
export const textOf = (v: Value, budget: Budget): string => {
  if (typeof v === 'string') return v
  return isStruct(v) ? v.text() : plainText(v, budget)
}

/** A value as sprig makes a list of texts of it, leaving nil out. */
export function textsOf(v: Value, budget: Budget): string[] {
  if (v === null) return []
  if (!(v instanceof GoSlice)) return [textOf(v, budget)]
  return v.items.filter((item) => item !== null).map((item) => textOf(item, budget))
}

const startsRune = (byte: number): boolean => (byte & 0xc0) !== 0x80

/** Where the last code point before `end` starts. */
function lastRuneStart(s: string, end: number): number {
  let at = end - 1
  while (at > Math.max(end - 4, 0) && !startsRune(s.charCodeAt(at))) at--
  return at + decodeRune(s, at).width === end ? at : end - 1
}

function trimRunes(s: string, drop: (code: number) => boolean): string {
  let start = 0
  let end = s.length
  while (start < end) {
    const { code, width } = decodeRune(s, start)
    if (!drop(code)) break
    start += width
  }
  while (end > start) {
    const at = lastRuneStart(s, end)
    if (!drop(decodeRune(s, at).code)) break
    end = at
  }
  return s.slice(start, end)
}

/** Trimming looks at what it drops. */
function charged(s: string, trimmed: string, budget: Budget): string {
  budget.characters(s.length - trimmed.length)
  return trimmed
}

function trimAll(cutset: string, s: string, budget: Budget): string {
  budget.characters(cutset.length)
  const dropped = new Set([...runes(cutset)].map(({ code }) => code))
  return charged(
    s,
    trimRunes(s, (code) => dropped.has(code)),
    budget,
  )
}

const nonNegative = (count: bigint): number => {
  if (count < 0n) throw new CallError('strings: negative Repeat count')
  return Number(count)
}

function repeat(count: bigint, s: string, budget: Budget): string {
  const times = nonNegative(count)
  budget.text(times * s.length)
  return s.repeat(times)
}

function indent(spaces: bigint, s: string, budget: Budget): string {
  const width = nonNegative(spaces)
  const lines = s.split('\n')
  budget.text(width * lines.length + s.length)
  const pad = ' '.repeat(width)
  return pad + lines.join(`\n${pad}`)
}

/** The code points of a string; what is not UTF-8 is cut byte by byte. */
const explode = (s: string): string[] => {
  if (isAscii(s)) return s.split('')
  return [...runes(s)].map(({ at, width }) => s.slice(at, at + width))
}

export function splitText(separator: string, s: string, budget: Budget): string[] {
  if (separator === '') {
    budget.characters(s.length)
    return explode(s)
  }
  const parts = s.split(separator)
  budget.characters(parts.length)
  return parts
}

function splitLimited(separator: string, limit: number, s: string, budget: Budget): string[] {
  const parts = splitText(separator, s, budget)
  if (limit < 0 || parts.length <= limit) return parts
  if (limit === 0) return []
  return [...parts.slice(0, limit - 1), parts.slice(limit - 1).join(separator)]
}

const numbered = (parts: readonly string[], budget: Budget): GoMap => {
  budget.step(parts.length)
  return new GoMap('string', new Map(parts.map((part, i) => [`_${i}`, part])))
}

function replace(old: string, fresh: string, s: string, budget: Budget): string {
  if (old === '') budget.characters(s.length)
  const places = old === '' ? countRunes(s) + 1 : s.split(old).length - 1
  budget.characters(places)
  budget.text(s.length + places * (fresh.length - old.length))
  if (old !== '') return s.split(old).join(fresh)
  return (
    fresh +
    explode(s)
      .map((part) => part + fresh)
      .join('')
  )
}

function truncate(count: bigint, s: string): string {
  const n = Number(count)
  if (n < 0) return s.length + n > 0 ? s.slice(s.length + n) : s
  return s.length > n ? s.slice(0, n) : s
}

function substring(start: bigint, end: bigint, s: string): string {
  const length = BigInt(s.length)
  const from = start < 0n ? 0n : start
  const to = start >= 0n && (end < 0n || end > length) ? length : end
  if (to < 0n || from > to || to > length) throw new CallError('slice bounds out of range')
  return s.slice(Number(from), Number(to))
}

export function joinTexts(separator: string, parts: readonly string[], budget: Budget): string {
  budget.text(parts.reduce((sum, part) => sum + part.length + separator.length, 0))
  return parts.join(separator)
}

function quoteEach(args: readonly Value[], budget: Budget, mark: (v: Value) => string): string {
  const quoted = args.filter((arg) => arg !== null).map(mark)
  return joinTexts(' ', quoted, budget)
}

function chargedQuote(s: string, budget: Budget): string {
  chargeQuoting(s, budget)
  return quote(s)
}

/** Cuts long text in the middle of a sentence, marking the cut; sprig counts bytes here. */
function abbreviate(s: string, offset: number, width: number): string {
  if (s.length <= width) return s
  const room = width - 3
  const from = Math.min(offset, s.length, s.length - offset < room ? s.length - room : offset)
  if (from <= 4) return `${s.slice(0, room)}...`
  if (width < 7) return ''
  if (from + room < s.length) return `...${abbreviate(s.slice(from), 0, room)}`
  return `...${s.slice(s.length - room)}`
}

function abbreviateBoth(left: bigint, right: bigint, s: string): string {
  if (right < 4n || (left > 0n && right < 7n) || s === '') return s
  return abbreviate(s, Number(left), Number(right))
}

/** The library behind these two takes each byte for a character: what is not ASCII comes out as other letters. */
const byteRune = (byte: string): string => encodeRune(byte.charCodeAt(0))

function initials(s: string): string {
  let gap = true
  let out = ''
  for (const byte of s) {
    const space = isSpace(byte.charCodeAt(0))
    if (gap && !space) out += byteRune(byte)
    gap = space
  }
  return out
}

function withoutSpace(s: string): string {
  const kept = Array.from(s).filter((byte) => !isSpace(byte.charCodeAt(0)))
  return kept.length === s.length ? s : kept.map(byteRune).join('')
}

function endOfWord(s: string, from: number): number {
  const space = s.indexOf(' ', from)
  return space < 0 ? s.length : space
}

/** Breaks lines at spaces; a word longer than the line is cut only if asked. */
function wrap(s: string, asked: bigint, newline: string, cutWords: boolean, budget: Budget): string {
  const width = Math.max(Number(asked), 1)
  budget.step(s.length / width)
  budget.text(s.length + Math.ceil(s.length / width) * newline.length)
  let out = ''
  let at = 0
  while (s.length - at > width) {
    if (s[at] === ' ') {
      at++
      continue
    }
    const space = s.slice(at, at + width + 1).lastIndexOf(' ')
    const end = space >= 0 ? at + space : cutWords ? at + width : endOfWord(s, at + width)
    out += s.slice(at, end) + (end < s.length ? newline : '')
    at = space >= 0 || !cutWords ? end + 1 : end
  }
  return out + s.slice(at)
}

/** ASCII text is mapped at one go, other text character by character, each of them a text of its own. */
const mapping = (map: (s: string) => string): Func =>
  fn(['string'], (s, { budget }) => {
    if (!isAscii(s)) budget.step(s.length / 2)
    return map(s)
  })

export const STRINGS: FuncTable = new Map([
  ['hello', fn([], () => 'Hello!')],
  ['toString', fn(['any'], (v, { budget }) => textOf(v, budget))],
  ['toStrings', fn(['any'], (v, { budget }) => strings(textsOf(v, budget)))],
  ['trim', fn(['string'], (s, { budget }) => charged(s, trimRunes(s, isSpace), budget))],
  ['trimAll', fn(['string', 'string'], (cut, s, { budget }) => trimAll(cut, s, budget))],
  ['trimall', fn(['string', 'string'], (cut, s, { budget }) => trimAll(cut, s, budget))],
  ['trimPrefix', fn(['string', 'string'], (p, s) => (s.startsWith(p) ? s.slice(p.length) : s))],
  ['trimSuffix', fn(['string', 'string'], (p, s) => (s.endsWith(p) ? s.slice(0, s.length - p.length) : s))],
  ['upper', mapping(upperCase)],
  ['lower', mapping(lowerCase)],
  ['contains', fn(['string', 'string'], (part, s) => s.includes(part))],
  ['hasPrefix', fn(['string', 'string'], (part, s) => s.startsWith(part))],
  ['hasSuffix', fn(['string', 'string'], (part, s) => s.endsWith(part))],
  ['replace', fn(['string', 'string', 'string'], (a, b, s, { budget }) => replace(a, b, s, budget))],
  ['trunc', fn(['int', 'string'], truncate)],
  ['substr', fn(['int', 'int', 'string'], substring)],
  ['repeat', fn(['int', 'string'], (n, s, { budget }) => repeat(n, s, budget))],
  ['indent', fn(['int', 'string'], (n, s, { budget }) => indent(n, s, budget))],
  ['nindent', fn(['int', 'string'], (n, s, { budget }) => `\n${indent(n, s, budget)}`)],
  ['nospace', perCharacter(fn(['string'], withoutSpace))],
  ['initials', perCharacter(fn(['string'], initials))],
  [
    'quote',
    variadic([], 'any', (_, args, { budget }) =>
      quoteEach(args, budget, (v) => chargedQuote(textOf(v, budget), budget)),
    ),
  ],
  [
    'squote',
    variadic([], 'any', (_, args, { budget }) => quoteEach(args, budget, (v) => `'${plainText(v, budget)}'`)),
  ],
  [
    'cat',
    variadic([], 'any', (_, args, { budget }) => {
      const shown = args.filter((arg) => arg !== null)
      return joinTexts(
        ' ',
        shown.map((arg) => plainText(arg, budget)),
        budget,
      )
    }),
  ],
  ['plural', fn(['string', 'string', 'int'], (one, many, n) => (n === 1n ? one : many))],
  ['abbrev', fn(['int', 'string'], (n, s) => (n < 4n ? s : abbreviate(s, 0, Number(n))))],
  ['abbrevboth', fn(['int', 'int', 'string'], abbreviateBoth)],
  ['wrap', perCharacter(fn(['int', 'string'], (n, s, { budget }) => wrap(s, n, '\n', false, budget)))],
  [
    'wrapWith',
    perCharacter(
      fn(['int', 'string', 'string'], (n, line, s, { budget }) =>
        wrap(s, n, line === '' ? '\n' : line, true, budget),
      ),
    ),
  ],
  ['split', fn(['string', 'string'], (sep, s, { budget }) => numbered(splitText(sep, s, budget), budget))],
  [
    'splitn',
    fn(['string', 'int', 'string'], (sep, n, s, { budget }) =>
      numbered(splitLimited(sep, Number(n), s, budget), budget),
    ),
  ],
  ['splitList', fn(['string', 'string'], (sep, s, { budget }) => strings(splitText(sep, s, budget)))],
  ['join', fn(['string', 'any'], (sep, v, { budget }) => joinTexts(sep, textsOf(v, budget), budget))],
])
