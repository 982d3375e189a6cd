// This file is about what the engine remembers between passes; all of it can be read back from the Secrets.
import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import type { Instant } from '../base/clock.ts'
import type { Orderer } from '../model/delivery.ts'
import { type Ref, refKey, type SecretRef } from '../model/ref.ts'
import type { Held } from './held.ts'

interface Remembered {
  readonly target: SecretRef
  readonly held?: Held
  /** Since when no newer login could be had. */
  readonly failingSince?: Instant
  readonly force?: Force
}

interface Force {
  readonly value: string
  readonly seenAt: Instant
}

/** Whoever is forgotten asks for one login more. */
const MOST_FORCES = 1000
/** A force reaches all Secrets of an object within this; later the same words may be meant anew. */
const ONE_FORCE_MS = 60_000

export class Memory {
  readonly #byOrderer = new Map<string, readonly Remembered[]>()
  /** Thousands are written alike, one after the other: what is equal in them is kept once. */
  #last: Held | undefined
  /** By the uid of whoever orders. */
  readonly #forces = new LRUCache<string, Force>({ max: MOST_FORCES })

  get(by: Ref, target: SecretRef): Held | undefined {
    return this.#find(by, target)?.held
  }

  /** Everything is right again as of now. Gives back what is remembered, equal to what was given. */
  set(by: Ref, target: SecretRef, held: Held): Held {
    this.#last = withPartsOf(held, this.#last)
    this.#put(by, { target, held: this.#last })
    return this.#last
  }

  /** What is held stands in this version too. */
  advance(by: Ref, target: SecretRef, resourceVersion: string): void {
    const before = this.#find(by, target)
    if (before?.held !== undefined) this.#put(by, { ...before, held: { ...before.held, resourceVersion } })
  }

  /**
   * When this value of the force was first seen on that object: neither retries nor the next of its thousand Secrets
   * ask for an ever newer login.
   */
  forceSeen(
    { ref, uid }: Pick<Orderer, 'ref' | 'uid'>,
    target: SecretRef,
    value: string,
    now: Instant,
  ): Instant {
    const before = this.#find(ref, target)
    if (before?.force?.value === value) return before.force.seenAt
    const force = this.#forceOf(uid, value, now)
    this.#put(ref, { ...before, target, force })
    return force.seenAt
  }

  #forceOf(uid: string, value: string, now: Instant): Force {
    const last = this.#forces.get(uid)
    if (last?.value === value && now - last.seenAt < ONE_FORCE_MS) return last
    const force = { value, seenAt: now }
    this.#forces.set(uid, force)
    return force
  }

  /** Notes a failure at `now`, beside what was found to be held, and tells since when it has been failing. */
  failingSince(by: Ref, target: SecretRef, now: Instant, held?: Held): Instant {
    const before = this.#find(by, target)
    const since = before?.failingSince ?? now
    this.#put(by, { ...before, target, ...(held === undefined ? {} : { held }), failingSince: since })
    return since
  }

  /** What is remembered of all deliveries of one orderer. */
  ofOrderer(by: Ref): readonly { readonly target: SecretRef; readonly held: Held }[] {
    return this.#of(by).flatMap(({ target, held }) => (held === undefined ? [] : [{ target, held }]))
  }

  forget(by: Ref, except: readonly SecretRef[] = []): void {
    const isKept = ({ target }: Remembered): boolean => except.some((kept) => isSame(kept, target))
    const before = this.#of(by)
    if (before.every(isKept)) return
    const kept = before.filter(isKept)
    if (kept.length === 0) this.#byOrderer.delete(refKey(by))
    else this.#byOrderer.set(refKey(by), kept)
  }

  #find(by: Ref, target: SecretRef): Remembered | undefined {
    return this.#of(by).find((one) => isSame(one.target, target))
  }

  #of(by: Ref): readonly Remembered[] {
    return this.#byOrderer.get(refKey(by)) ?? []
  }

  #put(by: Ref, remembered: Remembered): void {
    const others = this.#of(by).filter(({ target }) => !isSame(target, remembered.target))
    this.#byOrderer.set(refKey(by), others.concat(remembered))
  }
}

/** The same, with equal parts of another in place of its own. */
function withPartsOf(held: Held, other: Held | undefined): Held {
  if (other === undefined) return held
  const { imprint, identityKeys } = held
  const logins = oneOf(imprint.logins, other.imprint.logins)
  const outputs = oneOf(imprint.outputs, other.imprint.outputs)
  return {
    ...held,
    imprint: { ...imprint, logins, outputs },
    ...(identityKeys === undefined ? {} : { identityKeys: oneOf(identityKeys, other.identityKeys) }),
  }
}

const oneOf = <T>(mine: T, other: T | undefined): T =>
  other !== undefined && isDeepStrictEqual(mine, other) ? other : mine

const isSame = (a: SecretRef, b: SecretRef): boolean => a.namespace === b.namespace && a.name === b.name
