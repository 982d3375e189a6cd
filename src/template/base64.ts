// This file is about base64 as Go's strict decoder reads it: whole groups, padding only at the end; line breaks count for nothing.

const DIGITS = {
  standard: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
} as const
export type Alphabet = keyof typeof DIGITS

/** Of a length of whole groups; the spare bits before the padding may be anything. */
const SOUND: Readonly<Record<Alphabet, RegExp>> = {
  standard: /^[A-Za-z0-9+/]*={0,2}$/,
  url: /^[A-Za-z0-9_-]*={0,2}$/,
}

const BREAKS = /[\r\n]/g

export const hasBreaks = (s: string): boolean => s.includes('\n') || s.includes('\r')

/** Undefined where Go finds it corrupt. */
export function decodeStrict(s: string, alphabet: Alphabet = 'standard'): Buffer | undefined {
  const digits = hasBreaks(s) ? s.replaceAll(BREAKS, '') : s
  // Node reads both alphabets.
  return digits.length % 4 === 0 && SOUND[alphabet].test(digits) ? Buffer.from(digits, 'base64') : undefined
}

/** Where Go finds the standard alphabet corrupt, or undefined when it is sound; line breaks have places. */
export function corruptAt(s: string): number | undefined {
  let inGroup = 0
  for (let at = 0; at < s.length; at++) {
    const c = s.charAt(at)
    if (c === '\n' || c === '\r') continue
    if (c === '=') return corruptPaddingAt(s, at, inGroup)
    if (!DIGITS.standard.includes(c)) return at
    inGroup = (inGroup + 1) % 4
  }
  return inGroup === 0 ? undefined : s.length - inGroup
}

function corruptPaddingAt(s: string, at: number, inGroup: number): number | undefined {
  if (inGroup < 2) return at
  let next = afterBreaks(s, at + 1)
  if (inGroup === 2) {
    if (next === s.length) return next
    if (s[next] !== '=') return next - 1
    next = afterBreaks(s, next + 1)
  }
  return next < s.length ? next : undefined
}

function afterBreaks(s: string, from: number): number {
  let at = from
  while (s[at] === '\n' || s[at] === '\r') at++
  return at
}
