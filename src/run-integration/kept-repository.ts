// This file is about a repository of integrations, opened: what it has, and changes that are planned before they are published.
import { judge } from '../config-repo/judge.ts'
import { plan, type Planned, type TreeEdit } from '../config-repo/plan.ts'
import { readTree } from '../config-repo/read-tree.ts'
import type {
  ConfigTree,
  Flaw,
  IntegrationFolder,
  Placement,
  TreeChange,
  TreeFile,
  WrittenObject,
} from '../config-repo/tree.ts'
import { parseLocation } from '../git/location.ts'
import { openGit } from '../git/open-git.ts'
import type { GitCredentials, GitFault, GitRepository, Snapshot } from '../git/repository.ts'
import type { Caller } from '../look-around.ts'
import { parseHost } from '../model/registry.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { IntegrationSettings } from '../operator/commands/integrations.ts'
import type {
  ChangeAsked,
  ChangePlanned,
  IntegrationKept,
  OpenIntegrations,
  RepoAsked,
} from '../operator/commands/kept-integrations.ts'
import { formOf, integrationObject, isIntegration } from './form-object.ts'
import { NOT_SYNCED } from './not-synced.ts'

/** What brings the secret of an integration about: objects for the repository, and what to know of them. */
export interface SecretObjects {
  readonly objects: readonly WrittenObject[]
  readonly notes: readonly string[]
  /** As `OpenIntegrations.prove`; absent: there is nothing to prove. */
  readonly prove?: (signal: AbortSignal) => Promise<readonly string[]>
}

/** Undefined: it stays as it is. */
export type SecretsFor = (
  settings: IntegrationSettings,
  signal: AbortSignal,
) => Promise<SecretObjects | undefined>

/** A repository as read. */
export interface ReadRepository {
  readonly git: GitRepository
  readonly seen: Snapshot
  readonly tree: ConfigTree
  readonly where: string
}

export async function readRepository(
  { environment }: Pick<Caller, 'environment'>,
  { repo, login, certificateAuthority }: RepoAsked,
  signal: AbortSignal,
): Promise<ReadRepository> {
  const location = parseLocation(repo)
  if (location.is === 'wrong') throw new CommandFailure(`--repo: ${location.because}`, true)
  const credentials: GitCredentials = login === undefined ? { is: 'ambient' } : { is: 'basic', ...login }
  const trusting = certificateAuthority === undefined ? {} : { certificateAuthority }
  const git = await openGit({ location, credentials, environment, ...trusting })
  if ('is' in git) throw new CommandFailure(git.message)
  try {
    const seen = orFail(await git.read(signal))
    return { git, seen, tree: readTree(seen.files), where: repo }
  } catch (error) {
    await git.close()
    throw error
  }
}

export function orFail<T>(result: T | GitFault): T {
  if (isFault(result)) throw new CommandFailure(result.message)
  return result
}

const isFault = (result: unknown): result is GitFault =>
  typeof result === 'object' && result !== null && 'is' in result && result.is === 'git-fault'

export function openIntegrationsIn(read: ReadRepository, secretsFor: SecretsFor): OpenIntegrations {
  const { git, seen, tree } = read
  const folders = tree.integrations.filter((one) => hasIntegration(one) || flawIn(tree, one) !== undefined)
  const names = [...new Set(folders.map(({ name }) => name))].toSorted()
  let ready: readonly TreeChange[] = []
  let prove: SecretObjects['prove']
  return {
    where: read.where,
    runtimes: tree.runtimes.map(({ name, hosted, version }) => ({
      name,
      hosted,
      ...(version === undefined ? {} : { version }),
    })),
    names,
    find: (name) => keptOf(tree, name),
    judge: (change) => flawsOf(seen.files, change, planned(seen.files, editOf(change, undefined))),
    async plan(change, signal): Promise<ChangePlanned> {
      const secret = change.is === 'delete' ? undefined : await secretsFor(change.settings, signal)
      prove = secret?.prove
      ready = planned(seen.files, editOf(change, secret?.objects))
      const diff = ready.length === 0 ? '' : await git.diff(seen, ready)
      return {
        diff,
        notes: [
          ...(secret?.notes ?? []),
          ...regionNotes(change),
          ...aliasNotes(change),
          ...warningsOf(seen.files, change, ready),
        ],
      }
    },
    prove: async (signal) => (await prove?.(signal)) ?? [],
    async commit(message, signal) {
      const done = orFail(await git.publish(seen, ready, message, signal))
      const { is: _, ...committed } = done
      return committed
    },
    close: () => git.close(),
  }
}

const hasIntegration = ({ objects }: IntegrationFolder): boolean =>
  objects.some(({ object }) => isIntegration(object))

export const integrationIn = ({ objects }: IntegrationFolder): WrittenObject | undefined =>
  objects.find(({ object }) => isIntegration(object))?.object

/** Nobody knows what was meant by it. */
const flawIn = ({ flaws }: ConfigTree, { folder }: IntegrationFolder): Flaw | undefined =>
  flaws.find(({ is, path }) => is === 'unparsable' && path.startsWith(`${folder}/`))

/** An integration may lie in the folders of several runtimes; the first of them is read. */
export function keptOf(tree: ConfigTree, name: string): IntegrationKept | undefined {
  const folders = tree.integrations.filter((one) => one.name === name)
  const [flaw] = folders.flatMap((one) => flawIn(tree, one) ?? [])
  if (flaw !== undefined)
    throw new CommandFailure(`${flaw.path} ${flaw.because}: put it right, and try again`)
  const [first] = folders.filter(hasIntegration)
  const object = first === undefined ? undefined : integrationIn(first)
  if (object === undefined) return undefined
  const files = folders.flatMap(({ objects }) => objects.map(({ path }) => path))
  return { settings: formOf(object, runtimesOf(folders)), files: [...new Set(files)].toSorted() }
}

export function runtimesOf(folders: readonly IntegrationFolder[]): IntegrationSettings['runtimes'] {
  const names = folders.flatMap(({ placement }) => (placement.is === 'runtime' ? [placement.runtime] : []))
  if (names.length === folders.length) return { is: 'selected', names }
  const isThere = folders.some(({ placement }) => placement.is === 'control-planes')
  return isThere ? { is: 'all', controlPlanes: true } : { is: 'all' }
}

function editOf(change: ChangeAsked, secret: readonly WrittenObject[] | undefined): TreeEdit {
  if (change.is === 'delete') return change
  const { settings } = change
  return {
    is: 'save',
    name: settings.name,
    placements: placementsOf(settings),
    integration: (before) => integrationObject(settings, before),
    ...(secret === undefined ? {} : { secret }),
  }
}

function placementsOf({ runtimes }: IntegrationSettings): readonly Placement[] {
  if (runtimes.is === 'selected') return runtimes.names.map((runtime) => ({ is: 'runtime', runtime }))
  return [{ is: runtimes.controlPlanes === true ? 'control-planes' : 'all' }]
}

function planned(files: readonly TreeFile[], edit: TreeEdit): readonly TreeChange[] {
  const made: Planned = plan(files, edit)
  if (made.is === 'refused') throw new CommandFailure(`${made.because}: put it right, and try again`)
  return made.changes
}

/** A login opens the registries of its own region, wherever one is near. */
function regionNotes(change: ChangeAsked): readonly string[] {
  if (change.is === 'delete') return []
  const { region, registries } = change.settings
  const regions = registries.flatMap((host) => {
    const read = parseHost(host)
    return read.is === 'private' ? [read.region] : []
  })
  if (regions.length === 0 || regions.includes(region)) return []
  return [`its region is ${region}, and its registries are in ${[...new Set(regions)].join(', ')}`]
}

/** A test of the connection sends a login there: whoever writes to the repository may not say where. */
function aliasNotes(change: ChangeAsked): readonly string[] {
  if (change.is === 'delete') return []
  const aliases = change.settings.registries.filter((host) => parseHost(host).is === 'not-ecr')
  return aliases.map((host) => `${host} is no host of Amazon ECR: ${NOT_SYNCED}`)
}

const flawsOf = (
  files: readonly TreeFile[],
  change: ChangeAsked,
  changes: readonly TreeChange[],
): readonly string[] => judgedAs('refused', files, change, changes)

const warningsOf = (
  files: readonly TreeFile[],
  change: ChangeAsked,
  changes: readonly TreeChange[],
): readonly string[] => judgedAs('warning', files, change, changes)

/** The repository as it would be, by its own rules; what is wrong with other integrations is theirs. */
function judgedAs(
  is: 'refused' | 'warning',
  files: readonly TreeFile[],
  change: ChangeAsked,
  changes: readonly TreeChange[],
): readonly string[] {
  if (change.is === 'delete') return []
  const tree = readTree(after(files, changes))
  const judged = judge(tree).filter((one) => one.name === change.settings.name && one.is === is)
  const unknown = is === 'refused' ? unreadRuntimes(tree, change.settings) : []
  return [...new Set([...judged.map(({ because }) => because), ...unknown])]
}

/** A declaration that cannot be read may be the one that forbids it. */
function unreadRuntimes({ flaws }: ConfigTree, { access, runtimes }: IntegrationSettings): readonly string[] {
  if (access.is === 'ambient') return []
  return flaws.flatMap(({ path, because }) => {
    const name = /^runtimes\/([^/]+)\/everpull\.yaml$/.exec(path)?.[1]
    if (name === undefined || (runtimes.is === 'selected' && !runtimes.names.includes(name))) return []
    return [`${path} ${because}: put it right, as it says whether runtime ${name} takes this integration`]
  })
}

function after(files: readonly TreeFile[], changes: readonly TreeChange[]): readonly TreeFile[] {
  const changed = new Set(changes.map(({ path }) => path))
  const written = changes.flatMap((one): readonly TreeFile[] =>
    one.is === 'write'
      ? [{ path: one.path, mode: 'file', size: Buffer.byteLength(one.text), text: one.text }]
      : [],
  )
  return [...files.filter(({ path }) => !changed.has(path)), ...written]
}
