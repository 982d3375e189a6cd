// This file is about waiting for a condition with a limit.
import { pause, systemClock } from '../src/base/clock.ts'

interface WaitOptions {
  /** Completes "… within N s": what was waited for. */
  readonly what: string
  readonly limitMs: number
  /** How often to look; 25 ms is not felt and costs nothing. */
  readonly everyMs?: number
}

/**
 * Looks until `condition` gives something other than undefined or false, and gives that.
 * @throws when the limit passes, or when the condition throws (which ends the wait: it is not a "not yet")
 */
export async function waitFor<T>(
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  { what, limitMs, everyMs = 25 }: WaitOptions,
): Promise<T> {
  const end = systemClock.monotonic() + limitMs
  for (;;) {
    const found = await condition()
    if (found !== undefined && found !== false) return found
    if (systemClock.monotonic() >= end) throw new Error(`${what}: not within ${limitMs / 1000} s`)
    await pause(systemClock, everyMs)
  }
}
