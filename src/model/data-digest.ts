// This file is about the digest over a Secret's data that external-secrets stamps on it, so that both agree on what is current.
import { createHash } from 'node:crypto'

/**
 * SHA3-224, lower-case hex, over Go's `%+v` of a `map[string][]byte`: keys in byte order, values as decimal bytes
 * ("map[bar:[118 97] foo:[]]"). Takes revealed values; the digest itself may be shown.
 */
export function goMapSha3(data: ReadonlyMap<string, Buffer>): string {
  const members = [...data]
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, value]) => [Buffer.from(`${key}:[`), decimals(value), CLOSING])
  const hash = createHash('sha3-224').update('map[')
  for (const [i, parts] of members.entries()) {
    if (i > 0) hash.update(SPACE)
    for (const part of parts) hash.update(part)
  }
  return hash.update(CLOSING).digest('hex')
}

const CLOSING = Buffer.from(']')
const SPACE = Buffer.from(' ')
const ZERO = 0x30
/** Three digits and a space. */
const LONGEST = 4

/** "104 105" for "hi". Written byte by byte: this runs over every byte of every Secret written. */
function decimals(value: Buffer): Buffer {
  const out = Buffer.allocUnsafe(value.length * LONGEST)
  let at = 0
  for (let i = 0; i < value.length; i += 1) {
    const byte = value[i] ?? 0
    if (i > 0) out[at++] = 0x20
    if (byte >= 100) out[at++] = ZERO + Math.trunc(byte / 100)
    if (byte >= 10) out[at++] = ZERO + (Math.trunc(byte / 10) % 10)
    out[at++] = ZERO + (byte % 10)
  }
  return out.subarray(0, at)
}
