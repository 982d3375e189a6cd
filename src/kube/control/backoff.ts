// This file is about how long to wait before trying again: per key, and over all keys.
import type { Duration } from '../../base/duration.ts'

/** Full jitter under a ceiling that doubles per failure of the same key. */
export interface Backoff {
  /** One more failure of `key`: how long to wait. */
  next(key: string): Duration
  failures(key: string): number
  reset(key: string): void
}

/** So many at once, so many a second after that. */
export interface TokenBucket {
  /** Takes one; returns how long to wait before using it (0 when one is there). */
  reserve(): Duration
  /** Takes one only if it is there. */
  tryTake(): boolean
}
