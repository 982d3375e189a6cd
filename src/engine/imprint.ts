// This file is about what a delivery leaves on its target so that a restart need not renew anything.
//
// The annotation says which logins were written and digests what was asked (`inputs`) and what was written
// (`outputs`). It is believed only when both digests match and its times are possible; then nothing is written.
import { createHash } from 'node:crypto'
import { type Instant, parseInstant } from '../base/clock.ts'
import { shortDigest } from '../base/canonical-json.ts'
import type { Delivery } from '../model/delivery.ts'
import { DOCUMENTED_LIFE_MS, type Life } from '../model/login.ts'
import type { Rendered } from './render/rendered.ts'

export interface Imprint {
  readonly logins: readonly Life[]
  readonly inputs: string
  readonly outputs: string
  /** AWS told no expiry worth believing; twelve hours were assumed. */
  readonly expiryAssumed?: true
}

/** Digests everything the orderer asked for except when to renew: a new interval alone rewrites nothing. Nor does the place a login is asked for at. */
export const inputsOf = (delivery: Delivery): string =>
  shortDigest({
    by: delivery.orderedBy.ref,
    uid: delivery.orderedBy.uid,
    logins: delivery.logins.map(({ identity, scope }) => ({ identity, scope })),
    shape: delivery.shape,
    target: delivery.target,
    force: delivery.cadence.force,
  })

/** Digests the keys a delivery writes, as they stand on the Secret; keys it does not write do not matter. */
export function outputsOf(written: Rendered): string {
  const data = [...written.data].map(([key, value]) => [
    key,
    createHash('sha256').update(value).digest('hex'),
  ])
  return shortDigest({
    data: Object.fromEntries(data),
    labels: written.labels,
    annotations: written.annotations,
  })
}

export const imprintText = (imprint: Imprint): string =>
  JSON.stringify({
    logins: imprint.logins.map((life) => ({
      mintedAt: new Date(life.mintedAt).toISOString(),
      expiresAt: new Date(life.expiresAt).toISOString(),
    })),
    inputs: imprint.inputs,
    outputs: imprint.outputs,
    expiryAssumed: imprint.expiryAssumed,
  })

/** Undefined when the text is none of ours or its times are impossible: minted in the future, or living past 12 h. */
export function readImprint(text: string | undefined, now: Instant): Imprint | undefined {
  if (text === undefined) return undefined
  const parsed = parseJson(text)
  if (parsed === undefined || !Array.isArray(parsed.logins)) return undefined
  const logins = parsed.logins.map(readLife)
  const lives = logins.filter((life) => life !== undefined)
  const arePossible = lives.every(
    (life) => life.mintedAt <= now && life.expiresAt <= life.mintedAt + DOCUMENTED_LIFE_MS,
  )
  if (lives.length !== logins.length || lives.length === 0 || !arePossible) return undefined
  const digests = { inputs: String(parsed.inputs), outputs: String(parsed.outputs) }
  return { logins: lives, ...digests, ...(parsed.expiryAssumed === true ? { expiryAssumed: true } : {}) }
}

interface Written {
  readonly expiryAssumed?: unknown
  readonly logins?: unknown
  readonly inputs?: unknown
  readonly outputs?: unknown
}

function parseJson(text: string): Written | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function readLife(value: unknown): Life | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { mintedAt, expiresAt } = value as Record<string, unknown>
  const minted = typeof mintedAt === 'string' ? parseInstant(mintedAt) : undefined
  const expires = typeof expiresAt === 'string' ? parseInstant(expiresAt) : undefined
  return minted === undefined || expires === undefined ? undefined : { mintedAt: minted, expiresAt: expires }
}
