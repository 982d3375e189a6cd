// This file is about how long to wait before trying again: per key, and over all keys.
import type { Clock } from '../../base/clock.ts'
import type { Duration } from '../../base/duration.ts'
import { duration, minutes, seconds } from '../../base/duration.ts'
import type { Random } from '../../base/random.ts'
import { fullJitter } from '../../base/random.ts'

export interface BackoffOptions {
  readonly random: Random
  /** The ceiling of the first wait; it doubles with every failure of the same key. */
  readonly first?: Duration
  /** The highest ceiling. 7 min leaves a 12-hour login a hundred tries. */
  readonly highest?: Duration
}

/** Full jitter: anywhere between nothing and the ceiling, so that keys that failed together do not return together. */
export class Backoff {
  readonly #random: Random
  readonly #first: number
  readonly #highest: number
  readonly #failures = new Map<string, number>()

  constructor({ random, first = seconds(1), highest = minutes(7) }: BackoffOptions) {
    this.#random = random
    this.#first = first
    this.#highest = highest
  }

  /** One more failure of `key`: how long to wait. */
  next(key: string): Duration {
    const before = this.failures(key)
    this.#failures.set(key, before + 1)
    const ceiling = Math.min(this.#highest, this.#first * 2 ** Math.min(before, 40))
    return duration(fullJitter(ceiling, this.#random))
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  reset(key: string): void {
    this.#failures.delete(key)
  }
}

export interface TokenBucketOptions {
  readonly clock: Clock
  /** Tokens added per second. */
  readonly perSecond: number
  /** As many as may be taken at once. */
  readonly burst: number
}

/** So many at once, so many a second after that. */
export class TokenBucket {
  readonly #clock: Clock
  readonly #perMs: number
  readonly #burst: number
  /** Below zero: tokens promised but not yet there. */
  #tokens: number
  #at: number

  constructor({ clock, perSecond, burst }: TokenBucketOptions) {
    this.#clock = clock
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = clock.monotonic()
  }

  /** Takes one; returns how long to wait before using it (0 when one is there). */
  reserve(): Duration {
    this.#fill()
    this.#tokens -= 1
    return duration(this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs)
  }

  /** Takes one only if it is there. */
  tryTake(): boolean {
    this.#fill()
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
  }
}
