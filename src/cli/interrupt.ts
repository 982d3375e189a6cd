// This file is about Ctrl-C while something is under way: what is being done is called off and cleans up after itself.
import { CommandFailure } from '../operator/commands.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** A second signal ends the process at once, as it would without us. */
export async function untilInterrupted<T>(body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (): void => {
    forget()
    controller.abort()
  }
  const forget = (): void => SIGNALS.forEach((name) => void process.off(name, stop))
  for (const name of SIGNALS) process.on(name, stop)
  try {
    return await body(controller.signal)
  } catch (error) {
    if (!controller.signal.aborted || error instanceof CommandFailure) throw error
    throw new CommandFailure('interrupted: nothing was changed')
  } finally {
    forget()
  }
}
