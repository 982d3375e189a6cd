// This file is about one change to a repository of integrations: judged, tested, shown, and committed or discarded.
import type { ConnectionTold, IntegrationSettings } from '../../operator/commands/integrations.ts'
import type {
  ChangeAsked,
  Committed,
  IntegrationCommands,
  OpenIntegrations,
} from '../../operator/commands/kept-integrations.ts'
import { CommandFailure } from '../../operator/commands.ts'
import type { Context, ExitCode } from '../context.ts'
import type { ChangeOptions } from './change-options.ts'
import { commitMessage, type Tested } from './commit-message.ts'
import { connectionText } from './connection-text.ts'
import { diffText } from './diff-text.ts'

export interface ChangeParts {
  readonly context: Context
  readonly commands: IntegrationCommands
  readonly repository: OpenIntegrations
  readonly options: ChangeOptions
  readonly signal: AbortSignal
}

/** Nothing is written before the last step, and that step is one push. */
export async function makeChange(
  parts: ChangeParts,
  change: ChangeAsked,
  consent: (parts: ChangeParts) => Promise<boolean>,
): Promise<ExitCode> {
  const { context, repository, options, signal } = parts
  refuseFlaws(repository.judge(change))
  const planned = await repository.plan(change, signal)
  if (planned.diff === '') {
    return tellUnchanged(context, change)
  }
  const unproven = isTestedThere(options) ? await repository.prove(signal) : []
  const tested = await testFirst(parts, change)
  if (tested === 'failed') {
    context.terminal.err(
      'everpull: nothing was changed: the connection does not work; --skip-test commits it all the same\n',
    )
    return 1
  }
  showPlan(parts, { ...planned, notes: [...planned.notes, ...unproven] })
  if (options.dryRun) return 0
  if (!(await consent(parts))) {
    context.terminal.err('everpull: discarded; nothing was changed\n')
    return 1
  }
  tellCommitted(parts, change, await published(parts, commitMessage(change, tested)))
  return 0
}

/** Only then is it meant for the cluster that can be asked. */
const isTestedThere = ({ test, dryRun }: ChangeOptions): boolean => test?.from === 'cluster' && !dryRun

/** From here on only the branch itself can tell whether it was in time. */
async function published({ repository, signal }: ChangeParts, message: string): Promise<Committed> {
  try {
    return await repository.commit(message, signal)
  } catch (error) {
    if (!signal.aborted || error instanceof CommandFailure) throw error
    throw new CommandFailure(
      `interrupted while it was pushed: see whether ${repository.where} has the commit`,
    )
  }
}

function tellUnchanged({ terminal }: Context, change: ChangeAsked): ExitCode {
  terminal.err('everpull: it is so already: nothing was changed\n')
  if (!terminal.isWatched) {
    terminal.out(`${JSON.stringify({ integration: nameOf(change), change: 'none' }, null, 2)}\n`)
  }
  return 0
}

function refuseFlaws(flaws: readonly string[]): void {
  if (flaws.length > 0) throw new CommandFailure(flaws.join('; '))
}

async function testFirst(
  { context, commands, options, signal }: ChangeParts,
  change: ChangeAsked,
): Promise<Tested | 'failed'> {
  if (change.is === 'delete') return { is: 'not-needed' }
  if (options.test === undefined || options.dryRun) return { is: 'skipped' }
  const { terminal } = context
  const { from, push } = options.test
  const told = await commands
    .test(change.settings, from, { push, onProgress: (line) => terminal.err(`${line}\n`) }, signal)
    .catch((error: unknown) => {
      if (signal.aborted || !(error instanceof CommandFailure)) throw error
      throw new CommandFailure(`${error.message}; nothing was changed, --skip-test commits it untested`)
    })
  terminal.err(`${connectionText(told, terminal.hasColours)}\n`)
  return told.isPassed ? testedAs(told, from) : 'failed'
}

const testedAs = ({ arn }: ConnectionTold, from: 'cluster' | 'here'): Tested => ({
  is: 'passed',
  from,
  ...(arn === undefined ? {} : { arn }),
})

/** A dry run's diff is what was asked for; otherwise it belongs to the question. */
function showPlan(
  { context: { terminal }, options }: ChangeParts,
  planned: { diff: string; notes: readonly string[] },
): void {
  const diff = diffText(planned.diff, terminal.hasColours)
  if (options.dryRun) terminal.out(diff)
  else terminal.err(diff)
  for (const note of planned.notes) terminal.err(`everpull: ${note}\n`)
}

export async function commitOrDiscard({ context, options, repository }: ChangeParts): Promise<boolean> {
  const { questions } = context.terminal
  if (options.yes || questions === undefined) return options.yes
  const answer = await questions.one(`Commit this to ${repository.where}?`, [
    { name: 'commit', value: 'commit', describes: 'commit and push it' },
    { name: 'discard', value: 'discard', describes: 'leave everything as it is' },
  ])
  return answer === 'commit'
}

const nameOf = (change: ChangeAsked): string => (change.is === 'delete' ? change.name : change.settings.name)

function tellCommitted({ context, repository }: ChangeParts, change: ChangeAsked, done: Committed): void {
  const { terminal, calledAs } = context
  const name = nameOf(change)
  if (done.behind !== undefined) terminal.err(`everpull: ${done.behind}\n`)
  if (!terminal.isWatched) {
    return terminal.out(`${JSON.stringify({ integration: name, change: change.is, ...done }, null, 2)}\n`)
  }
  const where = done.remote ?? 'the clone, which follows no remote: push it where others read it'
  terminal.out(`committed ${done.commit.slice(0, 12)} to ${done.branch} of ${where}\n`)
  terminal.out(`${nextOf(change)}; see: ${calledAs} integration list --repo ${shellWord(repository.where)}\n`)
}

function nextOf(change: ChangeAsked): string {
  const who = 'the operator that follows the repository, or Argo CD or Flux in its place,'
  if (change.is === 'delete') return `next ${who} removes it from the cluster, once nothing uses it`
  return `next ${who} applies it to ${runtimesText(change.settings.runtimes)}`
}

export const runtimesText = (runtimes: IntegrationSettings['runtimes']): string =>
  runtimes.is === 'all'
    ? 'all runtimes'
    : `runtime${runtimes.names.length === 1 ? '' : 's'} ${runtimes.names.join(', ')}`

const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`)
