// This file is about the digest over a Secret's data that external-secrets stamps on it, so that both agree on what is current.
import { createHash } from 'node:crypto'

/**
 * SHA3-224, lower-case hex, over Go's `%+v` of a `map[string][]byte`: keys in byte order, values as decimal bytes
 * ("map[bar:[118 97] foo:[]]"). Takes revealed values; the digest itself may be shown.
 */
export function goMapSha3(data: ReadonlyMap<string, Buffer>): string {
  const members = [...data]
    .toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map(([key, value]) => [Buffer.from(`${key}:[`), value.join(' '), CLOSING])
  const hash = createHash('sha3-224').update('map[')
  for (const [i, parts] of members.entries()) {
    if (i > 0) hash.update(SPACE)
    for (const part of parts) hash.update(part)
  }
  return hash.update(CLOSING).digest('hex')
}

const CLOSING = Buffer.from(']')
const SPACE = Buffer.from(' ')
