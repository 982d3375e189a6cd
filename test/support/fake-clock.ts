// This file is about a clock that only moves when a test says so.
import type { Clock, Instant, Monotonic } from '../../src/base/clock.ts'

interface Timer {
  readonly at: number
  readonly fn: () => void
}

export class FakeClock implements Clock {
  #now: number
  readonly #timers = new Set<Timer>()

  constructor(start = '2026-01-01T00:00:00Z') {
    this.#now = Date.parse(start)
  }

  now(): Instant {
    return this.#now as Instant
  }

  monotonic(): Monotonic {
    return this.#now as Monotonic
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms, fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Moves time on, firing timers in order; work they start gets a turn of the event loop before the next one. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.fn()
      await new Promise(setImmediate)
    }
    this.#now = end
    await new Promise(setImmediate)
  }

  #next(end: number): Timer | undefined {
    return [...this.#timers].filter((t) => t.at <= end).toSorted((a, b) => a.at - b.at)[0]
  }
}
