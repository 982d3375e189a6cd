// This file is about long loops that let others run in between.
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'

/** Long enough to be worth the switch, short enough that no timer or PING notices. */
const LONGEST_RUN_MS = 8

/** Call it between two steps: every few milliseconds the promise is real and lets the event loop turn once. */
export type Breathe = () => Promise<void> | undefined

export function breather(clock: Clock): Breathe {
  let since = clock.monotonic()
  const turned = async (): Promise<void> => {
    await turn()
    since = clock.monotonic()
  }
  return () => {
    if (clock.monotonic() - since < LONGEST_RUN_MS) return undefined
    return turned()
  }
}
