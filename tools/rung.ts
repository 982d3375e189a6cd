// This file is about running tests, one rung of the ladder after the other: node tools/rung.ts unit drivers …
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

interface Rung {
  readonly files: readonly string[]
  /** Test files at a time; two cores are what CI has, and a control plane fills them alone. */
  readonly concurrency: number
  /** A test that takes longer than this many seconds hangs. */
  readonly limit: number
}

const RUNGS: Readonly<Record<string, Rung>> = {
  unit: {
    files: [
      'src/**/*.test.ts',
      'sandbox/**/*.test.ts',
      'tools/**/*.test.ts',
      'demo/**/*.test.ts',
      'bench/**/*.test.ts',
      'chaos/**/*.test.ts',
      'test/repo/**/*.test.ts',
      'test/conformance/**/*.test.ts',
      'test/support/**/*.test.ts',
    ],
    concurrency: 2,
    limit: 180,
  },
  drivers: { files: ['test/drivers/**/*.test.ts'], concurrency: 2, limit: 180 },
  contract: { files: ['test/contract/**/*.test.ts'], concurrency: 1, limit: 300 },
  e2e: { files: ['test/e2e/**/*.test.ts'], concurrency: 2, limit: 600 },
  // The test begins no seed after 600 s; the rest is for the last one to end.
  chaos: { files: ['test/chaos/**/*.test.ts'], concurrency: 1, limit: 900 },
  argocd: { files: ['test/argocd/**/*.test.ts'], concurrency: 2, limit: 900 },
}

/** False when a test failed or the rung holds none: an empty rung is a part that is missing, not a success. */
function climb(name: string): boolean {
  const rung = RUNGS[name]
  if (rung === undefined)
    throw new Error(`no rung is called ${name}: there are ${Object.keys(RUNGS).join(', ')}`)
  const files = globSync([...rung.files]).toSorted()
  console.log(`\n${name}: ${files.length} test files`)
  if (files.length === 0) console.error(`${name}: not one test file matches ${rung.files.join(' ')}`)
  if (files.length === 0) return false
  const { status } = spawnSync(
    process.execPath,
    [
      '--import=./test/support/draws.ts',
      '--test',
      '--test-reporter=spec',
      `--test-concurrency=${rung.concurrency}`,
      `--test-timeout=${rung.limit * 1000}`,
      ...files,
    ],
    { stdio: 'inherit' },
  )
  return status === 0
}

const outcomes = process.argv.slice(2).map((name) => ({ name, passed: climb(name) }))
const failed = outcomes.filter((o) => !o.passed).map((o) => o.name)
if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`)
process.exitCode = failed.length > 0 ? 1 : 0
