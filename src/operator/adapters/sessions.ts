// This file is about sessions that lie between a credential and the login it buys: kept for a while, made once at a time.
import { LRUCache } from 'lru-cache'
import type { AwsCredentials } from '../../aws/credentials.ts'
import type { Clock } from '../../base/clock.ts'

/** Left alone until five minutes before it ends, or the last third of a short life. */
const RESERVE_MS = 5 * 60_000
/** Credentials without an end are looked for again after this long; asking costs no AWS call. */
const ENDLESS_MS = 60_000
const MOST_KEPT = 2000

interface Kept {
  readonly credentials: AwsCredentials
  readonly goodUntil: number
}

interface Flight {
  readonly signal: AbortSignal
  readonly done: Promise<AwsCredentials>
}

export class Sessions {
  readonly #clock: Clock
  readonly #kept = new LRUCache<string, Kept>({ max: MOST_KEPT })
  readonly #flights = new Map<string, Flight>()
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The session of that key, made when there is none worth using. A failure is everybody's who waits for it. */
  async take(key: string, signal: AbortSignal, make: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
    for (;;) {
      const kept = this.#kept.get(key)
      if (kept !== undefined && this.#clock.now() < kept.goodUntil) return kept.credentials
      const flight = this.#flights.get(key)
      if (flight === undefined) return this.#takeOff(key, signal, make)
      try {
        return await flight.done
      } catch (error) {
        // Somebody else's call was called off, not ours.
        if (!flight.signal.aborted || signal.aborted) throw error
      }
    }
  }

  /** What AWS refused is not used again. */
  forget(key: string): void {
    this.#kept.delete(key)
  }

  #takeOff(key: string, signal: AbortSignal, make: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
    const done = this.#fly(key, make).finally(() => this.#flights.delete(key))
    this.#flights.set(key, { signal, done })
    return done
  }

  async #fly(key: string, make: () => Promise<AwsCredentials>): Promise<AwsCredentials> {
    const begun = this.#clock.now()
    const credentials = await make()
    const { expiresAt } = credentials
    const goodUntil =
      expiresAt === undefined ? begun + ENDLESS_MS : expiresAt - Math.min(RESERVE_MS, (expiresAt - begun) / 3)
    this.#kept.set(key, { credentials, goodUntil })
    return credentials
  }
}
