// This file is about encodings and digests of byte strings.
import { createHash } from 'node:crypto'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable, perCharacter } from '../func.ts'

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Most text is sound and on one line; it needs no look at every character. */
const CLEAN_BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

const bytesOf = (s: string): Buffer => Buffer.from(s, 'latin1')
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** How one of Go's padded encodings groups characters: their number, and how many a full group may lack. */
interface Alphabet {
  readonly name: 'base64' | 'base32'
  readonly letters: string
  readonly group: number
  /** Counts of data characters that a padded last group may have. */
  readonly partial: readonly number[]
}
const ALPHABETS = {
  base64: { name: 'base64', letters: BASE64, group: 4, partial: [2, 3] },
  base32: { name: 'base32', letters: BASE32, group: 8, partial: [2, 4, 5, 7] },
} as const satisfies Record<string, Alphabet>

/** Where Go finds the text corrupt, or undefined when it is not; line breaks do not count. */
function corruptAt(s: string, { letters, group, partial }: Alphabet): number | undefined {
  let inGroup = 0
  for (let at = 0; at < s.length; at++) {
    const c = s.charAt(at)
    if (c === '\n' || c === '\r') continue
    if (c === '=') return paddingFault(s, at, inGroup, group, partial)
    if (!letters.includes(c)) return at
    inGroup = (inGroup + 1) % group
  }
  return inGroup === 0 ? undefined : s.replaceAll(/[\r\n]/g, '').length - inGroup
}

function paddingFault(
  s: string,
  at: number,
  inGroup: number,
  group: number,
  partial: readonly number[],
): number | undefined {
  if (!partial.includes(inGroup)) return at
  const rest = s.slice(at).replaceAll(/[\r\n]/g, '')
  const wanted = group - inGroup
  const marks = /^=*/.exec(rest)?.[0].length ?? 0
  if (marks < wanted) return rest.length > marks ? at + marks : s.length
  return rest.length > wanted ? at + wanted : undefined
}

function decode32(s: string): string {
  let bits = 0
  let value = 0
  let out = ''
  for (const c of s) {
    const digit = BASE32.indexOf(c)
    if (digit < 0) continue
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

/** The decoders of sprig do not fail: what is wrong is their answer. */
function decoder(alphabet: Alphabet, decode: (s: string) => string): Func {
  return fn(['string'], (s, { budget }) => {
    if (alphabet.group === 4 && s.length % 4 === 0 && CLEAN_BASE64.test(s)) return decode(s)
    budget.characters(s.length)
    const at = corruptAt(s, alphabet)
    return at === undefined ? decode(s) : `illegal ${alphabet.name} data at input byte ${at}`
  })
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

function htpasswd(user: string, password: string, algorithm: string): string {
  if (user.includes(':')) return `invalid username: ${user}`
  if (algorithm !== 'sha') {
    throw new CallError('bcrypt draws a new salt at every rendering, which would rewrite the Secret for ever')
  }
  return `${user}:{SHA}${createHash('sha1').update(bytesOf(password)).digest('base64')}`
}

export const ENCODING: FuncTable = new Map([
  ['b64enc', fn(['string'], (s) => bytesOf(s).toString('base64'))],
  ['b64dec', decoder(ALPHABETS.base64, (s) => textOf(Buffer.from(s, 'base64')))],
  ['b32enc', perCharacter(fn(['string'], encode32))],
  ['b32dec', perCharacter(decoder(ALPHABETS.base32, decode32))],
  ['sha1sum', digest('sha1')],
  ['sha256sum', digest('sha256')],
  ['sha512sum', digest('sha512')],
  ['adler32sum', perCharacter(fn(['string'], adler32))],
  ['htpasswd', fn(['string', 'string', 'string'], htpasswd)],
])
