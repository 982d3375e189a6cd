// This file is about what is known right now, for metrics, `check` and everyone else who only looks.
import type { DialectName } from '../model/dialect-name.ts'
import type { Answer } from '../model/answer.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Dormant } from './dormancy.ts'

export interface Entry {
  readonly ref: Ref
  readonly dialect: DialectName
  readonly answers: readonly Answer[]
  /** Set while the system this dialect replaces still looks after the object. */
  readonly dormant?: Dormant
}

export type ReadModelListener = (entry: Entry, isGone: boolean) => void

/** What came of the passes over an object since it is ours. */
export interface Figures {
  readonly passes: number
  readonly failures: number
  /** How long the last one took. */
  readonly tookMs: number
}

const NONE: Figures = { passes: 0, failures: 0, tookMs: 0 }

export class ReadModel {
  readonly #entries = new Map<string, { entry: Entry; figures: Figures }>()
  readonly #listeners = new Set<ReadModelListener>()

  record(entry: Entry): void {
    const key = refKey(entry.ref)
    const known = this.#entries.get(key)
    if (known === undefined) this.#entries.set(key, { entry, figures: NONE })
    else known.entry = entry
    for (const listener of this.#listeners) listener(entry, false)
  }

  remove(ref: Ref): void {
    const entry = this.get(ref)
    if (entry === undefined) return
    this.#entries.delete(refKey(ref))
    for (const listener of this.#listeners) listener(entry, true)
  }

  /** Of these nothing is known any more: somebody else looks after them. */
  clear(isTheirs: (ref: Ref) => boolean = () => true): void {
    for (const { ref } of this.list()) if (isTheirs(ref)) this.remove(ref)
  }

  /** A pass is over; what is left alone, or gone, has no figures. */
  passed(ref: Ref, hasFailed: boolean, tookMs: number): void {
    const known = this.#entries.get(refKey(ref))
    if (known === undefined || known.entry.dormant !== undefined) return
    const { passes, failures } = known.figures
    const isWrong = hasFailed || known.entry.answers.some(({ is }) => is === 'yielded')
    known.figures = { passes: passes + 1, failures: failures + (isWrong ? 1 : 0), tookMs }
  }

  figures(ref: Ref): Figures {
    return this.#entries.get(refKey(ref))?.figures ?? NONE
  }

  get(ref: Ref): Entry | undefined {
    return this.#entries.get(refKey(ref))?.entry
  }

  list(): readonly Entry[] {
    return [...this.#entries.values()].map(({ entry }) => entry)
  }

  /** Returns how to stop listening. */
  subscribe(listener: ReadModelListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
