// This file is about `everpull render`: integrations as files of our layout or of Codefresh's.
import { Command, Option } from 'commander'
import { SecretText } from '../base/secret-text.ts'
import { readText } from '../config/values.ts'
import { CommandFailure } from '../operator/commands.ts'
import {
  LAYOUTS,
  type Layout,
  type LayoutSource,
  type RenderAsked,
  type RenderTold,
} from '../operator/commands/layouts.ts'
import { type Context, type ExitCode, examples, tellMistakes } from './context.ts'
import { readName } from './integration/form-values.ts'
import { addRepo, repoGiven } from './integration/repo-option.ts'
import { readSecretFile } from './integration/secret-file.ts'
import { untilInterrupted } from './interrupt.ts'
import { filesText, within, writeFiles } from './layout-files.ts'
import { addLooking, lookingGiven } from './looking.ts'
import { valueReader } from './value-reader.ts'

interface Given {
  readonly layout?: Layout
  readonly integration?: string
  readonly secretAccessKeyFile?: string
  readonly cert?: string
  readonly outputDir?: string
}

export function renderCommand(context: Context): Command {
  const command = new Command('render')
    .description(
      'write integrations as files of a shared configuration repository, ours or that of Codefresh',
    )
    .argument(
      '[FILE...]',
      'manifests, YAML or JSON, - for standard input (default: --repo, else the cluster)',
    )
    .addOption(
      new Option('--layout <LAYOUT>', 'whose folders and files').choices(LAYOUTS).default('everpull'),
    )
    .option('--integration <NAME>', 'only this one')
    .option(
      '--secret-access-key-file <FILE>',
      'a file that holds its secret access key, or - for standard input: sealed anew for Codefresh',
    )
    .option('--cert <FILE>', 'seal it with this certificate (default: that of the cluster’s controller)')
    .option('--output-dir <DIR>', 'write the files there, not to standard output')
    .addHelpText(
      'after',
      `\nCodefresh's layout seals for the whole cluster, so that every runtime opens it; a secret that is sealed for one place has to be given.
What a layout cannot carry is told. Exits 1 where something is left to do by hand.\n${examples(
        context.calledAs,
        [
          ['render --layout codefresh --repo . --output-dir ../isc', 'all of a clone, for Codefresh'],
          [
            'render --layout codefresh --integration ecr-ci --secret-access-key-file key.txt --cert cert.pem',
            'one of the cluster, its secret sealed anew',
          ],
          ['render integrations.yaml --output-dir .', 'manifests, in the folders of our layout'],
        ],
      )}`,
    )
  addRepo(command, 'where they are kept')
  addLooking(command, 'of a cluster, only sealed secrets of this namespace (default: of all)')
  return command.action((files: readonly string[]) =>
    context.run(async () => {
      const looking = lookingGiven(command, context)
      const asked = await askedFor(command, context, files)
      const mistakes = [
        ...(looking.is === 'wrong' ? looking.mistakes : []),
        ...(asked.is === 'wrong' ? asked.mistakes : []),
      ]
      if (looking.is === 'wrong' || asked.is === 'wrong') return tellMistakes(context, mistakes)
      return untilInterrupted(async (signal) => {
        const layouts = await context.root.layouts(looking.looking.config)
        const from = within(asked.asked.from, looking.looking)
        const told = await layouts.render({ ...asked.asked, from }, signal)
        return print(context, told, command.opts<Given>())
      })
    }),
  )
}

type Asked =
  | { readonly is: 'asked'; readonly asked: RenderAsked }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

async function askedFor(command: Command, context: Context, files: readonly string[]): Promise<Asked> {
  const given = command.opts<Given>()
  const values = valueReader()
  const name = values.one('--integration', given.integration, readName)
  const certificateFile = values.one('--cert', given.cert, readText)
  const secret = await secretIn(context, given.secretAccessKeyFile)
  const source = await sourceOf(command, context, files)
  const mistakes = [...values.mistakes, ...secret.mistakes, ...source.mistakes]
  if (source.from === undefined || mistakes.length > 0) return { is: 'wrong', mistakes }
  return {
    is: 'asked',
    asked: {
      from: source.from,
      layout: given.layout ?? 'everpull',
      ...(name === undefined ? {} : { name }),
      ...(certificateFile === undefined ? {} : { certificateFile }),
      ...(secret.value === undefined ? {} : { secretAccessKey: secret.value }),
    },
  }
}

async function secretIn(
  { terminal }: Context,
  file: string | undefined,
): Promise<{ readonly value?: SecretText; readonly mistakes: readonly string[] }> {
  if (file === undefined) return { mistakes: [] }
  const text = await readSecretFile(terminal, file)
  if (text === undefined)
    return { mistakes: [`--secret-access-key-file: "${file}" cannot be read, or is empty`] }
  return { value: new SecretText(text), mistakes: [] }
}

async function sourceOf(
  command: Command,
  context: Context,
  files: readonly string[],
): Promise<{ readonly from?: LayoutSource; readonly mistakes: readonly string[] }> {
  if (files.length > 0) {
    const texts = await Promise.all(files.map(async (path) => ({ path, text: await textOf(context, path) })))
    return { from: { is: 'files', files: texts }, mistakes: [] }
  }
  const repo = await repoGiven(command, context, 'optional')
  if (repo.is === 'wrong') return { mistakes: repo.mistakes }
  if (repo.repo === undefined) return { from: { is: 'cluster' }, mistakes: [] }
  return { from: { is: 'repository', asked: repo.repo }, mistakes: [] }
}

const textOf = ({ terminal }: Context, file: string): Promise<string> =>
  terminal.read(file).catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(`cannot read ${file}: ${because}`, true)
  })

async function print(
  { terminal }: Context,
  { files, said, open }: RenderTold,
  { outputDir }: Given,
): Promise<ExitCode> {
  for (const text of said) terminal.err(`everpull: ${text}\n`)
  for (const text of open) terminal.err(`everpull: to do: ${text}\n`)
  if (outputDir !== undefined) await writeFiles(outputDir, files, terminal)
  else terminal.out(filesText(files))
  return open.length === 0 ? 0 : 1
}
