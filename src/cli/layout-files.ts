// This file is about what commands on layouts share: where integrations are read, and the files they become.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import type { ClusterSource, LayoutFile, LayoutSource } from '../operator/commands/layouts.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { Looking } from './looking.ts'
import type { Terminal } from './terminal.ts'

/** Of a cluster, only what is in the namespace that was given. */
export const within = <T extends LayoutSource>(from: T, { namespace }: Looking): T | ClusterSource =>
  from.is === 'cluster' && namespace !== undefined ? { is: 'cluster', namespace } : from

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
