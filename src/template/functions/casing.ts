// This file is about the spelling of words: title, camel, snake and kebab case.
import type { Budget } from '../budget.ts'
import { decodeRune, encodeRune, mapRunes, RUNE_ERROR, runes } from '../bytes.ts'
import { fn, type FuncTable, perCharacter } from '../func.ts'
import {
  isDigit,
  isLetter,
  isLower,
  isNumber,
  isPunct,
  isSpace,
  isTitle,
  isUpper,
  toLower,
  toTitle,
  toUpper,
} from '../unicode.ts'

const WORD_BYTES = Array.from({ length: 0x80 }, (_, code) => /[0-9A-Za-z_]/.test(String.fromCharCode(code)))

/** What strings.Title takes for the gap between words: ASCII signs, but only spaces beyond ASCII. */
function separates(code: number): boolean {
  if (code < 0x80) return WORD_BYTES[code] !== true
  return !isLetter(code) && !isDigit(code) && isSpace(code)
}

function title(s: string): string {
  let gap = true
  return mapRunes(s, (code) => {
    const first = gap
    gap = separates(code)
    return first ? toTitle(code) : code
  })
}

function untitle(s: string): string {
  let gap = true
  return mapRunes(s, (code) => {
    const first = gap && !isSpace(code)
    gap = isSpace(code) || (gap && !first)
    return first ? toLower(code) : code
  })
}

/** What is small at the start of a word becomes a title letter, which is not always the capital one. */
function swapCase(s: string): string {
  let starts = true
  return mapRunes(s, (code) => {
    const first = starts
    starts = false
    if (isUpper(code) || isTitle(code)) return toLower(code)
    if (isLower(code)) return first ? toTitle(code) : toUpper(code)
    starts = isSpace(code)
    return code
  })
}

const connects = (code: number): boolean => code === 0x2d || code === 0x5f || isSpace(code)

/** PascalCase: connectors go, what follows them is raised; leading connectors stay, and of a text of nothing else the last twice. */
function camelCase(s: string): string {
  const codes = [...runes(s)].map(({ code }) => code)
  const start = codes.findIndex((code) => !connects(code))
  if (start < 0) return codes.concat(codes.slice(-1)).map(encodeRune).join('')
  let out = codes.slice(0, start).map(encodeRune).join('')
  let previous = codes[start] ?? 0
  let wordIsUpper = isUpper(previous)
  previous = toUpper(previous)
  for (const code of codes.slice(start + 1)) {
    let next = code
    if (connects(code) && connects(previous)) {
      out += encodeRune(previous)
      previous = code
      continue
    }
    if (connects(previous)) {
      wordIsUpper = isUpper(code)
      next = toUpper(code)
    } else {
      if (wordIsUpper && isUpper(code)) next = toLower(code)
      else if (wordIsUpper) wordIsUpper = false
      out += encodeRune(previous)
    }
    previous = next
  }
  return out + encodeRune(previous)
}

/** Chinese characters are letters, but none that words are told apart by. */
const isAlphabetic = (code: number): boolean =>
  isLetter(code) &&
  !(code >= 0x4e00 && code <= 0x9fcc) &&
  !(code >= 0x3400 && code <= 0x4d85) &&
  !(code >= 0x20000 && code <= 0x2b81d)

/** `none` is what is no text: the end, or bytes that are no UTF-8 up to it. */
type WordKind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other'
interface Word {
  readonly kind: WordKind
  readonly text: string
}

function kindOf(code: number): WordKind {
  if (connects(code)) return 'connector'
  if (isPunct(code)) return 'punctuation'
  if (isUpper(code)) return 'upper'
  if (isAlphabetic(code)) return 'letters'
  return isNumber(code) ? 'number' : 'other'
}

/** The kind of the next code point and where it ends; bytes that are no UTF-8 belong to what follows, at the end to what they follow. */
function nextKind(s: string, at: number, before: WordKind): { kind: WordKind; end: number } {
  let end = at
  while (end < s.length) {
    const { code, width } = decodeRune(s, end)
    end += width
    // Once in punctuation, connectors are punctuation too.
    if (code !== RUNE_ERROR)
      return { kind: before === 'punctuation' && isPunct(code) ? before : kindOf(code), end }
  }
  return { kind: before, end }
}

/** The word at `at`: "HTTPServer" is "HTTP" and "Server", "Server" is one word. */
function wordAt(s: string, at: number): Word {
  const first = nextKind(s, at, 'none')
  const word = (end: number): Word => ({ kind: first.kind, text: s.slice(at, end) })
  let { end } = first
  let beforeLast = at
  const skip = (kind: WordKind): WordKind | undefined => {
    while (end < s.length) {
      const next = nextKind(s, end, kind)
      if (next.kind !== kind) return next.kind
      beforeLast = end
      end = next.end
    }
    return undefined
  }
  if (first.kind === 'none') return word(end)
  const after = skip(first.kind)
  if (first.kind !== 'upper' || after !== 'letters') return word(end)
  if (beforeLast > at) return word(beforeLast)
  skip('letters')
  return word(end)
}

/** Hands out the words of a string, one after the other; at the end empty ones. */
class WordReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get hasMore(): boolean {
    return this.#at < this.#text.length
  }

  next(): Word {
    if (!this.hasMore) return { kind: 'none', text: '' }
    const word = wordAt(this.#text, this.#at)
    this.#at += word.text.length
    return word
  }
}

/** Writes words in snake_case or kebab-case: numbers stay with the word before them unless letters follow ("http_2xx"). */
class Separation {
  readonly #words: WordReader
  readonly #connector: string
  #out = ''

  constructor(text: string, connector: string) {
    this.#words = new WordReader(text)
    this.#connector = connector
  }

  run(): string {
    let word = this.#words.next()
    while (this.#words.hasMore) {
      if (word.kind !== 'connector') this.#write(word)
      const previous = word
      word = this.#after(previous, this.#words.next())
    }
    this.#write(word)
    return this.#out
  }

  /** What comes between two words, and which word is next. */
  #after(previous: Word, word: Word): Word {
    switch (previous.kind) {
      case 'number':
        return this.#apart(this.#writeRest(word))
      case 'connector':
        this.#write(previous)
        return word
      case 'punctuation':
        return word
      case 'letters':
      case 'none':
      case 'other':
      case 'upper':
        return word.kind === 'number' ? this.#afterNumber(word) : this.#apart(word, true)
    }
  }

  #afterNumber(number: Word): Word {
    if (!this.#words.hasMore) return number
    const word = this.#words.next()
    if (word.kind !== 'letters') {
      this.#write(number)
      return this.#apart(word, true)
    }
    this.#out += this.#connector
    this.#write(number)
    return this.#apart(this.#writeRest(word))
  }

  #writeRest(from: Word): Word {
    let word = from
    while (word.kind === 'letters' || word.kind === 'number') {
      this.#write(word)
      word = this.#words.next()
    }
    return word
  }

  /** Sets a word apart from the one before, unless it is no word, or, where it is `wanted`, even then. */
  #apart(word: Word, wanted = false): Word {
    const isWord = word.kind !== 'none' || wanted
    if (isWord && word.kind !== 'punctuation' && word.kind !== 'connector') this.#out += this.#connector
    return word
  }

  #write({ kind, text }: Word): void {
    if (kind !== 'connector' && kind !== 'upper') this.#out += text
    else this.#out += mapRunes(text, (c) => (connects(c) ? this.#connector.charCodeAt(0) : toLowerIfUpper(c)))
  }
}

const toLowerIfUpper = (code: number): number => (isUpper(code) ? toLower(code) : code)

function separateWords(s: string, connector: string, budget: Budget): string {
  // A word costs more than ten times what a character does.
  budget.step(s.length * 2)
  return new Separation(s, connector).run()
}

export const CASING: FuncTable = new Map([
  ['title', perCharacter(fn(['string'], title))],
  ['untitle', perCharacter(fn(['string'], untitle))],
  ['swapcase', perCharacter(fn(['string'], swapCase))],
  // It goes through the text twice, and through lists of its characters.
  ['camelcase', perCharacter(perCharacter(perCharacter(fn(['string'], camelCase))))],
  ['snakecase', fn(['string'], (s, { budget }) => separateWords(s, '_', budget))],
  ['kebabcase', fn(['string'], (s, { budget }) => separateWords(s, '-', budget))],
])
