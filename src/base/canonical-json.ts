// This file is about one spelling per value: JSON with sorted keys, and short digests of it.
import { hash } from 'node:crypto'

/** JSON with object keys in code-unit order and undefined members left out, so equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v ?? null)).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${members.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`
}

/**
 * The first 16 hex digits (64 bits) of a value's SHA-256: enough to tell changes, not to resist attackers. Thousands are
 * kept: a slice of all the digits would keep those too.
 */
export const shortDigest = (value: unknown): string =>
  hash('sha256', typeof value === 'string' ? value : canonicalJson(value), 'buffer').toString('hex', 0, 8)
