// This file is about the words of a template: text outside the delimiters, tokens inside them.
import { decodeRune, encodeRune } from './bytes.ts'
import { quote } from './quote.ts'
import { isKeyword, type Token, type TokenKind } from './token.ts'
import { isDigit, isLetter, isPrint } from './unicode.ts'

const LEFT = '{{'
const RIGHT = '}}'
const isSpaceChar = (c: string | undefined): boolean => c === ' ' || c === '\t' || c === '\r' || c === '\n'
const SPACE_RUN = /[ \t\r\n]*/y

/** `{{- ` needs the space, so that `{{-3}}` is a number. */
const opensTrimmed = (s: string, at: number): boolean => s[at] === '-' && isSpaceChar(s[at + 1])
const closesTrimmed = (s: string, at: number): boolean =>
  isSpaceChar(s[at]) && s[at + 1] === '-' && s.startsWith(RIGHT, at + 2)

const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?/y
const ASCII_WORD = /[A-Za-z0-9_]*/y

const isWordRune = (code: number): boolean => code === 0x5f || isLetter(code) || isDigit(code)

/** How Go's messages show a character: U+0023 '#'. */
function showRune(s: string, at: number): string {
  if (at >= s.length) return 'U+FFFFFFFFFFFFFFFF'
  const { code } = decodeRune(s, at)
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  return isPrint(code) ? `U+${hex} '${encodeRune(code)}'` : `U+${hex}`
}

/** A template of more tokens and comments is nobody's, and takes more than 30 ms to parse. */
const MOST_TOKENS = 30_000
/** Longer names and numbers are nobody's either. */
const LONGEST_WORD = 250
const TOO_MANY_TOKENS = `more than ${MOST_TOKENS} tokens`
const TOO_LONG_WORD = `a name or number of more than ${LONGEST_WORD} bytes`
/** The texts of errors that are about limits of ours. */
export const LIMIT_ERRORS: ReadonlySet<string> = new Set([TOO_MANY_TOKENS, TOO_LONG_WORD])

/** Hands out the tokens of one template, one at a time; after an `error` there is only `eof`. */
export class Lexer {
  readonly #source: string
  #at = 0
  /** The next line break, so that each is looked for once. */
  #newline: number
  #line = 1
  #inAction = false
  #parens = 0
  #failed = false
  #tokens = 0

  constructor(source: string) {
    this.#source = source
    this.#newline = this.#newlineAfter(0)
  }

  next(): Token {
    if (this.#failed) return this.#token('eof', this.#at)
    if (++this.#tokens > MOST_TOKENS) return this.#error(TOO_MANY_TOKENS)
    return this.#inAction ? this.#action() : this.#text()
  }

  /** The token from the present place to `end`, which becomes the present place. */
  #token(kind: TokenKind, end: number): Token {
    const text = this.#source.slice(this.#at, end)
    const token = { kind, text, at: this.#at, line: this.#line }
    this.#skipTo(end)
    return token
  }

  #skipTo(end: number): void {
    for (; this.#newline < end; this.#newline = this.#newlineAfter(this.#newline + 1)) this.#line++
    this.#at = end
  }

  #newlineAfter(at: number): number {
    const found = this.#source.indexOf('\n', at)
    return found < 0 ? Number.POSITIVE_INFINITY : found
  }

  /** `until` is how far the source was read when it went wrong, which is where Go counts lines. */
  #error(message: string, until = this.#at): Token {
    this.#failed = true
    const token: Token = { kind: 'error', text: message, at: this.#at, line: this.#line }
    this.#skipTo(until)
    return token
  }

  #text(): Token {
    for (;;) {
      const open = this.#source.indexOf(LEFT, this.#at)
      if (open < 0) return this.#lastText()
      if (open > this.#at) {
        const text = this.#textBefore(open)
        if (text !== undefined) return text
      }
      const comment = this.#comment()
      if (comment === 'none') return this.#leftDelimiter()
      if (comment !== 'skipped') return comment
    }
  }

  #lastText(): Token {
    const end = this.#source.length
    return this.#token(this.#at < end ? 'text' : 'eof', end)
  }

  #textBefore(open: number): Token | undefined {
    let end = open
    if (opensTrimmed(this.#source, open + LEFT.length)) {
      while (end > this.#at && isSpaceChar(this.#source[end - 1])) end--
    }
    const token = end > this.#at ? this.#token('text', end) : undefined
    this.#skipTo(open)
    return token
  }

  #leftDelimiter(): Token {
    const trimmed = opensTrimmed(this.#source, this.#at + LEFT.length)
    const token = this.#token('left-delimiter', this.#at + LEFT.length)
    if (trimmed) this.#skipTo(this.#at + 2)
    this.#inAction = true
    this.#parens = 0
    return token
  }

  /** A comment stands directly after the delimiter and ends directly before the other. */
  #comment(): 'none' | 'skipped' | Token {
    const inside = this.#at + LEFT.length
    const start = opensTrimmed(this.#source, inside) ? inside + 2 : inside
    if (!this.#source.startsWith('/*', start)) return 'none'
    this.#skipTo(start)
    const end = this.#source.indexOf('*/', start + 2)
    if (end < 0) return this.#error('unclosed comment')
    const trimmed = closesTrimmed(this.#source, end + 2)
    if (!trimmed && !this.#source.startsWith(RIGHT, end + 2)) {
      return this.#error('comment ends before closing delimiter')
    }
    this.#afterDelimiter(end + 2, trimmed)
    return ++this.#tokens > MOST_TOKENS ? this.#error(TOO_MANY_TOKENS) : 'skipped'
  }

  #afterDelimiter(at: number, trimmed: boolean): void {
    const end = at + (trimmed ? 2 : 0) + RIGHT.length
    SPACE_RUN.lastIndex = end
    if (trimmed) SPACE_RUN.test(this.#source)
    this.#skipTo(trimmed ? SPACE_RUN.lastIndex : end)
  }

  #rightDelimiter(trimmed: boolean): Token {
    if (trimmed) this.#skipTo(this.#at + 2)
    const token = this.#token('right-delimiter', this.#at + RIGHT.length)
    if (trimmed) this.#afterDelimiter(this.#at - RIGHT.length - 2, true)
    this.#inAction = false
    return token
  }

  #action(): Token {
    const s = this.#source
    const trimmed = closesTrimmed(s, this.#at)
    if (trimmed || s.startsWith(RIGHT, this.#at)) {
      return this.#parens === 0 ? this.#rightDelimiter(trimmed) : this.#error('unclosed left paren')
    }
    const c = s[this.#at]
    if (c === undefined) return this.#error('unclosed action')
    if (isSpaceChar(c)) return this.#space()
    return this.#mark(c) ?? this.#word(c)
  }

  #space(): Token {
    let end = this.#at
    while (isSpaceChar(this.#source[end])) end++
    return this.#token('space', closesTrimmed(this.#source, end - 1) ? end - 1 : end)
  }

  /** Tokens that one character tells. */
  #mark(c: string): Token | undefined {
    const one = this.#at + 1
    switch (c) {
      case '=':
        return this.#token('assign', one)
      case ':':
        return this.#source[one] === '=' ? this.#token('declare', one + 1) : this.#error('expected :=')
      case '|':
        return this.#token('pipe', one)
      case '(':
        this.#parens++
        return this.#token('left-paren', one)
      case ')':
        this.#parens--
        return this.#parens < 0 ? this.#error('unexpected right paren') : this.#token('right-paren', one)
      case '"':
        return this.#quoted('"', 'string', 'unterminated quoted string')
      case "'":
        return this.#quoted("'", 'char', 'unterminated character constant')
      case '`':
        return this.#rawString()
      default:
        return undefined
    }
  }

  #quoted(mark: string, kind: 'string' | 'char', unterminated: string): Token {
    for (let i = this.#at + 1; i < this.#source.length; i++) {
      const c = this.#source[i]
      if (c === mark) return this.#token(kind, i + 1)
      if (c === '\\') i++
      if (this.#source[i] === '\n') break
    }
    return this.#error(unterminated)
  }

  #rawString(): Token {
    const end = this.#source.indexOf('`', this.#at + 1)
    return end < 0 ? this.#error('unterminated raw quoted string') : this.#token('raw-string', end + 1)
  }

  #word(c: string): Token {
    const s = this.#source
    const next = s[this.#at + 1] ?? ''
    if (c === '$') return this.#fieldOrVariable('variable')
    if (c === '.' && !(next >= '0' && next <= '9')) return this.#fieldOrVariable('field')
    if (c === '.' || c === '+' || c === '-' || (c >= '0' && c <= '9')) return this.#number()
    const { code } = decodeRune(s, this.#at)
    if (isWordRune(code)) return this.#identifier()
    if (code < 0x80 && isPrint(code)) return this.#token('punctuation', this.#at + 1)
    return this.#error(`unrecognized character in action: ${showRune(s, this.#at)}`)
  }

  #endOfWord(from: number): number {
    for (let end = from; ; ) {
      ASCII_WORD.lastIndex = end
      ASCII_WORD.test(this.#source)
      end = ASCII_WORD.lastIndex
      if (!(this.#source.charCodeAt(end) >= 0x80) || end - from > LONGEST_WORD) return end
      const { code, width } = decodeRune(this.#source, end)
      if (!isWordRune(code)) return end
      end += width
    }
  }

  /** What may stand after a word without a space. */
  #terminated(at: number): boolean {
    const c = this.#source[at]
    return c === undefined || isSpaceChar(c) || '.,|:)('.includes(c) || this.#source.startsWith(RIGHT, at)
  }

  #identifier(): Token {
    const end = this.#endOfWord(this.#at)
    if (end - this.#at > LONGEST_WORD) return this.#error(TOO_LONG_WORD)
    if (!this.#terminated(end)) return this.#error(`bad character ${showRune(this.#source, end)}`)
    const word = this.#source.slice(this.#at, end)
    if (isKeyword(word)) return this.#token(word, end)
    return this.#token(word === 'true' || word === 'false' ? 'bool' : 'identifier', end)
  }

  #fieldOrVariable(kind: 'field' | 'variable'): Token {
    const start = this.#at + 1
    if (this.#terminated(start)) return this.#token(kind === 'field' ? 'dot' : 'variable', start)
    const end = this.#endOfWord(start)
    if (end - start > LONGEST_WORD) return this.#error(TOO_LONG_WORD)
    if (!this.#terminated(end)) return this.#error(`bad character ${showRune(this.#source, end)}`)
    return this.#token(kind, end)
  }

  #number(): Token {
    const first = this.#endOfNumber(this.#at)
    const sign = this.#source[first.end]
    if (first.end - this.#at > LONGEST_WORD) return this.#error(TOO_LONG_WORD)
    if (!first.good) return this.#error(`bad number syntax: ${quote(first.text)}`)
    if (sign !== '+' && sign !== '-') return this.#token('number', first.end)
    const second = this.#endOfNumber(first.end)
    if (second.good && second.text.endsWith('i')) return this.#token('number', second.end)
    return this.#error(`bad number syntax: ${quote(first.text + second.text)}`)
  }

  #endOfNumber(from: number): { end: number; good: boolean; text: string } {
    NUMBER.lastIndex = from
    NUMBER.test(this.#source)
    const end = NUMBER.lastIndex
    const more = end < this.#source.length ? decodeRune(this.#source, end) : undefined
    const bad = more !== undefined && isWordRune(more.code)
    return { end, good: !bad, text: this.#source.slice(from, bad ? end + more.width : end) }
  }
}
