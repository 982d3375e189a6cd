// This file is about where the command line reads and writes, so that tests can stand in for a terminal.
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { isatty } from 'node:tty'

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Somebody looks at it: tables and colours; otherwise a program reads it: JSON. */
  readonly isWatched: boolean
  readonly hasColours: boolean
  /** The whole of a file; `-` is standard input. */
  read(file: string): Promise<string>
}

export function processTerminal(): Terminal {
  const isWatched = isatty(1)
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isWatched,
    hasColours: isWatched && process.stdout.hasColors(),
    read: (file) => (file === '-' ? text(process.stdin) : readFile(file, 'utf8')),
  }
}
