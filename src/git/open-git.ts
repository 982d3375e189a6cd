// This file is about opening a repository: a remote, kept in a private folder, or a clone on this disk.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { minutes } from '../base/duration.ts'
import type { BranchLine } from './branch-line.ts'
import { findClone } from './clone.ts'
import { type Git, gitIn } from './command.ts'
import { diskLine } from './disk-line.ts'
import { type Environment, gitEnvironment } from './environment.ts'
import { failWith, faultAsValue } from './fault.ts'
import { diffOf, publishOn } from './publication.ts'
import { type ReadLimits, readCommit } from './objects.ts'
import { remoteLine } from './remote-line.ts'
import type { GitAccess, GitFault, GitRepository } from './repository.ts'

export interface GitLimits {
  /** For one run of git, in milliseconds; absent: a minute. */
  readonly timeLimitMs?: number
  /** Bytes of a file; the text of larger ones is not read. Absent: 1 MiB. */
  readonly largestFile?: number
  /** Bytes of all files together whose text is read; absent: 64 MiB. */
  readonly largestTree?: number
  /** Bytes that are fetched from a remote; absent: all there are. */
  readonly largestFetch?: number
  /** Whether the text of a file is read, by its path from the location's on; absent: of all. */
  readonly wants?: (path: string) => boolean
}

/**
 * Makes ready to read and publish; asks no remote yet. Private files lie in a folder of their own (mode 0700) in the
 * system's folder for temporary files until `close()`. Where a signal aborts, calls reject with its reason.
 */
export async function openGit(access: GitAccess, limits: GitLimits = {}): Promise<GitRepository | GitFault> {
  const scratch = await mkdtemp(join(tmpdir(), 'everpull-git-'))
  const opened = await faultAsValue(() => openIn(access, scratch, limits)).catch(async (error: unknown) => {
    await remove(scratch)
    throw error
  })
  if (isFault(opened)) await remove(scratch)
  return opened
}

const isFault = (opened: GitRepository | GitFault): opened is GitFault => 'is' in opened
const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

const openIn = (access: GitAccess, scratch: string, limits: GitLimits): Promise<GitRepository> =>
  access.location.is === 'remote' ? openRemote(access, scratch, limits) : openDisk(access, scratch, limits)

const MINUTE_MS = minutes(1)
const unstopped = (): { signal: AbortSignal } => ({ signal: new AbortController().signal })

async function openRemote(access: GitAccess, scratch: string, limits: GitLimits): Promise<GitRepository> {
  const { url, path, branch } = access.location
  const folder = join(scratch, 'repository.git')
  await mkdir(folder)
  const { environment, secrets } = await gitEnvironment(access, url, scratch)
  const git = gitIn({
    folder,
    environment: { ...environment, GIT_DIR: folder },
    secrets,
    where: url,
    timeLimitMs: limits.timeLimitMs ?? MINUTE_MS,
  })
  await git.must(['init', '--quiet', '--bare', '--template=', '--initial-branch=main'], unstopped())
  // What is fetched stays in packs, and a large file goes there without being held in memory.
  await git.must(['config', 'fetch.unpackLimit', '1'], unstopped())
  await git.must(['config', 'core.bigFileThreshold', '2m'], unstopped())
  const line = remoteLine(git, url, branch, limits.largestFetch)
  return repositoryOf({ git, line, path, scratch, access, limits })
}

async function openDisk(access: GitAccess, scratch: string, limits: GitLimits): Promise<GitRepository> {
  const { url: folder, path, branch } = access.location
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder)
    failWith('no-repository', `there is no folder ${folder}: give a clone, or the URL of the repository`)
  const inFolder = (at: string, environment: Environment, secrets: readonly string[]): Git =>
    gitIn({ folder: at, environment, secrets, where: folder, timeLimitMs: limits.timeLimitMs ?? MINUTE_MS })
  const bare = await gitEnvironment({ ...access, credentials: withoutBasic(access) }, undefined, scratch)
  const clone = await findClone(inFolder(folder, bare.environment, []), branch, unstopped())
  const { environment, secrets } = await gitEnvironment(access, clone.upstream?.url, scratch)
  const git = inFolder(clone.workingCopy ?? folder, environment, secrets)
  const below = [clone.prefix, path].filter((part) => part !== '').join('/')
  return repositoryOf({ git, line: diskLine(git, clone, scratch), path: below, scratch, access, limits })
}

/** To look at the clone itself nobody has to be known. */
const withoutBasic = ({ credentials }: GitAccess): GitAccess['credentials'] =>
  credentials.is === 'ambient' ? credentials : { is: 'none' }

interface Opened {
  readonly git: Git
  readonly line: BranchLine
  readonly path: string
  readonly scratch: string
  readonly access: GitAccess
  readonly limits: GitLimits
}

function repositoryOf({ git, line, path, scratch, access, limits }: Opened): GitRepository {
  const reading: ReadLimits = {
    largestFile: limits.largestFile ?? 1 << 20,
    largestTree: limits.largestTree ?? 64 << 20,
    wants: limits.wants ?? (() => true),
  }
  const publishing = { git, line, path, scratch, environment: access.environment }
  return {
    head: (signal) => faultAsValue(async () => ({ is: 'head', ...(await line.newest({ signal })) })),
    read: (signal) =>
      faultAsValue(async () => {
        const { commit, branch } = await line.newest({ signal })
        return readCommit(git, { commit, branch, folder: path }, reading, { signal })
      }),
    publish: (seen, changes, message, signal) =>
      faultAsValue(() => publishOn(publishing, { seen, changes, message }, { signal })),
    diff: (seen, changes) => diffOf(publishing, seen, changes, unstopped()),
    close: () => remove(scratch),
  }
}
