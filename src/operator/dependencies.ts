// This file is about who looked at what: a change of something looked at brings its onlookers back.
import { isSameMap } from '../base/text-map.ts'
import type { KindName } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { type Selector, selects } from '../model/selector.ts'

/** A part of a kind that was looked through. */
export interface Selection {
  readonly kind: Pick<KindName, 'group' | 'kind'>
  readonly selector: Selector
}

/** Something looked at. Most things have one onlooker: only where there are more, they take a set. */
interface Sight {
  readonly key: string
  onlookers: string | Set<string>
}

export class Dependencies {
  readonly #sights = new Map<string, Sight>()
  readonly #touched = new Map<string, readonly Sight[]>()
  readonly #selections = new Map<string, readonly Selection[]>()

  /** Replaces what `onlooker` (a work key) has looked at. */
  state(onlooker: string, touched: ReadonlySet<string>, selections: readonly Selection[] = []): void {
    if (selections.length === 0) this.#selections.delete(onlooker)
    else this.#selections.set(onlooker, selections)
    this.#touch(onlooker, touched)
  }

  /** Adds to what `onlooker` has looked at in this pass. */
  add(onlooker: string, touched: Iterable<string>): void {
    const before = this.#touched.get(onlooker) ?? []
    this.#touch(onlooker, new Set([...before.map(({ key }) => key), ...touched]))
  }

  onlookersOf(ref: Ref): Iterable<string> {
    const onlookers = this.#sights.get(refKey(ref))?.onlookers ?? []
    return typeof onlookers === 'string' ? [onlookers] : onlookers
  }

  isSelecting(onlooker: string): boolean {
    return this.#selections.has(onlooker)
  }

  /** Those whose selection the object has entered or left, or in which it changes or begins to go. */
  selectorsOf(now: Resource | undefined, before: Resource | undefined): readonly string[] {
    const ref = (now ?? before)?.ref
    if (ref === undefined || this.#selections.size === 0) return []
    return [...this.#selections].flatMap(([onlooker, selections]) =>
      selections.some((selection) => isConcerned(selection, ref, now, before)) ? [onlooker] : [],
    )
  }

  #touch(onlooker: string, touched: ReadonlySet<string>): void {
    const before = this.#touched.get(onlooker) ?? []
    if (before.length === touched.size && before.every(({ key }) => touched.has(key))) return
    for (const sight of before) this.#drop(sight, onlooker)
    if (touched.size === 0) this.#touched.delete(onlooker)
    else
      this.#touched.set(
        onlooker,
        [...touched].map((key) => this.#see(key, onlooker)),
      )
  }

  #see(key: string, onlooker: string): Sight {
    const sight = this.#sights.get(key) ?? { key, onlookers: onlooker }
    if (sight.onlookers !== onlooker) {
      const { onlookers } = sight
      sight.onlookers = (typeof onlookers === 'string' ? new Set([onlookers]) : onlookers).add(onlooker)
    }
    this.#sights.set(key, sight)
    return sight
  }

  #drop({ key, onlookers }: Sight, onlooker: string): void {
    const isLast = typeof onlookers === 'string' || (onlookers.delete(onlooker) && onlookers.size === 0)
    if (isLast) this.#sights.delete(key)
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
  const isOther =
    now?.uid !== before?.uid ||
    now?.deletingSince !== before?.deletingSince ||
    !isSameMap(now?.annotations ?? {}, before?.annotations ?? {})
  return isIn !== wasIn || (isIn && isOther)
}
