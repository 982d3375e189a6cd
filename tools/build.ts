// This file is about dist/: the JavaScript that a published package runs, because Node strips no types under node_modules.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SBOM_FILE, sbomText } from './sbom.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')

rmSync(DIST, { recursive: true, force: true })
emit()
copyAssets()
writeFileSync(join(ROOT, SBOM_FILE), sbomText())

/** src/ and sandbox/ keep their places beside each other, so that relative imports hold. */
function emit(): void {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '--project', join(ROOT, 'tsconfig.build.json')], {
    stdio: 'inherit',
    cwd: ROOT,
  })
  if (status !== 0) process.exit(status ?? 1)
}

/** What the code reads beside itself; fixtures belong to tests, which do not ship. */
function copyAssets(): void {
  const assets = globSync('{src,sandbox}/**/*', { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !/\.(ts|md)$/.test(path) && !path.split('/').includes('fixtures'))
  for (const path of assets) cpSync(join(ROOT, path), join(DIST, path))
}
