// This file is about where the command line reads and writes, so that tests can stand in for a terminal.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { isatty } from 'node:tty'
import { type Questions, terminalQuestions } from './questions.ts'

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Somebody looks at it: tables and colours; otherwise a program reads it: JSON. */
  readonly isWatched: boolean
  readonly hasColours: boolean
  /** Somebody who can be asked; absent where nobody sits there. */
  readonly questions?: Questions
  /** The whole of a file; `-` is standard input. */
  read(file: string): Promise<string>
  /** The same, line by line as they come. */
  lines(file: string): AsyncIterable<string>
}

export function processTerminal(): Terminal {
  const isWatched = isatty(1)
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isWatched,
    ...(isatty(0) && isatty(2) ? { questions: terminalQuestions() } : {}),
    hasColours: isWatched && process.stdout.hasColors(),
    read: (file) => (file === '-' ? text(process.stdin) : readFile(file, 'utf8')),
    lines,
  }
}

async function* lines(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  // A read error ends the interface silently; only the stream itself tells it.
  const failed = new Promise<never>((_, reject) => input.once('error', reject))
  failed.catch(() => {})
  const reader = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([reader.next(), failed])
    if (next.done === true) return
    yield next.value
  }
}
