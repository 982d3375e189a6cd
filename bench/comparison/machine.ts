// This file is about the machine and the source that figures come from.
import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'
import type { Machine } from '../report/summaries.ts'

export const thisMachine = (): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  kernel: `Linux ${release().split('-')[0]}`,
  node: process.version,
  go: tell('go', 'env', 'GOVERSION').replace(/^go/, ''),
})

/** What the figures depend on. */
const MEASURED = [
  'src',
  'bin',
  'sandbox',
  'tools/build.ts',
  'tools/parts',
  'package-lock.json',
  'bench',
  ':!bench/results',
]

/** The commit that last changed what is measured; with a mark where the checkout differs from it. */
export function measuredCommit(): string {
  const commit = tell('git', 'log', '-1', '--format=%h', '--abbrev=12', '--', ...MEASURED)
  const changed = tell('git', 'status', '--porcelain', '--untracked-files=no', '--', ...MEASURED) !== ''
  return changed ? `${commit}-changed` : commit
}

function tell(program: string, ...args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}
