// This file is about code points: Go's classes of them and its one-to-one case mappings.
import { isAscii, mapRunes } from './bytes.ts'

const is =
  (pattern: RegExp) =>
  (code: number): boolean =>
    pattern.test(String.fromCodePoint(code))

export const isLetter = is(/\p{L}/u)
export const isDigit = is(/\p{Nd}/u)
export const isNumber = is(/\p{N}/u)
export const isUpper = is(/\p{Lu}/u)
export const isLower = is(/\p{Ll}/u)
export const isTitle = is(/\p{Lt}/u)
export const isPunct = is(/\p{P}/u)
export const isSpace = is(/\p{White_Space}/u)
/** Letters, marks, numbers, punctuation, symbols and the ASCII space: what %q shows as it is. */
export const isPrint = is(/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u)

/** JavaScript maps one code point to several ("ß" to "SS") where Go keeps it or knows a single one. */
function single(code: number, mapped: string): number {
  const first = mapped.codePointAt(0) ?? code
  return String.fromCodePoint(first).length === mapped.length ? first : code
}

export const toUpper = (code: number): number => single(code, String.fromCodePoint(code).toUpperCase())

export const toLower = (code: number): number =>
  // "İ" is the one letter whose simple mapping Go has and JavaScript replaces by two.
  code === 0x130 ? 0x69 : single(code, String.fromCodePoint(code).toLowerCase())

export const upperCase = (s: string): string => (isAscii(s) ? s.toUpperCase() : mapRunes(s, toUpper))
export const lowerCase = (s: string): string => (isAscii(s) ? s.toLowerCase() : mapRunes(s, toLower))
