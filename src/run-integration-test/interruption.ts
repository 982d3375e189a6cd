// This file is about being told to stop while something has to be cleared away first.
import { CommandFailure } from '../operator/commands.ts'

export interface Interruptible {
  /** Aborts when the process is told to stop, and when the limit does. */
  readonly signal: AbortSignal
  /** From here on a signal ends the process at once again. */
  release(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function untilToldToStop(limit: AbortSignal): Interruptible {
  const told = new AbortController()
  const stop = (name: string): void =>
    told.abort(new CommandFailure(`the test was called off (${name}); nothing of it is left`))
  for (const name of SIGNALS) process.on(name, stop)
  return {
    signal: AbortSignal.any([told.signal, limit]),
    release() {
      for (const name of SIGNALS) process.off(name, stop)
    },
  }
}
