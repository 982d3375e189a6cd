// This file is about what the log is for everyone who writes to it; who prints it is decided at the root.

export type Fields = Readonly<Record<string, unknown>>

/** One line per decision that changed something. Field values must not be secret. */
export interface Log {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  child(fields: Fields): Log
}

const nothing = (): void => {}
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
}

/** Where an error that nobody expected came from. */
export const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
