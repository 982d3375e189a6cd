// This file is about `make generate`: writing every generated file, and removing those that are none any more.
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { benchFiles } from '../bench/results.ts'
import { GENERATED_FOLDERS, generatedFiles } from './generated.ts'

const ROOT = join(import.meta.dirname, '..')
const files = await generatedFiles()

for (const [path, text] of [...files, ...benchFiles()]) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true })
  writeFileSync(join(ROOT, path), text)
  console.log(path)
}
for (const path of globSync(
  GENERATED_FOLDERS.map((folder) => `${folder}/*`),
  { cwd: ROOT },
)) {
  if (!files.has(path)) rmSync(join(ROOT, path))
}
