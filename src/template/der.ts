// This file is about DER, as far as the extensions of certificates need it read: tags, lengths, nesting.

export interface Element {
  readonly tag: number
  readonly content: Buffer
}

export const SEQUENCE = 0x30
export const OCTET_STRING = 0x04
export const OBJECT_IDENTIFIER = 0x06
/** A context-specific tag: [n] of a primitive, or of a constructed value. */
export const context = (n: number, constructed = false): number => (constructed ? 0xa0 : 0x80) | n

/** What is no DER, or none of the shape asked for. */
export class DerError extends Error {}

function lengthAt(bytes: Buffer, at: number): { length: number; start: number } {
  const first = bytes[at]
  if (first === undefined) throw new DerError('truncated')
  if (first < 0x80) return { length: first, start: at + 1 }
  const count = first & 0x7f
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) throw new DerError('bad length')
  return { length: bytes.readUIntBE(at + 1, count), start: at + 1 + count }
}

/** The elements that stand one after the other. */
export function elements(bytes: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0
    const { length, start } = lengthAt(bytes, at + 1)
    if (start + length > bytes.length) throw new DerError('truncated')
    found.push({ tag, content: bytes.subarray(start, start + length) })
    at = start + length
  }
  return found
}

/** The one element of that tag that the bytes begin with. */
export function only(bytes: Buffer, tag: number): Buffer {
  const [first] = elements(bytes)
  if (first?.tag !== tag) throw new DerError('another tag')
  return first.content
}
