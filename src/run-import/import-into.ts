// This file is about integrations of Codefresh on their way into a repository of ours: planned, judged, and published.
import {
  type CodefreshImport,
  type ImportedIntegration,
  importCodefresh,
} from '../config-repo/codefresh-import.ts'
import { objectsOfCluster, objectsOfRepository } from '../config-repo/codefresh-objects.ts'
import { importRuntimes } from '../config-repo/codefresh-runtimes.ts'
import { integrationsIn, judge } from '../config-repo/judge.ts'
import { folderOf } from '../config-repo/placement.ts'
import { filesAfter, plan } from '../config-repo/plan.ts'
import { readTree } from '../config-repo/read-tree.ts'
import type { TreeChange, TreeFile } from '../config-repo/tree.ts'
import type { Caller } from '../look-around.ts'
import type { ImportAsked, ImportTold, LayoutFile } from '../operator/commands/layouts.ts'
import { withCluster } from '../reach-cluster.ts'
import { orFail, type ReadRepository, readRepository } from '../run-integration/kept-repository.ts'
import { codefreshObjectsIn } from './cluster-objects.ts'

/** What was found where it was looked for. */
interface Found extends CodefreshImport {
  readonly runtimes: readonly { readonly change: TreeChange; readonly said: readonly string[] }[]
  readonly said: readonly string[]
  /** Absent: a cluster. */
  readonly files?: readonly TreeFile[]
}

export async function importInto(
  caller: Caller,
  asked: ImportAsked,
  signal: AbortSignal,
): Promise<ImportTold> {
  const into = asked.into === undefined ? undefined : await readRepository(caller, asked.into, signal)
  try {
    const found = await find(caller, asked, into, signal)
    return await told(found, into, isInPlace(asked))
  } catch (error) {
    await into?.git.close()
    throw error
  }
}

const isInPlace = ({ from, into }: ImportAsked): boolean =>
  from.is === 'repository' && from.asked.repo === into?.repo

async function find(
  caller: Caller,
  asked: ImportAsked,
  into: ReadRepository | undefined,
  signal: AbortSignal,
): Promise<Found> {
  const hints = {
    ...(asked.account === undefined ? {} : { account: asked.account }),
    ...(asked.region === undefined ? {} : { region: asked.region }),
    ...(asked.shareWith.length === 0 ? {} : { namespaces: asked.shareWith }),
  }
  if (asked.from.is === 'cluster') {
    const { namespace } = asked.from
    const { config, environment, version } = caller
    const { objects, said } = await withCluster(config.cluster, environment, version, ({ client }) =>
      codefreshObjectsIn(client, namespace, signal),
    )
    return { ...importCodefresh(objectsOfCluster(objects), hints), runtimes: [], said }
  }
  const files =
    into !== undefined && isInPlace(asked) ? into.seen.files : await filesIn(caller, asked.from.asked, signal)
  const runtimes = importRuntimes(files).map(({ path, text, said }) => ({
    change: { is: 'write', path, text } as const,
    said,
  }))
  return { ...importCodefresh(objectsOfRepository(files), hints), runtimes, said: [], files }
}

async function filesIn(
  caller: Caller,
  asked: Parameters<typeof readRepository>[1],
  signal: AbortSignal,
): Promise<readonly TreeFile[]> {
  const { git, seen } = await readRepository(caller, asked, signal)
  await git.close()
  return seen.files
}

async function told(found: Found, into: ReadRepository | undefined, inPlace: boolean): Promise<ImportTold> {
  const before = into?.seen.files ?? []
  const here = new Set(
    readTree(before)
      .integrations.filter(hasOurs)
      .map(({ name }) => name),
  )
  const fresh = found.integrations.filter(({ name }) => !here.has(name))
  const made = changesFor(fresh, found, before, inPlace)
  const changes = made.changes
  const refused = judge(readTree(filesAfter(before, changes)))
    .filter(({ is, name }) => is === 'refused' && fresh.some((one) => one.name === name))
    .map(({ because }) => because)
  return {
    files: changes.flatMap((change): readonly LayoutFile[] => (change.is === 'write' ? [change] : [])),
    integrations: fresh.map(({ name, from, said, open }) => ({ name, from, said, open })),
    said: [
      ...found.said,
      ...found.skipped,
      ...[...here]
        .filter((name) => found.integrations.some((one) => one.name === name))
        .map((name) => `integration ${name} is in the repository already, and is left as it is`),
      ...made.runtimes.flatMap(({ said }) => said),
    ],
    failed: [...found.failed, ...made.failed, ...new Set(refused)],
    ...(into === undefined ? {} : await publishing(into, changes)),
    close: async () => into?.git.close(),
  }
}

const hasOurs = (folder: Parameters<typeof integrationsIn>[0]): boolean => integrationsIn(folder).length > 0

/** One after the other, as what one writes the next has to find. */
function changesFor(
  integrations: readonly ImportedIntegration[],
  found: Found,
  before: readonly TreeFile[],
  inPlace: boolean,
) {
  const runtimes = found.runtimes.filter(({ change }) => !before.some(({ path }) => path === change.path))
  const failed: string[] = []
  let changes: readonly TreeChange[] = runtimes.map(({ change }) => change)
  for (const one of integrations) {
    const { name, placements, integration, secret } = one
    const stays = inPlace && placements.every((placement) => folderOf(placement, name) === one.folder)
    const planned = plan(filesAfter(before, changes), {
      is: 'save',
      name,
      placements,
      integration: () => integration,
      // Where Codefresh keeps it already, its sealed secret is applied from there.
      ...(stays ? {} : { secret }),
    })
    if (planned.is === 'refused') failed.push(planned.because)
    else changes = [...changes, ...planned.changes]
  }
  return { changes, runtimes, failed }
}

async function publishing({ git, seen }: ReadRepository, changes: readonly TreeChange[]) {
  const diff = changes.length === 0 ? '' : await git.diff(seen, changes)
  return {
    diff,
    commit: async (message: string, signal: AbortSignal) =>
      orFail(await git.publish(seen, changes, message, signal)),
  }
}
