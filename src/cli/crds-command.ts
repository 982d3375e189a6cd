// This file is about `everpull crds`.
import { Command } from 'commander'
import { readConfig } from '../config.ts'
import { oneOf } from '../config/values.ts'
import { DIALECT_NAMES } from '../model/dialect-name.ts'
import { type Context, examples, tellMistakes } from './context.ts'
import { addSettings } from './setting-options.ts'
import { valueReader } from './value-reader.ts'

export function crdsCommand(context: Context): Command {
  const command = new Command('crds')
    .description('print the custom resource definitions of every dialect as YAML')
    .option('--missing', 'only those the cluster lacks')
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['crds | kubectl apply --server-side -f -', 'install them all'],
        [
          'crds --missing | kubectl apply --server-side -f -',
          'install what another controller has not brought yet',
        ],
        ['crds --dialect mobb', 'only one dialect’s'],
      ]),
    )
  addSettings(command, ['dialect', 'kubeconfig', 'context'], {
    variables: false,
    help: { dialect: 'only those of these dialects (default: all)' },
  })
  return command.action(() =>
    context.run(async () => {
      const given = command.opts<{
        dialect?: string[]
        missing?: boolean
        kubeconfig?: string
        context?: string
      }>()
      const values = valueReader()
      const dialects = values.many('--dialect', given.dialect, oneOf(DIALECT_NAMES))
      const { kubeconfig, context: chosen } = given
      const read = readConfig(
        {
          ...(kubeconfig === undefined ? {} : { kubeconfig }),
          ...(chosen === undefined ? {} : { context: chosen }),
        },
        given.missing === true ? context.root.environment : {},
        context.root.place,
      )
      const mistakes = [...values.mistakes, ...(read.is === 'wrong' ? read.mistakes : [])]
      if (mistakes.length > 0 || read.is === 'wrong') return tellMistakes(context, mistakes)
      const commands = await context.root.commands()
      const missingFrom = given.missing === true ? { missingFrom: read.config.cluster } : {}
      const definitions = await commands.crds({ dialects, ...missingFrom })
      if (definitions === '') context.terminal.err('everpull: the cluster lacks none of the definitions\n')
      context.terminal.out(definitions)
      return 0
    }),
  )
}
