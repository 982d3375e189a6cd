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

export class ReadModel {
  readonly #entries = new Map<string, Entry>()
  readonly #listeners: ReadModelListener[] = []

  record(entry: Entry): void {
    this.#entries.set(refKey(entry.ref), entry)
    for (const listener of this.#listeners) listener(entry, false)
  }

  remove(ref: Ref): void {
    const entry = this.#entries.get(refKey(ref))
    if (entry === undefined) return
    this.#entries.delete(refKey(ref))
    for (const listener of this.#listeners) listener(entry, true)
  }

  /** Nothing is known any more: somebody else leads. */
  clear(): void {
    for (const { ref } of this.list()) this.remove(ref)
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
