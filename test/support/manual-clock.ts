// This file is about time that stands still until a test moves it, in one go and without waiting.
import type { Clock, Instant, Monotonic } from '../../src/base/clock.ts'

interface Timer {
  readonly at: number
  readonly fn: () => void
}

export class ManualClock implements Clock {
  #wall: number
  #steady = 0
  readonly #timers = new Set<Timer>()

  constructor(start: number = Date.parse('2024-05-01T12:00:00Z')) {
    this.#wall = start
  }

  now(): Instant {
    return this.#wall as Instant
  }

  monotonic(): Monotonic {
    return this.#steady as Monotonic
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#steady + Math.max(0, ms), fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next timer, if one is armed. */
  get next(): number | undefined {
    const at = Math.min(...[...this.#timers].map((timer) => timer.at))
    return Number.isFinite(at) ? at - this.#steady : undefined
  }

  /** Moves both clocks and fires what came due, in order, each at its own time. */
  advance(ms: number): void {
    const end = this.#steady + ms
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= end).toSorted((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.#timers.delete(due)
      this.#move(Math.max(0, due.at - this.#steady))
      due.fn()
    }
    this.#move(end - this.#steady)
  }

  /** As a stopped process finds it when continued: both clocks went on, no timer fired yet. */
  freeze(ms: number): void {
    this.#move(ms)
  }

  /** The wall clock is set; the steady one does not notice. */
  setWall(at: number): void {
    this.#wall = at
  }

  #move(ms: number): void {
    this.#steady += ms
    this.#wall += ms
  }
}
