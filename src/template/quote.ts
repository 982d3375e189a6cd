// This file is about Go's quoted strings: writing them as %q does, and reading them as string literals.
import { decodeRune, encodeRune, RUNE_ERROR, runes } from './bytes.ts'
import { isPrint } from './unicode.ts'

const PLAIN = /^[ !#-[\]-~]*$/

/** Whether a string is quoted by quotes alone. */
export const isPlain = (s: string): boolean => PLAIN.test(s)
const NAMED: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'],
  [0x08, '\\b'],
  [0x0c, '\\f'],
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x0b, '\\v'],
])

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')

function escape(code: number, quote: string, asciiOnly: boolean): string {
  if (code === quote.charCodeAt(0) || code === 0x5c) return `\\${String.fromCharCode(code)}`
  if (code < 0x80 ? code >= 0x20 && code !== 0x7f : !asciiOnly && isPrint(code)) return encodeRune(code)
  const named = NAMED.get(code)
  if (named !== undefined) return named
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

/** A byte string in double quotes, as strconv.Quote (or QuoteToASCII) writes it. */
export function quote(s: string, asciiOnly = false): string {
  if (PLAIN.test(s)) return `"${s}"`
  let out = '"'
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    const invalid = code === RUNE_ERROR && width === 1
    out += invalid ? `\\x${hex(s.charCodeAt(at), 2)}` : escape(code, '"', asciiOnly)
    at += width
  }
  return `${out}"`
}

/** A code point in single quotes, as strconv.QuoteRune writes it. */
export function quoteRune(code: number, asciiOnly = false): string {
  const valid = code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
  return `'${escape(valid ? code : RUNE_ERROR, "'", asciiOnly)}'`
}

/** Whether %#q may write the string between backquotes. */
export function canBackquote(s: string): boolean {
  for (const { code, width } of runes(s)) {
    if (width > 1 ? code === 0xfeff : code === RUNE_ERROR) return false
    if ((code < 0x20 && code !== 0x09) || code === 0x60 || code === 0x7f) return false
  }
  return true
}

const SIMPLE: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
  ['\\', '\\'],
])
const HEX_DIGITS: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
])
const HEX = /^[0-9a-fA-F]+$/
const OCTAL = /^[0-3][0-7]{2}$/

/** One character of a literal: its bytes, its code point, and where the next one starts; undefined when malformed. */
export interface Unquoted {
  readonly bytes: string
  readonly code: number
  readonly next: number
}

function unquoteHex(s: string, at: number, kind: string, digits: number): Unquoted | undefined {
  const text = s.slice(at + 2, at + 2 + digits)
  if (text.length < digits || !HEX.test(text)) return undefined
  const code = Number.parseInt(text, 16)
  if (kind === 'x') return { bytes: String.fromCharCode(code), code, next: at + 4 }
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined
  return { bytes: encodeRune(code), code, next: at + 2 + digits }
}

/** Reads one character of a literal that is delimited by `mark`, as strconv.UnquoteChar. */
export function unquoteChar(s: string, at: number, mark: string): Unquoted | undefined {
  const c = s[at]
  if (c === undefined || c === mark) return undefined
  if (c !== '\\') {
    const { code, width } = decodeRune(s, at)
    return { bytes: s.slice(at, at + width), code, next: at + width }
  }
  const kind = s[at + 1] ?? ''
  const simple = kind === mark ? mark : SIMPLE.get(kind)
  if (simple !== undefined) return { bytes: simple, code: simple.charCodeAt(0), next: at + 2 }
  const digits = HEX_DIGITS.get(kind)
  if (digits !== undefined) return unquoteHex(s, at, kind, digits)
  const octal = s.slice(at + 1, at + 4)
  if (!OCTAL.test(octal)) return undefined
  const code = Number.parseInt(octal, 8)
  return { bytes: String.fromCharCode(code), code, next: at + 4 }
}

/** The value of a literal with its quotes ("…" or `…`); undefined when it is malformed. */
export function unquote(literal: string): string | undefined {
  const inner = literal.slice(1, -1)
  if (literal.startsWith('`')) return inner.replaceAll('\r', '')
  if (!inner.includes('\\')) return inner
  let out = ''
  for (let at = 0; at < inner.length; ) {
    const part = unquoteChar(inner, at, '"')
    if (part === undefined) return undefined
    out += part.bytes
    at = part.next
  }
  return out
}
