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
  readonly #entries = new Map<string, Entry>()
  readonly #figures = new Map<string, Figures>()
  readonly #listeners: ReadModelListener[] = []

  record(entry: Entry): void {
    this.#entries.set(refKey(entry.ref), entry)
    for (const listener of this.#listeners) listener(entry, false)
  }

  remove(ref: Ref): void {
    const entry = this.#entries.get(refKey(ref))
    if (entry === undefined) return
    this.#entries.delete(refKey(ref))
    this.#figures.delete(refKey(ref))
    for (const listener of this.#listeners) listener(entry, true)
  }

  /** Nothing is known any more: somebody else leads. */
  clear(): void {
    for (const { ref } of this.list()) this.remove(ref)
  }

  /** A pass is over; what is left alone, or gone, has no figures. */
  passed(ref: Ref, hasFailed: boolean, tookMs: number): void {
    const entry = this.get(ref)
    if (entry === undefined || entry.dormant !== undefined) return
    const { passes, failures } = this.figures(ref)
    const isWrong = hasFailed || entry.answers.some(({ is }) => is === 'yielded')
    this.#figures.set(refKey(ref), {
      passes: passes + 1,
      failures: failures + (isWrong ? 1 : 0),
      tookMs,
    })
  }

  figures(ref: Ref): Figures {
    return this.#figures.get(refKey(ref)) ?? NONE
  }

  get(ref: Ref): Entry | undefined {
    return this.#entries.get(refKey(ref))
  }

  list(): readonly Entry[] {
    return [...this.#entries.values()]
  }

  subscribe(listener: ReadModelListener): void {
    this.#listeners.push(listener)
  }
}
