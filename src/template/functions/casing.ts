// This file is about the spelling of words: title, camel, snake and kebab case.
import type { Budget } from '../budget.ts'
import { decodeRune, encodeRune, mapRunes, runes } from '../bytes.ts'
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
  toUpper,
} from '../unicode.ts'

const isWordByte = (code: number): boolean => /[0-9A-Za-z_]/.test(String.fromCharCode(code))

/** What strings.Title takes for the gap between words: ASCII signs, but only spaces beyond ASCII. */
function separates(code: number): boolean {
  if (code < 0x80) return !isWordByte(code)
  return !isLetter(code) && !isDigit(code) && isSpace(code)
}

function title(s: string): string {
  let gap = true
  return mapRunes(s, (code) => {
    const first = gap
    gap = separates(code)
    return first ? toUpper(code) : code
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

const swapCase = (s: string): string =>
  mapRunes(s, (code) => {
    if (isUpper(code) || isTitle(code)) return toLower(code)
    return isLower(code) ? toUpper(code) : code
  })

const connects = (code: number): boolean => code === 0x2d || code === 0x5f || isSpace(code)

/** PascalCase: connectors go, what follows them is raised; leading connectors stay. */
function camelCase(s: string): string {
  const codes = [...runes(s)].map(({ code }) => code)
  const start = codes.findIndex((code) => !connects(code))
  if (start < 0) return s
  let out = codes.slice(0, start).map(encodeRune).join('')
  let previous = codes[start] ?? 0
  let wordIsUpper = isUpper(previous)
  previous = toUpper(previous)
  for (const code of codes.slice(start + 1)) {
    let next = code
    if (connects(code) && connects(previous)) {
      out += encodeRune(previous)
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

type WordKind = 'none' | 'number' | 'upper' | 'letters' | 'connector' | 'punctuation' | 'other'
interface Word {
  readonly kind: WordKind
  readonly text: string
}

function kindOf(code: number): WordKind {
  if (connects(code)) return 'connector'
  if (isPunct(code)) return 'punctuation'
  if (isUpper(code)) return 'upper'
  if (isLetter(code)) return 'letters'
  return isNumber(code) ? 'number' : 'other'
}

/** The word at `at`: "HTTPServer" is "HTTP" and "Server", "Server" is one word. */
function wordAt(s: string, at: number): Word {
  const kind = kindOf(decodeRune(s, at).code)
  const kinds: WordKind[] = []
  const ends: number[] = []
  for (let end = at; end < s.length; ) {
    const { code, width } = decodeRune(s, end)
    kinds.push(kindOf(code))
    end += width
    ends.push(end)
    if (kinds.at(-1) !== kind) break
  }
  const run = kinds.findIndex((k) => k !== kind)
  const same = run < 0 ? kinds.length : run
  if (kind !== 'upper' || run < 0 || kinds[run] !== 'letters') {
    return { kind, text: s.slice(at, ends[same - 1]) }
  }
  if (same > 1) return { kind, text: s.slice(at, ends[same - 2]) }
  return { kind, text: s.slice(at, ends[0]) + wordAt(s, ends[0] ?? at).text }
}

/** Hands out the words of a string, one after the other; kind `none` past the end. */
function wordReader(s: string): () => Word {
  let at = 0
  return () => {
    if (at >= s.length) return { kind: 'none', text: '' }
    const word = wordAt(s, at)
    at += word.text.length
    return word
  }
}

/** snake_case or kebab-case: numbers stay with the word before them unless letters follow ("http_2xx"). */
function separateWords(s: string, connector: string, budget: Budget): string {
  // A word costs ten times what a character does.
  budget.step(s.length)
  if (s === '') return ''
  const next = wordReader(s)
  let out = ''
  const write = ({ kind, text }: Word): void => {
    if (kind === 'connector') out += mapRunes(text, (c) => (connects(c) ? connector.charCodeAt(0) : c))
    else out += kind === 'upper' ? mapRunes(text, toLower) : text
  }
  const writeRest = (from: Word): Word => {
    let word = from
    while (word.kind === 'letters' || word.kind === 'number') {
      write(word)
      word = next()
    }
    return word
  }
  const apart = (word: Word): void => {
    if (!/^(none|punctuation|connector)$/.test(word.kind)) out += connector
  }
  let word = next()
  let following = next()
  while (following.kind !== 'none') {
    if (word.kind !== 'connector') write(word)
    const previous = word
    word = following
    if (previous.kind === 'number') {
      word = writeRest(word)
      apart(word)
    } else if (previous.kind === 'connector') {
      write(previous)
    } else if (previous.kind !== 'punctuation') {
      word = afterWord(word)
    }
    if (word.kind === 'none') return out
    following = next()
  }
  write(word)
  return out

  function afterWord(second: Word): Word {
    if (second.kind !== 'number') {
      apart(second)
      return second
    }
    const third = next()
    if (third.kind === 'none') return second
    if (third.kind !== 'letters') {
      write(second)
      apart(third)
      return third
    }
    out += connector
    write(second)
    const rest = writeRest(third)
    apart(rest)
    return rest
  }
}

export const CASING: FuncTable = new Map([
  ['title', perCharacter(fn(['string'], title))],
  ['untitle', perCharacter(fn(['string'], untitle))],
  ['swapcase', perCharacter(fn(['string'], swapCase))],
  ['camelcase', perCharacter(fn(['string'], camelCase))],
  ['snakecase', fn(['string'], (s, { budget }) => separateWords(s, '_', budget))],
  ['kebabcase', fn(['string'], (s, { budget }) => separateWords(s, '-', budget))],
])
