// This file is about taking turns at a Secret: those who write it are never in each other's way, only in foreigners'.
import { type SecretRef, secretKey } from '../model/ref.ts'
import type { Aside } from './ports.ts'

/** Somebody has the turn at a Secret. */
interface Line {
  readonly waiting: (() => void)[]
  /** Done when the turn ends. */
  readonly afterwards: (() => void)[]
}

export class Turns {
  readonly #lines = new Map<string, Line>()

  /**
   * Does `work` while nobody else has the turn at this Secret; waits for it aside. The turn is given up for what `work`
   * waits for aside in it: what was read before may have been written since.
   */
  async take<T>(target: SecretRef, aside: Aside, work: (aside: Aside) => Promise<T>): Promise<T> {
    const key = secretKey(target)
    const wait = this.#begin(key)
    if (wait !== undefined) await aside(wait)
    try {
      return await work((slow) => aside(this.#without(key, slow)))
    } finally {
      this.#end(key)
    }
  }

  /** Does `then` as soon as nobody is in the middle of something: whoever has the turn may not know yet what it wrote. */
  between(target: SecretRef, then: () => void): void {
    const line = this.#lines.get(secretKey(target))
    if (line === undefined) then()
    else line.afterwards.push(then)
  }

  async #without<T>(key: string, slow: Promise<T>): Promise<T> {
    this.#end(key)
    try {
      return await slow
    } finally {
      await this.#begin(key)
    }
  }

  /** Undefined: the turn is free, and taken. */
  #begin(key: string): Promise<void> | undefined {
    const line = this.#lines.get(key)
    if (line === undefined) {
      this.#lines.set(key, { waiting: [], afterwards: [] })
      return undefined
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    line.waiting.push(resolve)
    return promise
  }

  /** The turn goes to whoever has waited longest. */
  #end(key: string): void {
    const line = this.#lines.get(key)
    for (const then of line?.afterwards.splice(0) ?? []) then()
    const next = line?.waiting.shift()
    if (next === undefined) this.#lines.delete(key)
    else next()
  }
}
