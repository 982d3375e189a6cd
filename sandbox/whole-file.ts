// This file is about files that are whole whenever they are there, also when their writer dies in the middle.
import { renameSync, writeFileSync } from 'node:fs'

/** Writes beside the file and renames; readable by nobody else. */
export function writeWhole(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
