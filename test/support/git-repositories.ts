// This file is about opening repositories in tests: as a user of the Git server, or as the owner of a clone.
import assert from 'node:assert/strict'
import { SecretText } from '../../src/base/secret-text.ts'
import { parseLocation } from '../../src/git/location.ts'
import { type GitLimits, openGit } from '../../src/git/open-git.ts'
import type {
  FileChange,
  GitAccess,
  GitCredentials,
  GitFault,
  GitRepository,
  Publication,
  Snapshot,
} from '../../src/git/repository.ts'
import { GIT_WRITER, type GitServer } from './git-server.ts'

export const basicOf = ({ username, password }: { username: string; password: string }): GitCredentials => ({
  is: 'basic',
  username,
  password: new SecretText(password),
})

export function locationOf(text: string): GitAccess['location'] {
  const location = parseLocation(text)
  if (location.is === 'wrong') throw new Error(location.because)
  return location
}

/** The environment of somebody whose git knows nothing: neither name nor credentials. */
export const bareEnvironment = { PATH: process.env.PATH, HOME: '/nonexistent' }

export interface Opening {
  readonly credentials?: GitCredentials
  readonly environment?: GitAccess['environment']
  /** What follows the URL: "/folder?ref=branch". */
  readonly rest?: string
  readonly limits?: GitLimits
}

/** Over HTTPS, as the writer where nobody else is given. */
export async function openRemote(server: GitServer, opening: Opening = {}): Promise<GitRepository> {
  const { credentials = basicOf(GIT_WRITER), environment = bareEnvironment, rest = '', limits } = opening
  const opened = await openGit(
    {
      location: locationOf(server.url + rest),
      credentials,
      certificateAuthority: server.certificateAuthority,
      environment,
    },
    limits,
  )
  return expectOpen(opened)
}

/** A folder on this disk, with whatever its own configuration says. */
export async function openFolder(
  text: string,
  environment: GitAccess['environment'] = bareEnvironment,
): Promise<GitRepository> {
  return expectOpen(
    await openGit({ location: locationOf(text), credentials: { is: 'ambient' }, environment }),
  )
}

export function expectOpen(opened: GitRepository | GitFault): GitRepository {
  if ('is' in opened) throw new Error(opened.message)
  return opened
}

export const neverStopped = (): AbortSignal => new AbortController().signal

export async function snapshotOf(repository: GitRepository): Promise<Snapshot> {
  const read = await repository.read(neverStopped())
  if (read.is !== 'snapshot') throw new Error(read.message)
  return read
}

export const textsOf = ({ files }: Snapshot): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(files.map(({ path, text }) => [path, text]))

export const writing = (path: string, text: string): FileChange => ({ is: 'write', path, text })
export const deleting = (path: string): FileChange => ({ is: 'delete', path })

export function expectPublished(outcome: Publication | GitFault): Publication {
  if (outcome.is !== 'published') throw new Error(outcome.message)
  return outcome
}

export function expectFault(
  outcome: { readonly is: string } | GitRepository,
  kind: GitFault['kind'],
): GitFault {
  if (!('is' in outcome) || outcome.is !== 'git-fault') assert.fail(`expected ${kind}, and it went well`)
  const fault = outcome as GitFault
  assert.equal(fault.kind, kind, fault.message)
  return fault
}
