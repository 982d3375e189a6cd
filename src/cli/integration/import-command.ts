// This file is about `everpull integration import`: integrations of Codefresh, shown or committed as ours.
import { Command } from 'commander'
import type { ImportAsked, ImportTold } from '../../operator/commands/layouts.ts'
import { CommandFailure } from '../../operator/commands.ts'
import { type Context, type ExitCode, examples, tellMistakes } from '../context.ts'
import { filesText, within, writeFiles } from '../layout-files.ts'
import { untilInterrupted } from '../interrupt.ts'
import { addLooking, lookingGiven } from '../looking.ts'
import { valueReader } from '../value-reader.ts'
import { diffText } from './diff-text.ts'
import { readAccount, readNamespacePattern, readRegion } from './form-values.ts'
import { addRepo, repoGiven } from './repo-option.ts'

interface Given {
  readonly from?: string
  readonly account?: string
  readonly region?: string
  readonly shareWith?: readonly string[]
  readonly outputDir?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

export function importCommand(context: Context): Command {
  const command = new Command('import')
    .description('bring ECR integrations of Codefresh over: show what they become, or commit it')
    .option(
      '--from <PATH|URL>',
      'the shared configuration repository they are in, or "cluster" (default: --repo, else the cluster)',
    )
    .option('--account <ID>', 'the AWS account of roles that are named without their ARN')
    .option('--region <REGION>', 'the region where nothing says it')
    .option('--share-with <NAMESPACE...>', 'namespaces whose objects may use them, * and ? as wildcards')
    .option('--output-dir <DIR>', 'write the files there, not to standard output')
    .option('-y, --yes', 'commit without asking')
    .option('--dry-run', 'show the diff, and change nothing')
    .addHelpText(
      'after',
      `\nTheir labels find them: codefresh.io/entity and the type registry.ecr; other types are named and skipped.
Files of Codefresh stay as they are. No value of a Secret is read: sealed ones are taken over sealed, others are referred to.
Exits 1 where something is left to do by hand.\n${examples(context.calledAs, [
        ['integration import --from ../shared-config', 'what those of a clone would become'],
        [
          'integration import --repo https://git.example.com/acme/isc.git?ref=main --account 123456789012 --dry-run',
          'the same repository with ours beside them: the diff only',
        ],
        ['integration import --from cluster --repo . --yes', 'those of a cluster, committed to this clone'],
      ])}`,
    )
  addRepo(command, 'where they go')
  addLooking(command, 'of a cluster, only what is in this namespace (default: in all)')
  return command.action(() =>
    context.run(async () => {
      const looking = lookingGiven(command, context)
      const asked = await askedFor(command, context)
      const mistakes = [
        ...(looking.is === 'wrong' ? looking.mistakes : []),
        ...(asked.is === 'wrong' ? asked.mistakes : []),
      ]
      if (looking.is === 'wrong' || asked.is === 'wrong') return tellMistakes(context, mistakes)
      return untilInterrupted(async (signal) => {
        const layouts = await context.root.layouts(looking.looking.config)
        const from = within(asked.asked.from, looking.looking)
        const told = await layouts.bringOver({ ...asked.asked, from }, signal)
        try {
          return await bringOver(context, told, command.opts<Given>(), signal)
        } finally {
          await told.close()
        }
      })
    }),
  )
}

type Asked =
  | { readonly is: 'asked'; readonly asked: ImportAsked }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

async function askedFor(command: Command, context: Context): Promise<Asked> {
  const given = command.opts<Given>()
  const values = valueReader()
  const account = values.one('--account', given.account, readAccount)
  const region = values.one('--region', given.region, readRegion)
  const shareWith = values.many('--share-with', given.shareWith, readNamespacePattern)
  const repo = await repoGiven(command, context, 'optional')
  const source = await sourceOf(command, context, repo.is === 'repo' ? repo.repo : undefined)
  const ofRepos = [repo, source].flatMap((one) => (one.is === 'wrong' ? one.mistakes : []))
  const mistakes = [...values.mistakes, ...new Set(ofRepos)]
  const mayAsk = given.yes === true || given.dryRun === true || context.terminal.questions !== undefined
  if (repo.is === 'repo' && repo.repo !== undefined && !mayAsk) {
    mistakes.push('missing: --yes, or --dry-run to show the diff only: whether to commit')
  }
  if (repo.is === 'wrong' || source.is === 'wrong' || mistakes.length > 0) return { is: 'wrong', mistakes }
  const into = repo.repo
  return {
    is: 'asked',
    asked: {
      from: source.from,
      ...(into === undefined ? {} : { into }),
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      shareWith,
    },
  }
}

type Source =
  | { readonly is: 'source'; readonly from: ImportAsked['from'] }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

/** The same login goes for both repositories, as they tend to be of one forge; a folder takes none. */
async function sourceOf(command: Command, context: Context, into: ImportAsked['into']): Promise<Source> {
  const { from } = command.opts<Given>()
  if (from === 'cluster' || (from === undefined && into === undefined))
    return { is: 'source', from: { is: 'cluster' } }
  const read = from === undefined ? undefined : await repoGiven(command, context, 'optional', from)
  if (read?.is === 'wrong') return read
  const asked = from === undefined || from.startsWith('https://') ? (read?.repo ?? into) : { repo: from }
  return { is: 'source', from: asked === undefined ? { is: 'cluster' } : { is: 'repository', asked } }
}

async function bringOver(
  { terminal }: Context,
  told: ImportTold,
  given: Given,
  signal: AbortSignal,
): Promise<ExitCode> {
  tell(terminal, told)
  const isDone = told.failed.length === 0 && told.integrations.every(({ open }) => open.length === 0)
  const end: ExitCode = isDone ? 0 : 1
  if (told.commit === undefined || told.diff === undefined) {
    if (given.outputDir !== undefined) await writeFiles(given.outputDir, told.files, terminal)
    else terminal.out(filesText(told.files))
    return end
  }
  if (told.diff === '') {
    terminal.err('everpull: nothing changes\n')
    return end
  }
  const diff = diffText(told.diff, terminal.hasColours)
  if (given.dryRun === true) {
    terminal.out(diff)
    return end
  }
  terminal.err(diff)
  if (told.failed.length > 0) {
    throw new CommandFailure('nothing was changed: put right what is said above, and try again')
  }
  if (given.yes !== true && !(await isAgreed(terminal))) {
    terminal.err('everpull: discarded; nothing was changed\n')
    return 1
  }
  const done = await told.commit(messageOf(told), signal)
  const where = done.remote ?? 'the clone, which follows no remote: push it where others read it'
  terminal.out(`committed ${done.commit.slice(0, 12)} to ${done.branch} of ${where}\n`)
  return end
}

const isAgreed = async ({ questions }: Context['terminal']): Promise<boolean> =>
  (await questions?.one('Commit this?', [
    { name: 'commit', value: 'commit', describes: 'commit and push it' },
    { name: 'discard', value: 'discard', describes: 'leave everything as it is' },
  ])) === 'commit'

function tell(terminal: Context['terminal'], { integrations, said, failed }: ImportTold): void {
  for (const one of integrations) {
    terminal.err(`everpull: integration ${one.name}, from ${one.from}\n`)
    for (const text of one.said) terminal.err(`  ${text}\n`)
    for (const text of one.open) terminal.err(`  to do: ${text}\n`)
  }
  for (const text of said) terminal.err(`everpull: ${text}\n`)
  for (const text of failed) terminal.err(`everpull: not imported: ${text}\n`)
}

/** What is left to do stands in the log of the repository too. */
function messageOf({ integrations }: ImportTold): string {
  const names = integrations.map(({ name }) => name).join(', ')
  const first =
    integrations.length === 0 ? 'Declare the runtimes of Codefresh' : `Import ${names} from Codefresh`
  const open = integrations.flatMap(({ name, open }) => open.map((text) => `To do for ${name}: ${text}`))
  return `${first}\n${open.length === 0 ? '' : `\n${open.join('\n')}\n`}\nConnection: not tested\n`
}
