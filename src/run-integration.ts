// This file is about named integrations for whoever sits at this machine: kept in a repository, looked up in a cluster.
import { readSharedFiles, sharedRegion } from './aws/shared-files.ts'
import type { IntegrationsAsked } from './cli/context.ts'
import type { Caller } from './look-around.ts'
import { CommandFailure } from './operator/commands.ts'
import type { IntegrationCommands, RepoAsked } from './operator/commands/kept-integrations.ts'
import { type ClusterView, usersIn, viewCluster } from './run-integration/cluster-view.ts'
import { openIntegrationsIn, readRepository } from './run-integration/kept-repository.ts'
import { secretsThrough } from './run-integration/secret-objects.ts'
import { type Compared, namesOf, shownOf, toldOf } from './run-integration/told.ts'
import { testConnection } from './run-integration-test.ts'

export async function openIntegrations(
  caller: Caller,
  { namespace }: IntegrationsAsked,
): Promise<IntegrationCommands> {
  const view = (signal: AbortSignal): Promise<ClusterView> => viewCluster(caller, namespace, signal)
  /** Where the cluster cannot be asked, a repository still tells what is meant to be. */
  const look = (repo: RepoAsked | undefined, signal: AbortSignal) =>
    Promise.all([
      repo === undefined ? view(signal) : view(signal).catch(unseen),
      comparedTo(caller, repo, signal),
    ])
  return {
    presets: () => presetsOf(caller),
    async open(asked, signal) {
      return openIntegrationsIn(
        await readRepository(caller, asked, signal),
        secretsThrough(caller, namespace),
      )
    },
    async list(repo, signal) {
      const [seen, compared] = await look(repo, signal)
      const unseenCluster = seen.unknown === undefined ? [] : [`the cluster cannot be asked: ${seen.unknown}`]
      const broken = compared?.tree.flaws.map(({ path, because }) => `${path} ${because}`) ?? []
      const flaws = [...unseenCluster, ...broken]
      return { integrations: namesOf(seen, compared).map((name) => toldOf(seen, compared, name)), flaws }
    },
    async show(name, repo, signal) {
      const [seen, compared] = await look(repo, signal)
      const names = namesOf(seen, compared)
      if (names.includes(name)) return shownOf(seen, compared, name)
      const others = names.length === 0 ? 'there are none' : `there are ${names.join(', ')}`
      throw new CommandFailure(`there is no integration ${name}: ${others}`)
    },
    async usersOf(name, signal) {
      try {
        const { integrations } = await view(signal)
        return usersIn(integrations.find(({ metadata }) => metadata.name === name))
      } catch (error) {
        if (error instanceof CommandFailure) return { unknown: error.message }
        throw error
      }
    },
    test: (settings, from, options, signal) =>
      testConnection(
        caller,
        settings,
        from,
        { ...options, ...(namespace === undefined ? {} : { operatorNamespace: namespace }) },
        signal,
      ),
  }
}

function unseen(error: unknown): ClusterView {
  if (!(error instanceof CommandFailure)) throw error
  return { integrations: [], record: undefined, unknown: error.message }
}

/** A repository is let go of as soon as it is read. */
async function comparedTo(
  caller: Caller,
  repo: RepoAsked | undefined,
  signal: AbortSignal,
): Promise<Compared | undefined> {
  if (repo === undefined) return undefined
  const { git, seen, tree } = await readRepository(caller, repo, signal)
  await git.close()
  return { tree, commit: seen.commit }
}

async function presetsOf({ environment }: Caller): Promise<{ readonly region?: string }> {
  const region =
    environment['AWS_REGION'] ??
    environment['AWS_DEFAULT_REGION'] ??
    sharedRegion(environment, await readSharedFiles(environment))
  return region === undefined ? {} : { region }
}
