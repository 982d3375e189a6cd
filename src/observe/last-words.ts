// This file is about the last words of a process that meets an error nobody expected: a line of the log, then the end.
//
// Node itself would print the error with all it carries, and errors of HTTP clients carry requests, headers and all.
import type { Log } from '../base/log.ts'

/** What of a process is used. */
interface Dying {
  on(event: 'uncaughtException', listener: (error: unknown) => void): unknown
  exit(code: number): void
}

/** Promises that nobody waits for end the same way. */
export function endOnUnexpected(log: Log, dying: Dying = process): void {
  dying.on('uncaughtException', (error) => {
    try {
      log.error('ended by an unexpected error', { error: error instanceof Error ? error : String(error) })
    } finally {
      dying.exit(1)
    }
  })
}
