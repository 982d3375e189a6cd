// This file is about what the commands of integrations begin with: flags read together, and the repository opened while they work.
import type { Command } from 'commander'
import type {
  IntegrationCommands,
  OpenIntegrations,
  RepoAsked,
} from '../../operator/commands/kept-integrations.ts'
import type { Context, ExitCode } from '../context.ts'
import { untilInterrupted } from '../interrupt.ts'
import { addOperatorHome, lookingGiven } from '../looking.ts'
import { addRepo, repoGiven } from './repo-option.ts'

export function addPlace(command: Command): Command {
  addRepo(command, 'where integrations are kept')
  return addOperatorHome(
    command,
    'where the operator lives, and its Secrets (default: where its lease is, else that of the context)',
  )
}

export type Place =
  | { readonly is: 'place'; readonly repo: RepoAsked; readonly commands: () => Promise<IntegrationCommands> }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

/** A repository that nobody named is asked for where somebody can be asked. */
export async function placeGiven(command: Command, context: Context): Promise<Place> {
  const looking = lookingGiven(command, context)
  const repo = await repoGiven(command, context, 'needed')
  if (looking.is === 'looking' && repo.is === 'repo') {
    const { config, ...asked } = looking.looking
    return { is: 'place', repo: repo.repo, commands: () => context.root.integrations(config, asked) }
  }
  return { is: 'wrong', mistakes: both(looking, repo) }
}

export type Comparison =
  | {
      readonly is: 'comparison'
      readonly repo: RepoAsked | undefined
      readonly commands: () => Promise<IntegrationCommands>
    }
  | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

export function addComparison(command: Command): Command {
  addRepo(command, 'compare with this repository')
  return addOperatorHome(
    command,
    'where the operator lives (default: where its lease is, else that of the context)',
  )
}

/** A cluster, and the repository beside it where one is named. */
export async function comparisonGiven(command: Command, context: Context): Promise<Comparison> {
  const looking = lookingGiven(command, context)
  const repo = await repoGiven(command, context, 'optional')
  if (looking.is === 'wrong' || repo.is === 'wrong') return { is: 'wrong', mistakes: both(looking, repo) }
  const { config, ...asked } = looking.looking
  return { is: 'comparison', repo: repo.repo, commands: () => context.root.integrations(config, asked) }
}

type Read = { readonly is: string } | { readonly is: 'wrong'; readonly mistakes: readonly string[] }

const both = (...read: readonly Read[]): readonly string[] =>
  read.flatMap((one) => ('mistakes' in one ? one.mistakes : []))

export interface AtWork {
  readonly commands: IntegrationCommands
  readonly repository: OpenIntegrations
  readonly signal: AbortSignal
}

export function withRepository(
  place: Extract<Place, { is: 'place' }>,
  work: (at: AtWork) => Promise<ExitCode>,
): Promise<ExitCode> {
  return untilInterrupted(async (signal) => {
    const commands = await place.commands()
    const repository = await commands.open(place.repo, signal)
    try {
      return await work({ commands, repository, signal })
    } finally {
      await repository.close()
    }
  })
}
