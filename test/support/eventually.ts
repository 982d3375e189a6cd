// This file is about waiting for a condition with a limit, which is what a test does instead of sleeping.
import { setTimeout as pause } from 'node:timers/promises'

const EVERY_MS = 5

/** Resolves with the first value that is neither false, null nor undefined; fails after `limitMs`. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`)
    await pause(EVERY_MS)
  }
}
