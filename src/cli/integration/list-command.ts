// This file is about `everpull integration list`: which integrations there are, in the repository and in the cluster.
import { Command } from 'commander'
import type { IntegrationTold } from '../../operator/commands/integrations.ts'
import { type Context, examples, tellMistakes } from '../context.ts'
import { addLooking, lookingGiven } from '../looking.ts'
import { addOutput, type OutputFormat, TABLE_OR_JSON, tell } from '../output-format.ts'
import { type Cell, renderTable, type Tone } from '../table.ts'
import { addRepo, repoGiven } from './repo-option.ts'

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
  addRepo(command, 'compare with this repository')
  addLooking(command, 'where the operator lives (default: that of the context)')
  addOutput(command, ['table', 'json', 'yaml', 'name'], TABLE_OR_JSON)
  return command.action(() =>
    context.run(async () => {
      const looking = lookingGiven(command, context)
      const repo = await repoGiven(command, context, 'optional')
      const mistakes = [
        ...(looking.is === 'wrong' ? looking.mistakes : []),
        ...(repo.is === 'wrong' ? repo.mistakes : []),
      ]
      if (looking.is === 'wrong' || repo.is === 'wrong') return tellMistakes(context, mistakes)
      const { config, ...asked } = looking.looking
      const commands = await context.root.integrations(config, asked)
      const integrations = await commands.list(repo.repo, new AbortController().signal)
      tell(context.terminal, command.opts<{ output?: OutputFormat }>().output, {
        table: (colours) =>
          integrations.length === 0
            ? 'there are no integrations\n'
            : integrationsTable(integrations, colours),
        value: { integrations },
        names: integrations.map(({ name }) => `ecrintegration.everpull.dev/${name}`),
      })
      return 0
    }),
  )
}

const SYNC: Readonly<Record<IntegrationTold['sync'], { readonly text: string; readonly tone: Tone }>> = {
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

const integrationsTable = (integrations: readonly IntegrationTold[], colours: boolean): string =>
  renderTable(
    {
      head: ['NAME', 'MODE', 'REGION', 'RUNTIMES', 'SYNC', 'CREDENTIALS', 'LAST TEST', 'USED BY'],
      rows: integrations.map((one): readonly Cell[] => [
        one.name,
        one.mode,
        one.region,
        one.runtimes.length === 0 ? 'all' : one.runtimes.join(', '),
        SYNC[one.sync],
        { text: one.health.is, tone: HEALTH[one.health.is] },
        one.lastTestedAt ?? 'never',
        String(one.usedBy.count),
      ]),
    },
    colours,
  )
