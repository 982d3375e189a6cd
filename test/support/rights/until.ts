// This file is about waiting for what takes requests to see: less often than what is at hand.
import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 30
const LIMIT_MS = 90_000

/** Resolves with the first value that is neither false, null nor undefined; rejects when called off, else after a limit. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  signal?: AbortSignal,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + LIMIT_MS
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>
    signal?.throwIfAborted()
    if (signal === undefined && performance.now() > end) throw new Error(`not within ${LIMIT_MS} ms: ${what}`)
    await pause(EVERY_MS)
  }
}
