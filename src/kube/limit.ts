// This file is about how long one thing may take, and who else may end it.
import type { Clock } from '../base/clock.ts'

export interface Limit {
  /** Aborts when the time is over, or with the first of the other signals, with its reason. */
  readonly signal: AbortSignal
  /** The time starts anew. */
  readonly renew: () => void
  /** No time limit any more; the other signals still count. */
  readonly lift: () => void
  /** Lets go of everything; the signal will not abort any more. */
  readonly done: () => void
}

export function limited(
  clock: Clock,
  ms: number,
  late: () => Error,
  others: readonly (AbortSignal | undefined)[],
): Limit {
  const own = new AbortController()
  const over = (): void => own.abort(late())
  let lift = clock.after(ms, over)
  const stop = (): void => own.abort(others.find((other) => other?.aborted)?.reason)
  for (const other of others) other?.addEventListener('abort', stop)
  if (others.some((other) => other?.aborted)) stop()
  return {
    signal: own.signal,
    renew: () => {
      lift()
      lift = clock.after(ms, over)
    },
    lift: () => lift(),
    done: () => {
      lift()
      for (const other of others) other?.removeEventListener('abort', stop)
    },
  }
}
