// This file is about shared configuration repositories as Codefresh leaves them, for tests.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TreeFile } from './tree.ts'

export type CodefreshRepository =
  | 'codefresh-control-planes'
  | 'codefresh-all-runtimes'
  | 'codefresh-first-layout'
  | 'codefresh-selected'

export function filesOf(repository: CodefreshRepository): readonly TreeFile[] {
  const folder = join(import.meta.dirname, 'fixtures', repository)
  return globSync('**/*.yaml', { cwd: folder })
    .toSorted()
    .map((path) => fileWith(path, readFileSync(join(folder, path), 'utf8')))
}

export const fileWith = (path: string, text: string): TreeFile => ({
  path,
  mode: 'file',
  size: Buffer.byteLength(text),
  text,
})
