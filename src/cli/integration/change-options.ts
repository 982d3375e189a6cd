// This file is about the flags that create, edit and delete share: how a change is tested, shown and committed.
import { type Command, Option } from 'commander'
import { readTestedFrom } from './form-values.ts'
import type { TestedFrom } from '../../operator/commands/integrations.ts'

export interface ChangeOptions {
  readonly yes: boolean
  readonly dryRun: boolean
  /** Absent: the connection is not tested. */
  readonly test?: { readonly from: TestedFrom; readonly push: boolean }
}

export const addCommitting = (command: Command): Command =>
  command
    .option('-y, --yes', 'commit without asking')
    .option('--dry-run', 'show the diff, and test and change nothing')

export const addTesting = (command: Command): Command =>
  command
    .option('--skip-test', 'do not test the connection first; the commit says so')
    .addOption(
      new Option('--test-from <PLACE>', 'test it as the operator in the cluster does, or from here')
        .choices(['cluster', 'here'])
        .default('cluster'),
    )
    .option('--test-push', 'ask for what pushing takes too')

interface Raw {
  readonly yes?: boolean
  readonly dryRun?: boolean
  readonly skipTest?: boolean
  readonly testFrom?: string
  readonly testPush?: boolean
}

export function changeOptions(command: Command): ChangeOptions {
  const raw = command.opts<Raw>()
  const from = readTestedFrom(raw.testFrom ?? 'cluster')
  const isTested = raw.skipTest !== true && from.is === 'value'
  return {
    yes: raw.yes === true,
    dryRun: raw.dryRun === true,
    ...(isTested ? { test: { from: from.value, push: raw.testPush === true } } : {}),
  }
}

/** What is missing where nobody can be asked whether to commit. */
export const unanswered = ({ yes, dryRun }: ChangeOptions): readonly string[] =>
  yes || dryRun ? [] : ['--yes, or --dry-run to show the diff only: whether to commit']
