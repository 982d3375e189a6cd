// This file is about secrets that a file holds: read whole, without the newline that editors add.
import type { Terminal } from '../terminal.ts'

/** Undefined where there is nothing to read. */
export async function readSecretFile(terminal: Terminal, file: string): Promise<string | undefined> {
  try {
    const text = (await terminal.read(file)).replace(/\r?\n$/, '')
    return text === '' ? undefined : text
  } catch {
    return undefined
  }
}
