// This file is about byte strings: Go's strings are bytes, ours hold one byte per code unit (latin1).

/** One code point of a byte string; a byte that is no UTF-8 decodes as U+FFFD of width 1, as in Go. */
export interface Rune {
  readonly code: number
  readonly width: number
}

export const RUNE_ERROR = 0xfffd
const INVALID: Rune = { code: RUNE_ERROR, width: 1 }
const NOT_ASCII = /[\u0080-\uffff]/

export const isAscii = (s: string): boolean => !NOT_ASCII.test(s)

/** Ordinary text as the byte string of its UTF-8. */
export const toBytes = (text: string): string =>
  NOT_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text

/** A byte string as ordinary text; each byte that is no UTF-8 becomes U+FFFD, where JavaScript takes several for one. */
export function fromBytes(s: string): string {
  if (!NOT_ASCII.test(s)) return s
  const text = Buffer.from(s, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? strayed(s, () => RUNE_ERROR) : text
}

function strayed(s: string, standIn: (byte: number) => number): string {
  let out = ''
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    const isStray = code === RUNE_ERROR && width === 1
    out += String.fromCodePoint(isStray ? standIn(s.charCodeAt(at)) : code)
    at += width
  }
  return out
}

/** Stand-ins for bytes that are no UTF-8: lone surrogates, which text never holds. */
const STRAY = 0xdc00
const STRAYS = /[\udc80-\udcff]/u

/** As fromBytes, but each byte that is no UTF-8 keeps a character of its own; `fromText` turns it back. */
export function toText(s: string): string {
  const text = fromBytes(s)
  return text.includes('\ufffd') ? strayed(s, (byte) => STRAY + byte) : text
}

export function fromText(text: string): string {
  if (!STRAYS.test(text)) return toBytes(text)
  return Array.from(text, (c) =>
    STRAYS.test(c) ? String.fromCharCode(c.charCodeAt(0) - STRAY) : toBytes(c),
  ).join('')
}

const continues = (byte: number): boolean => (byte & 0xc0) === 0x80

/** The code point that starts at byte `i`, which must lie inside the string. */
export function decodeRune(s: string, i: number): Rune {
  const first = s.charCodeAt(i)
  if (first < 0x80) return { code: first, width: 1 }
  const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || i + width > s.length) return INVALID
  let code = first & (0x7f >> width)
  for (let k = 1; k < width; k++) {
    const next = s.charCodeAt(i + k)
    if (!continues(next)) return INVALID
    code = (code << 6) | (next & 0x3f)
  }
  const overlong = (width === 3 && code < 0x800) || (width === 4 && code < 0x10000)
  const surrogate = code >= 0xd800 && code <= 0xdfff
  return overlong || surrogate || code > 0x10ffff ? INVALID : { code, width }
}

const validRune = (code: number): number =>
  code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? code : RUNE_ERROR

/** The UTF-8 bytes of a code point; U+FFFD for what is none. */
export function encodeRune(code: number): string {
  if (code >= 0 && code < 0x80) return String.fromCharCode(code)
  return Buffer.from(String.fromCodePoint(validRune(code)), 'utf8').toString('latin1')
}

/** The code points of a byte string, in order. */
export function* runes(s: string): Generator<Rune & { readonly at: number }> {
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    yield { code, width, at }
    at += width
  }
}

export function countRunes(s: string): number {
  if (isAscii(s)) return s.length
  let n = 0
  for (let i = 0; i < s.length; n++) i += decodeRune(s, i).width
  return n
}

/** Replaces every code point by what `change` gives for it. */
export function mapRunes(s: string, change: (code: number) => number): string {
  let text = ''
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    text += String.fromCodePoint(validRune(change(code)))
    at += width
  }
  return toBytes(text)
}
