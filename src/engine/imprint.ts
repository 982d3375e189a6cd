// This file is about what a delivery leaves on its target so that a restart need not renew anything.
//
// The annotation says which logins were written and digests what was asked (`inputs`) and what was written
// (`outputs`). It is believed only when both digests match and its times are possible; then nothing is written.
import { createHash } from 'node:crypto'
import { type Instant, parseInstant } from '../base/clock.ts'
import { shortDigest } from '../base/canonical-json.ts'
import { type Delivery, isSetForGood } from '../model/delivery.ts'
import { type Life, longestLife, type Want } from '../model/login.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { MergedHosts } from '../model/shape.ts'
import { areTexts, parseMark, readMerged } from './mark.ts'
import type { Rendered } from './render/rendered.ts'

export interface Imprint {
  readonly logins: readonly Life[]
  readonly inputs: string
  readonly outputs: string
  /** AWS told no expiry worth believing; twelve hours were assumed. */
  readonly expiryAssumed?: true
  /** What was written, where the order does not tell beforehand, or may have changed since without being acted upon. */
  readonly names?: Names
  /** The hosts written into a docker config that others use too: they are taken out when they are not wanted any more. */
  readonly merged?: MergedHosts
}

/** Names of data keys, labels and annotations. */
export interface Names {
  readonly data: readonly string[]
  readonly labels: readonly string[]
  readonly annotations: readonly string[]
}

export const namesOf = ({ data, labels, annotations }: Rendered): Names => ({
  data: [...data.keys()],
  labels: Object.keys(labels),
  annotations: Object.keys(annotations),
})

/** Digests everything the orderer asked for except when to renew: a new interval alone rewrites nothing. Nor does the place a login is asked for at. `kept` digests the templates that are kept elsewhere. */
export function inputsOf(delivery: Delivery, kept?: string): string {
  const { orderedBy, logins, shape, target, cadence } = delivery
  const asked = { by: orderedBy.ref, uid: orderedBy.uid, force: cadence.force }
  // What may change without being acted upon is no part of what was asked.
  if (isSetForGood(delivery)) return shortDigest(asked)
  return shortDigest({
    ...asked,
    logins: logins.map(({ identity, scope }) => ({ identity, scope })),
    shape,
    target,
    kept,
  })
}

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

/** `by`: who ordered, where nothing else on the Secret tells. */
export const imprintText = (imprint: Imprint, by?: Ref): string =>
  JSON.stringify({
    logins: imprint.logins.map((life) => ({
      mintedAt: new Date(life.mintedAt).toISOString(),
      expiresAt: new Date(life.expiresAt).toISOString(),
    })),
    inputs: imprint.inputs,
    outputs: imprint.outputs,
    expiryAssumed: imprint.expiryAssumed,
    names: isShort(imprint.names) ? imprint.names : undefined,
    merged: imprint.merged,
    by: by === undefined ? undefined : refKey(by),
  })

/** All annotations of an object together may have 256 KiB. Without names, a restart renews once. */
const LONGEST_NAMES = 32 << 10
const isShort = (names: Names | undefined): boolean =>
  names === undefined || Buffer.byteLength(JSON.stringify(names)) <= LONGEST_NAMES

/**
 * Undefined when the text is none of ours or its times are impossible: minted in the future, or living longer than a
 * login of what is wanted may; `wants` is absent where nobody knows any more what that was.
 */
export function readImprint(
  text: string | undefined,
  now: Instant,
  wants?: readonly Pick<Want, 'scope'>[],
): Imprint | undefined {
  if (text === undefined) return undefined
  const parsed: Written | undefined = parseMark(text)
  if (parsed === undefined || !Array.isArray(parsed.logins)) return undefined
  const logins = parsed.logins.map(readLife)
  const lives = logins.filter((life) => life !== undefined)
  const arePossible = lives.every(
    (life, i) => life.mintedAt <= now && life.expiresAt <= life.mintedAt + longestLife(wants?.[i]?.scope),
  )
  if (lives.length !== logins.length || lives.length === 0 || !arePossible) return undefined
  const digests = { inputs: String(parsed.inputs), outputs: String(parsed.outputs) }
  const names = readNames(parsed.names)
  const merged = readMerged(parsed.merged)
  return {
    logins: lives,
    ...digests,
    ...(parsed.expiryAssumed === true ? { expiryAssumed: true } : {}),
    ...(names === undefined ? {} : { names }),
    ...(merged === undefined ? {} : { merged }),
  }
}

interface Written {
  readonly expiryAssumed?: unknown
  readonly names?: unknown
  readonly merged?: unknown
  readonly logins?: unknown
  readonly inputs?: unknown
  readonly outputs?: unknown
}

function readNames(value: unknown): Names | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { data, labels, annotations } = value as Record<string, unknown>
  return areTexts(data) && areTexts(labels) && areTexts(annotations)
    ? { data, labels, annotations }
    : undefined
}

function readLife(value: unknown): Life | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { mintedAt, expiresAt } = value as Record<string, unknown>
  const minted = typeof mintedAt === 'string' ? parseInstant(mintedAt) : undefined
  const expires = typeof expiresAt === 'string' ? parseInstant(expiresAt) : undefined
  return minted === undefined || expires === undefined ? undefined : { mintedAt: minted, expiresAt: expires }
}
