// This file is about who looked at what: a change of something looked at brings its onlookers back.
import type { KindName } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { type Selector, selects } from '../model/selector.ts'

/** A part of a kind that was looked through. */
export interface Selection {
  readonly kind: Pick<KindName, 'group' | 'kind'>
  readonly selector: Selector
}

export class Dependencies {
  readonly #onlookers = new Map<string, Set<string>>()
  readonly #touched = new Map<string, ReadonlySet<string>>()
  readonly #selections = new Map<string, readonly Selection[]>()

  /** Replaces what `onlooker` (a work key) has looked at. */
  state(onlooker: string, touched: ReadonlySet<string>, selections: readonly Selection[] = []): void {
    if (selections.length === 0) this.#selections.delete(onlooker)
    else this.#selections.set(onlooker, selections)
    this.#touch(onlooker, touched)
  }

  /** Adds to what `onlooker` has looked at in this pass. */
  add(onlooker: string, touched: Iterable<string>): void {
    this.#touch(onlooker, new Set(this.#touched.get(onlooker)).union(new Set(touched)))
  }

  onlookersOf(ref: Ref): Iterable<string> {
    return this.#onlookers.get(refKey(ref)) ?? []
  }

  /** Those whose selection the object has entered or left, or in which it begins to go. */
  selectorsOf(now: Resource | undefined, before: Resource | undefined): readonly string[] {
    const ref = (now ?? before)?.ref
    if (ref === undefined || this.#selections.size === 0) return []
    return [...this.#selections].flatMap(([onlooker, selections]) =>
      selections.some((selection) => isConcerned(selection, ref, now, before)) ? [onlooker] : [],
    )
  }

  #touch(onlooker: string, touched: ReadonlySet<string>): void {
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

  #drop(key: string, onlooker: string): void {
    const onlookers = this.#onlookers.get(key)
    onlookers?.delete(onlooker)
    if (onlookers?.size === 0) this.#onlookers.delete(key)
  }
}

function isConcerned(
  { kind, selector }: Selection,
  ref: Ref,
  now: Resource | undefined,
  before: Resource | undefined,
): boolean {
  if (kind.group !== ref.group || kind.kind !== ref.kind) return false
  const isIn = now !== undefined && selects(selector, now.labels)
  const wasIn = before !== undefined && selects(selector, before.labels)
  const isOther = now?.uid !== before?.uid || now?.deletingSince !== before?.deletingSince
  return isIn !== wasIn || (isIn && isOther)
}
