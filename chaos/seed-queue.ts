// This file is about whose turn it is: each seed once, and one that is undecided again after the others, three times in all.
import type { Verdict } from './invariants/fitness.ts'

/** Of a seed for which the machine was too busy. */
const MOST_TRIES = 3

export class SeedQueue {
  readonly #left: number[]
  readonly #isOver: () => boolean
  readonly #tries = new Map<number, number>()
  readonly #verdicts = new Map<number, Verdict>()

  /** `isOver`: whether no seed may begin any more. */
  constructor(seeds: readonly number[], isOver: () => boolean) {
    this.#left = [...seeds]
    this.#isOver = isOver
  }

  /** Undefined: there is nothing to run, at least for now. */
  next(): number | undefined {
    return this.#isOver() ? undefined : this.#left.shift()
  }

  settle(seed: number, verdict: Verdict): void {
    this.#verdicts.set(seed, verdict)
    const tries = 1 + (this.#tries.get(seed) ?? 0)
    this.#tries.set(seed, tries)
    if (verdict === 'undecided' && tries < MOST_TRIES) this.#left.push(seed)
  }

  /** The last of each seed that has run. */
  get verdicts(): ReadonlyMap<number, Verdict> {
    return this.#verdicts
  }
}
