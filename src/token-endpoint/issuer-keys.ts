// This file is about the keys of issuers: found by discovery, kept for a while, asked for again when a key is not among them.
//
// Guarantees: an issuer is asked only when a token is shown that claims to be of it, and an integration asked about has a
// rule for it; one flight at a time; a storm of unknown keys costs one fetch a minute; what was fetched serves for an hour
// while the issuer cannot be reached.
import type { JSONWebKeySet } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { Clock, Monotonic } from '../base/clock.ts'
import { minutes, seconds } from '../base/duration.ts'
import type { Documents } from './https-document.ts'

const FRESH_MS = minutes(10)
const USABLE_MS = minutes(60)
const UNKNOWN_KEY_SPACING_MS = minutes(1)
const FAILURE_SPACING_MS = seconds(10)
const MOST_ISSUERS = 256

export type Keys =
  | { readonly is: 'keys'; readonly set: JSONWebKeySet }
  | { readonly is: 'unreachable'; readonly because: string }

interface Known {
  set?: JSONWebKeySet
  fetchedAt: Monotonic
  failure?: { readonly at: Monotonic; readonly because: string }
  unknownAt?: Monotonic
  flight?: Promise<void>
}

interface Parts {
  readonly documents: Documents
  readonly clock: Pick<Clock, 'monotonic'>
}

export class IssuerKeys {
  readonly #parts: Parts
  readonly #issuers = new LRUCache<string, Known>({ max: MOST_ISSUERS })
  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Never throws. */
  async keysOf(issuer: string): Promise<Keys> {
    const known = this.#knownOf(issuer)
    const now = this.#parts.clock.monotonic()
    const isFresh = known.set !== undefined && now - known.fetchedAt < FRESH_MS
    const mayTry = known.failure === undefined || now - known.failure.at >= FAILURE_SPACING_MS
    if (!isFresh && mayTry) await this.#fetch(issuer, known)
    return this.#usable(known)
  }

  /** The same after somebody met a key that is not among them; undefined where that was tried within a minute. */
  async newerKeysOf(issuer: string): Promise<Keys | undefined> {
    const known = this.#knownOf(issuer)
    const now = this.#parts.clock.monotonic()
    if (known.flight !== undefined) {
      await known.flight
      return this.#usable(known)
    }
    if (known.unknownAt !== undefined && now - known.unknownAt < UNKNOWN_KEY_SPACING_MS) return undefined
    known.unknownAt = now
    await this.#fetch(issuer, known)
    return this.#usable(known)
  }

  #knownOf(issuer: string): Known {
    const known = this.#issuers.get(issuer) ?? { fetchedAt: 0 as Monotonic }
    this.#issuers.set(issuer, known)
    return known
  }

  #usable({ set, fetchedAt, failure }: Known): Keys {
    const isUsable = set !== undefined && this.#parts.clock.monotonic() - fetchedAt < USABLE_MS
    return isUsable
      ? { is: 'keys', set }
      : { is: 'unreachable', because: failure?.because ?? 'not yet fetched' }
  }

  #fetch(issuer: string, known: Known): Promise<void> {
    known.flight ??= this.#fly(issuer, known).finally(() => {
      delete known.flight
    })
    return known.flight
  }

  async #fly(issuer: string, known: Known): Promise<void> {
    const { clock, documents } = this.#parts
    try {
      const url = jwksUrlOf(issuer, await documents.fetch(discoveryUrlOf(issuer)))
      known.set = readSet(url, await documents.fetch(url))
      known.fetchedAt = clock.monotonic()
      delete known.failure
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      known.failure = { at: clock.monotonic(), because }
    }
  }
}

const discoveryUrlOf = (issuer: string): URL =>
  new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)

const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string() })

/** Keys from another origin would make whoever writes the document choose where we ask. */
function jwksUrlOf(issuer: string, document: unknown): URL {
  const read = Discovery.safeParse(document)
  if (!read.success) throw new Error(`the configuration of ${issuer} names no issuer and no jwks_uri`)
  if (read.data.issuer !== issuer) {
    throw new Error(
      `the configuration of ${issuer} is that of another issuer, ${read.data.issuer.slice(0, 200)}`,
    )
  }
  const { jwks_uri: uri } = read.data
  if (!URL.canParse(uri) || new URL(uri).origin !== new URL(issuer).origin) {
    throw new Error(`the keys of ${issuer} are not served by itself but at ${uri.slice(0, 200)}`)
  }
  return new URL(uri)
}

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) })

function readSet(url: URL, document: unknown): JSONWebKeySet {
  const read = KeySet.safeParse(document)
  if (!read.success) throw new Error(`${url.href} is no set of keys`)
  // A secret that anybody can read signs nothing.
  return { keys: read.data.keys.filter(({ kty }) => kty === 'RSA' || kty === 'EC') }
}
