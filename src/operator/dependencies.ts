// This file is about who looked at what: a change of something looked at brings its onlookers back.
import { type Ref, refKey } from '../model/ref.ts'

export class Dependencies {
  readonly #onlookers = new Map<string, Set<string>>()
  readonly #touched = new Map<string, ReadonlySet<string>>()

  /** Replaces what `onlooker` (a work key) has looked at. */
  state(onlooker: string, touched: ReadonlySet<string>): void {
    const before = this.#touched.get(onlooker)
    if (before?.symmetricDifference(touched).size === 0) return
    for (const key of before ?? []) this.#drop(key, onlooker)
    for (const key of touched) {
      const onlookers = this.#onlookers.get(key) ?? new Set()
      this.#onlookers.set(key, onlookers.add(onlooker))
    }
    if (touched.size === 0) this.#touched.delete(onlooker)
    else this.#touched.set(onlooker, touched)
  }

  /** Adds to what `onlooker` has looked at in this pass. */
  add(onlooker: string, touched: Iterable<string>): void {
    this.state(onlooker, new Set(this.#touched.get(onlooker)).union(new Set(touched)))
  }

  onlookersOf(ref: Ref): Iterable<string> {
    return this.#onlookers.get(refKey(ref)) ?? []
  }

  #drop(key: string, onlooker: string): void {
    const onlookers = this.#onlookers.get(key)
    onlookers?.delete(onlooker)
    if (onlookers?.size === 0) this.#onlookers.delete(key)
  }
}
