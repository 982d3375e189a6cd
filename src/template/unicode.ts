// This file is about code points: Go's classes of them and its one-to-one case mappings.
import { isAscii, mapRunes } from './bytes.ts'

/** A class of code points; ASCII, nearly all that is asked for, is looked up. */
function is(pattern: RegExp): (code: number) => boolean {
  const ascii = Array.from({ length: 0x80 }, (_, code) => pattern.test(String.fromCodePoint(code)))
  return (code) => ascii[code] ?? pattern.test(String.fromCodePoint(code))
}

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

export function toUpper(code: number): number {
  if (code < 0x80) return code >= 0x61 && code <= 0x7a ? code - 32 : code
  return single(code, String.fromCodePoint(code).toUpperCase())
}

export function toLower(code: number): number {
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? code + 32 : code
  // "İ" is the one letter whose simple mapping Go has and JavaScript replaces by two.
  return code === 0x130 ? 0x69 : single(code, String.fromCodePoint(code).toLowerCase())
}

/** Three letters in one have a title form of their own, and Georgian titles are written small. */
const DIGRAPHS = [0x1c4, 0x1c7, 0x1ca, 0x1f1] as const

export function toTitle(code: number): number {
  const digraph = DIGRAPHS.find((first) => code >= first && code <= first + 2)
  if (digraph !== undefined) return digraph + 1
  return (code >= 0x10d0 && code <= 0x10fa) || (code >= 0x10fd && code <= 0x10ff) ? code : toUpper(code)
}

export const upperCase = (s: string): string => (isAscii(s) ? s.toUpperCase() : mapRunes(s, toUpper))
export const lowerCase = (s: string): string => (isAscii(s) ? s.toLowerCase() : mapRunes(s, toLower))
