// This file is about files that a command makes: on standard output one after the other, or in a folder.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import type { LayoutFile } from '../operator/commands/layouts.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { Terminal } from './terminal.ts'

/** A stream of YAML documents that kubectl takes, each under the name of its file. */
export const filesText = (files: readonly LayoutFile[]): string =>
  files.map(({ path, text }) => `---\n# ${path}\n${text.replace(/^---\n/, '')}`).join('')

export async function writeFiles(
  folder: string,
  files: readonly LayoutFile[],
  terminal: Terminal,
): Promise<void> {
  for (const { path, text } of files) {
    const file = join(folder, normalize(path))
    try {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      throw new CommandFailure(`--output-dir: ${because}`)
    }
    terminal.out(`${file}\n`)
  }
}
