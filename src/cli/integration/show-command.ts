// This file is about `everpull integration show`: everything of one integration that may be seen.
import { Command } from 'commander'
import type { IntegrationShown } from '../../operator/commands/kept-integrations.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { untilInterrupted } from '../interrupt.ts'
import { addOutput, type OutputFormat, TABLE_OR_JSON, tell } from '../output-format.ts'
import { type Cell, renderTable } from '../table.ts'
import { stepsText } from './connection-text.ts'
import { healthCell, runtimesOf, SYNC } from './list-command.ts'
import { addComparison, comparisonGiven } from './open-repository.ts'

export function showCommand(context: Context): Command {
  const command = new Command('show')
    .description(
      'tell all of one integration: its settings, files, the steps of its last test, and who uses it',
    )
    .argument('<NAME>', 'which one')
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['integration show ecr-prod', 'as the cluster knows it'],
        ['integration show ecr-prod --repo . -o json | jq .steps', 'with its files, for programs'],
      ]),
    )
  addComparison(command)
  addOutput(command, ['table', 'json', 'yaml', 'name'], TABLE_OR_JSON)
  return command.action((name: string) =>
    context.run(async () => {
      const place = await comparisonGiven(command, context)
      if (place.is === 'wrong') return tellMistakes(context, place.mistakes)
      const commands = await place.commands()
      const shown = await untilInterrupted((signal) => commands.show(name, place.repo, signal))
      tell(context.terminal, command.opts<{ output?: OutputFormat }>().output, {
        table: (colours) => shownText(shown, colours),
        value: shown,
        names: [`ecrintegration.everpull.dev/${shown.name}`],
      })
      return 0
    }),
  )
}

function shownText(shown: IntegrationShown, colours: boolean): string {
  const { usedBy } = shown
  const rest = usedBy.count - usedBy.first.length
  const facts: readonly (readonly Cell[])[] = [
    ['mode', shown.mode],
    ...optional('as', shown.as),
    ...optional('in AWS', shown.arn),
    ['region', shown.region],
    ...shown.registries.map((host) => ['registry', host]),
    ['runtimes', runtimesOf(shown)],
    [
      'shared with',
      shown.namespaces.length === 0 ? 'the operator’s own namespace' : shown.namespaces.join(', '),
    ],
    ['sync', SYNC[shown.sync]],
    ...optional('', shown.syncNote),
    ['credentials', healthCell(shown)],
    ...optional('', shown.health.because),
    ['last test', shown.lastTestedAt ?? 'never'],
    ...shown.files.map((file) => ['file', file]),
    ['used by', String(usedBy.count)],
    ...usedBy.first.map((user) => ['', user]),
    ...(rest > 0 ? [['', `and ${rest} more`]] : []),
  ]
  const sections = [
    renderTable({ head: ['INTEGRATION', shown.name], rows: facts }, colours),
    renderTable(
      {
        head: ['CONDITION', 'STATUS', 'SINCE', 'REASON', 'MESSAGE'],
        rows: shown.conditions.map((one) => [one.type, one.status, one.since ?? '', one.reason, one.message]),
      },
      colours,
    ),
    shown.steps.length === 0 ? '' : stepsText(shown.steps, colours),
  ]
  return sections.filter((section) => section !== '').join('\n')
}

const optional = (name: string, text: string | undefined): readonly (readonly Cell[])[] =>
  text === undefined ? [] : [[name, text]]
