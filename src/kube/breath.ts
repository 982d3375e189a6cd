// This file is about long loops that let others run in between.
import { setImmediate as turn } from 'node:timers/promises'

/** Long enough to be worth the switch, short enough that no timer or PING notices. */
const LONGEST_RUN_MS = 8

/** Call it between two steps: every few milliseconds the promise is real and lets the event loop turn once. */
export function breather(): () => Promise<void> | undefined {
  let since = performance.now()
  const turned = async (): Promise<void> => {
    await turn()
    since = performance.now()
  }
  return () => {
    if (performance.now() - since < LONGEST_RUN_MS) return undefined
    return turned()
  }
}
