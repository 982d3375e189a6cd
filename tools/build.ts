// This file is about dist/: the JavaScript that a published package runs, because Node strips no types under node_modules.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { SBOM_FILE, sbomText } from './sbom.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')

/** It stands beside src/ and stays a program of its own; only `everpull sandbox` loads it. */
const SANDBOX_APART: Plugin = {
  name: 'sandbox-apart',
  setup: (bundle) =>
    bundle.onResolve({ filter: /^\.\.\/sandbox\/.*\.ts$/ }, ({ path }) => ({
      path: path.replace(/\.ts$/, '.js'),
      external: true,
    })),
}

rmSync(DIST, { recursive: true, force: true })
emitSandbox()
copyAssets()
await bundle()
writeFileSync(join(ROOT, SBOM_FILE), sbomText())

/** With what it takes from src/base, file by file: it finds its programs and modules beside itself. */
function emitSandbox(): void {
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  const { status } = spawnSync(process.execPath, [tsc, '--project', join(ROOT, 'tsconfig.build.json')], {
    stdio: 'inherit',
    cwd: ROOT,
  })
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * A few files in place of hundreds, which an operator starts sooner from and holds less of. Names and lines stay, for
 * whoever reads a stack; packages stay packages, so that the bill of materials is what runs.
 */
async function bundle(): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main.ts'],
    outdir: join(DIST, 'src'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    plugins: [SANDBOX_APART],
    logLevel: 'warning',
  })
}

/** What the sandbox's code reads beside itself; fixtures belong to tests, which do not ship. */
function copyAssets(): void {
  const assets = globSync('sandbox/**/*', { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !/\.(ts|md)$/.test(path) && !path.split('/').includes('fixtures'))
  for (const path of assets) cpSync(join(ROOT, path), join(DIST, path))
}
