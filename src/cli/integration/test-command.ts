// This file is about `everpull integration test`: whether a connection works, step by step, before anything is saved.
import { Command } from 'commander'
import type { ConnectionTold, Tested } from '../../operator/commands/integrations.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { addOperatorHome, type Looking, lookingGiven } from '../looking.ts'
import { addOutput, type OutputFormat, TABLE_OR_JSON, tell } from '../output-format.ts'
import { connectionText } from './connection-text.ts'
import { missing } from './create-command.ts'
import { fillForm } from './form.ts'
import { addForm, type FormRead, formGiven } from './form-options.ts'

/** Fields of the form that no test depends on: what is tested may still be called with all the flags of `create`. */
const OF_SAVING: ReadonlySet<string> = new Set([
  'allRuntimes',
  'controlPlanes',
  'selectedRuntimes',
  'shareWith',
  'cert',
])

export function testCommand(context: Context): Command {
  const command = new Command('test')
    .description('test a connection step by step, and tell what to change; nothing is saved')
    .argument('[NAME]', 'an integration of the cluster, where no settings are given')
    .addHelpText(
      'after',
      `\nThe operator tests it, with the identity that will be used, by way of an integration test-… that is shared with
nobody and gone when this ends; with --here this machine does, with its own network and AWS identity.
No flag takes a secret: it comes from a file, the environment or a question.
Exits 1 where something is denied or fails.\n${examples(context.calledAs, [
        ['integration test ecr-prod', 'one that is in the cluster, with all that its identity may do'],
        [
          'integration test --role arn:aws:iam::123456789012:role/ecr-read --region eu-west-1',
          'a role, before it is used by anything',
        ],
        [
          'integration test --access-key-id AKIAIOSFODNN7EXAMPLE --secret-access-key-file key.txt --region eu-west-1 --here',
          'an access key, without any cluster',
        ],
        ['integration test ecr-prod --push | jq .purposes', 'what lacks for pushing, as JSON'],
      ])}`,
    )
  addForm(command)
  for (const option of command.options) option.hideHelp(OF_SAVING.has(option.attributeName()))
  command
    .option('--here', 'ask AWS from this machine (default: the operator in the cluster does)')
    .option('--push', 'pushing has to be allowed too')
  addOperatorHome(command, 'where the operator lives (default: where its lease is, else that of the context)')
  addOutput(command, ['table', 'json', 'yaml', 'name'], TABLE_OR_JSON)
  return command.action((name: string | undefined) =>
    context.run(async () => {
      const looking = lookingGiven(command, context)
      const form = await formGiven(command, context, name)
      const mistakes = [...(looking.is === 'wrong' ? looking.mistakes : []), ...form.mistakes]
      if (looking.is === 'wrong' || mistakes.length > 0) return tellMistakes(context, mistakes)
      const tested = await testedIn(context, form, looking.looking)
      if ('missing' in tested) return tellMistakes(context, missing(tested.missing))
      const { here, push, output } = command.opts<{ here?: boolean; push?: boolean; output?: OutputFormat }>()
      const { config, namespace } = looking.looking
      const told = await context.root.testIntegration(config, {
        tested,
        from: here === true ? 'here' : 'cluster',
        push: push === true,
        ...(namespace === undefined ? {} : { operatorNamespace: namespace }),
        onProgress: (line) => context.terminal.err(`${line}\n`),
      })
      return tellConnection(context, told, output)
    }),
  )
}

function tellConnection(
  { terminal }: Context,
  told: ConnectionTold,
  output: OutputFormat | undefined,
): 0 | 1 {
  tell(terminal, output, {
    table: (colours) => `${connectionText(told, colours)}\n`,
    value: told,
    names: told.steps.map(({ name, result }) => `${name} ${result}`),
  })
  return told.isPassed ? 0 : 1
}

/** A form that nobody has named is called this in messages. */
const NAMELESS = 'test'

async function testedIn(
  { root, terminal }: Context,
  { given, isFlagged }: FormRead,
  { config, namespace }: Looking,
): Promise<Tested | { readonly missing: readonly string[] }> {
  if (!isFlagged && given.name !== undefined) return { is: 'integration', name: given.name }
  const commands = await root.integrations(config, namespace === undefined ? {} : { namespace })
  const { region } = await commands.presets()
  const { questions } = terminal
  const asked = { ...given, name: given.name ?? NAMELESS, runtimes: given.runtimes ?? { is: 'all' as const } }
  const filled = await fillForm(asked, {
    runtimes: [],
    asksAgain: true,
    ...(region === undefined ? {} : { region }),
    ...(questions === undefined ? {} : { questions }),
  })
  return filled.is === 'missing' ? { missing: filled.flags } : { is: 'settings', settings: filled.settings }
}
