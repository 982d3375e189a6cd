// This file is about encodings and digests of byte strings.
import { createHash } from 'node:crypto'
import { corruptAt, decodeStrict, hasBreaks } from '../base64.ts'
import { encodeRune } from '../bytes.ts'
import { fn, type Func, type FuncTable, perCharacter, type Scene } from '../func.ts'
import { isPrint } from '../unicode.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

const bytesOf = (s: string): Buffer => Buffer.from(s, 'latin1')
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Where Go finds base32 corrupt; `s` is without line breaks. */
function corrupt32(s: string): number | undefined {
  let inGroup = 0
  for (let at = 0; at < s.length; at++) {
    const c = s.charAt(at)
    const left = s.length - at - 1
    if (c === '=' && inGroup >= 2 && left < 8) return corruptPadding32(s, at, inGroup, left)
    if (!BASE32.includes(c)) return at
    inGroup = (inGroup + 1) % 8
  }
  return inGroup === 0 ? undefined : s.length - inGroup
}

function corruptPadding32(s: string, at: number, inGroup: number, left: number): number | undefined {
  if (left + inGroup < 7) return s.length
  for (let k = 0; k < 7 - inGroup; k++) {
    if (k < left && s[at + 1 + k] !== '=') return at + k
  }
  return inGroup === 3 || inGroup === 6 ? at : undefined
}

function decode32(s: string): string {
  let bits = 0
  let value = 0
  let out = ''
  for (const c of s) {
    const digit = BASE32.indexOf(c)
    if (digit < 0) break
    value = ((value << 5) | digit) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    out += String.fromCharCode((value >> bits) & 0xff)
  }
  return out
}

function encode32(s: string): string {
  let bits = 0
  let value = 0
  let out = ''
  for (const byte of bytesOf(s)) {
    value = ((value << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) out += BASE32.charAt((value >> (bits - 5)) & 31)
  }
  if (bits > 0) out += BASE32.charAt((value << (5 - bits)) & 31)
  return out.padEnd(Math.ceil(out.length / 8) * 8, '=')
}

// The decoders of sprig do not fail: what is wrong is their answer.
function base64decode(s: string, { budget }: Scene): string {
  // Most text is sound and on one line; it needs no look at every character.
  if (hasBreaks(s)) budget.parsed(s.length)
  const bytes = decodeStrict(s)
  if (bytes !== undefined) return textOf(bytes)
  budget.characters(s.length)
  return `illegal base64 data at input byte ${corruptAt(s)}`
}

function base32decode(text: string): string {
  const s = text.replaceAll(/[\r\n]/g, '')
  const at = corrupt32(s)
  return at === undefined ? decode32(s) : `illegal base32 data at input byte ${at}`
}

/** Two digits a byte; what is wrong is the answer, as with the other decoders. */
function hexDecode(s: string, { budget }: Scene): string {
  budget.step(s.length / 32)
  const bad = s.search(/[^0-9a-fA-F]/)
  if (bad >= 0) return `encoding/hex: invalid byte: ${showRune(s.charCodeAt(bad))}`
  return s.length % 2 === 0 ? textOf(Buffer.from(s, 'hex')) : 'encoding/hex: odd length hex string'
}

/** A byte as %#U shows it. */
function showRune(code: number): string {
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return isPrint(code) ? `${hex} '${encodeRune(code)}'` : hex
}

const digest = (algorithm: string): Func =>
  fn(['string'], (s) => createHash(algorithm).update(bytesOf(s)).digest('hex'))

/** The largest prime below 2^16. */
const ADLER_MODULUS = 65_521

function adler32(s: string): string {
  let a = 1
  let b = 0
  for (const byte of bytesOf(s)) {
    a = (a + byte) % ADLER_MODULUS
    b = (b + a) % ADLER_MODULUS
  }
  return String(b * 65_536 + a)
}

export const ENCODING: FuncTable = new Map([
  ['b64enc', fn(['string'], (s) => bytesOf(s).toString('base64'))],
  ['b64dec', fn(['string'], base64decode)],
  ['hexdec', fn(['string'], hexDecode)],
  ['b32enc', perCharacter(fn(['string'], encode32))],
  ['b32dec', perCharacter(fn(['string'], base32decode))],
  ['sha1sum', digest('sha1')],
  ['sha256sum', digest('sha256')],
  ['sha512sum', digest('sha512')],
  ['adler32sum', perCharacter(fn(['string'], adler32))],
])
