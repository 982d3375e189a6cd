// This file is about `everpull integration list`: which integrations there are, in the repository and in the cluster.
import { Command } from 'commander'
import type { IntegrationTold } from '../../operator/commands/integrations.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { untilInterrupted } from '../interrupt.ts'
import { addOutput, type OutputFormat, TABLE_OR_JSON, tell } from '../output-format.ts'
import { type Cell, renderTable, type Tone } from '../table.ts'
import { addComparison, comparisonGiven } from './open-repository.ts'

export function listCommand(context: Context): Command {
  const command = new Command('list')
    .description('list integrations: whether they are synced, how they are, and how many use them')
    .addHelpText(
      'after',
      examples(context.calledAs, [
        ['integration list', 'as the cluster knows them'],
        [
          'integration list --repo https://git.example.com/team/config.git',
          'and whether that is what the repository says',
        ],
      ]),
    )
  addComparison(command)
  addOutput(command, ['table', 'wide', 'json', 'yaml', 'name'], TABLE_OR_JSON)
  return command.action(() =>
    context.run(async () => {
      const place = await comparisonGiven(command, context)
      if (place.is === 'wrong') return tellMistakes(context, place.mistakes)
      const commands = await place.commands()
      const { integrations, flaws } = await untilInterrupted((signal) => commands.list(place.repo, signal))
      tell(context.terminal, command.opts<{ output?: OutputFormat }>().output, {
        table: (colours, isWide) =>
          integrations.length === 0
            ? 'there are no integrations\n'
            : integrationsTable(integrations, colours, isWide),
        value: { integrations, ...(flaws.length === 0 ? {} : { flaws }) },
        names: integrations.map(({ name }) => `ecrintegration.everpull.dev/${name}`),
      })
      for (const flaw of flaws) context.terminal.err(`everpull: ${flaw}\n`)
      return 0
    }),
  )
}

export const SYNC: Readonly<Record<IntegrationTold['sync'], { readonly text: string; readonly tone: Tone }>> =
  {
    synced: { text: 'synced', tone: 'good' },
    syncing: { text: 'syncing', tone: 'faint' },
    'out-of-sync': { text: 'out of sync', tone: 'bad' },
    unknown: { text: 'unknown', tone: 'faint' },
  }

const HEALTH: Readonly<Record<IntegrationTold['health']['is'], Tone>> = {
  healthy: 'good',
  failing: 'bad',
  unknown: 'faint',
}

export const healthCell = ({ health }: IntegrationTold): Cell => ({
  text: health.is,
  tone: HEALTH[health.is],
})

export const runtimesOf = ({ runtimes }: IntegrationTold): string =>
  runtimes.length === 0 ? 'all' : runtimes.join(', ')

/** `wide` adds why, and the first of its users. */
function integrationsTable(
  integrations: readonly IntegrationTold[],
  colours: boolean,
  isWide: boolean,
): string {
  const head = ['NAME', 'MODE', 'REGION', 'RUNTIMES', 'SYNC', 'CREDENTIALS', 'LAST TEST', 'USED BY']
  return renderTable(
    {
      head: isWide ? [...head, 'USERS', 'NOTE'] : head,
      rows: integrations.map((one): readonly Cell[] => [
        one.name,
        one.mode,
        one.region,
        runtimesOf(one),
        SYNC[one.sync],
        healthCell(one),
        one.lastTestedAt ?? 'never',
        String(one.usedBy.count),
        ...(isWide ? [one.usedBy.first.join(', '), noteOf(one)] : []),
      ]),
    },
    colours,
  )
}

const noteOf = ({ syncNote, health }: IntegrationTold): string =>
  [syncNote, health.because].filter((note) => note !== undefined).join('; ')
