// This file is about objects that could not be applied: why, and when each is worth another try.
import type { Clock, Instant } from '../base/clock.ts'
import { minutes } from '../base/duration.ts'
import type { SyncProblem } from '../config-repo/sync-record.ts'

export type SetbackKind = 'failed' | 'foreign'

interface Setback {
  readonly kind: SetbackKind
  readonly problem: SyncProblem
  /** What was tried: another content is tried at once. */
  readonly digest: string
  readonly failures: number
  readonly until: Instant
}

/** Somebody may delete what is in the way, or grant what lacks, without a word to us. */
const LONGEST_MS = minutes(10)

export class Setbacks {
  readonly #clock: Clock
  readonly #firstMs: number
  readonly #all = new Map<string, Setback>()

  constructor(clock: Clock, firstMs: number) {
    this.#clock = clock
    this.#firstMs = firstMs
  }

  isDue(key: string, digest: string): boolean {
    const before = this.#all.get(key)
    return before === undefined || before.digest !== digest || before.until <= this.#clock.now()
  }

  isForeign(key: string): boolean {
    return this.#all.get(key)?.kind === 'foreign'
  }

  note(key: string, digest: string, kind: SetbackKind, problem: SyncProblem): void {
    const before = this.#all.get(key)
    const failures = before?.digest === digest ? before.failures + 1 : 1
    const waitMs = Math.min(
      this.#firstMs * 2 ** Math.min(failures - 1, 20),
      Math.max(LONGEST_MS, this.#firstMs),
    )
    const until = (this.#clock.now() + waitMs) as Instant
    this.#all.set(key, { kind, problem, digest, failures, until })
  }

  clear(key: string): void {
    this.#all.delete(key)
  }

  /** Forgets what nobody wants any more. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.#all.keys()) if (!keys.has(key)) this.#all.delete(key)
  }

  count(kind: SetbackKind): number {
    return [...this.#all.values()].filter((one) => one.kind === kind).length
  }

  problems(): readonly SyncProblem[] {
    return [...this.#all.values()].map(({ problem }) => problem)
  }
}
