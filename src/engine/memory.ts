// This file is about what the engine remembers between passes; all of it can be read back from the Secrets.
import type { Instant } from '../base/clock.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Held } from './held.ts'

interface Remembered {
  readonly held: Held
  /** Since when no newer login could be had. */
  readonly failingSince?: Instant
}

export class Memory {
  readonly #byDelivery = new Map<string, Remembered>()
  readonly #byOrderer = new Map<string, Set<string>>()
  readonly #forces = new Map<string, { readonly force: string; readonly seenAt: Instant }>()

  get(key: string): Held | undefined {
    return this.#byDelivery.get(key)?.held
  }

  /** Everything is right again as of now. */
  set(key: string, orderedBy: Ref, held: Held): void {
    this.#byDelivery.set(key, { held })
    this.#forces.delete(key)
    this.#index(key, orderedBy)
  }

  /** When this value of the force was first seen: retries do not ask for an ever newer login. */
  forceSeen(key: string, force: string, now: Instant): Instant {
    const seen = this.#forces.get(key)
    if (seen?.force === force) return seen.seenAt
    this.#forces.set(key, { force, seenAt: now })
    return now
  }

  /** Notes a failure at `now` and tells since when it has been failing. */
  failingSince(key: string, orderedBy: Ref, held: Held, now: Instant): Instant {
    const since = this.#byDelivery.get(key)?.failingSince ?? now
    this.#index(key, orderedBy)
    this.#byDelivery.set(key, { held, failingSince: since })
    return since
  }

  #index(key: string, orderedBy: Ref): void {
    const keys = this.#byOrderer.get(refKey(orderedBy)) ?? new Set()
    this.#byOrderer.set(refKey(orderedBy), keys.add(key))
  }

  /** What is remembered of all deliveries of one orderer. */
  ofOrderer(orderedBy: Ref): readonly [key: string, held: Held][] {
    return [...(this.#byOrderer.get(refKey(orderedBy)) ?? [])].flatMap((key) => {
      const held = this.get(key)
      return held === undefined ? [] : [[key, held] as [string, Held]]
    })
  }

  forget(orderedBy: Ref, except: ReadonlySet<string> = new Set()): void {
    const keys = this.#byOrderer.get(refKey(orderedBy)) ?? new Set<string>()
    for (const key of keys) {
      if (except.has(key)) continue
      this.#byDelivery.delete(key)
      this.#forces.delete(key)
      keys.delete(key)
    }
    if (keys.size === 0) this.#byOrderer.delete(refKey(orderedBy))
  }
}
