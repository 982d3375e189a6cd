// This file is about a clone on this disk as it is found: its folder, its branch, and the remote that branch follows.
import type { Git, GitAsk } from './command.ts'
import { failWith } from './fault.ts'

export interface Clone {
  /** Absent: it is bare. */
  readonly workingCopy?: string
  /** From the root of the repository to the folder that was given; empty: the root. */
  readonly prefix: string
  readonly branch: string
  /** Its branch is the one in the working copy. */
  readonly isCheckedOut: boolean
  /** Absent: the branch follows none. */
  readonly upstream?: { readonly remote: string; readonly branch: string; readonly url: string }
}

/** `git` runs in the folder that was given. */
export async function findClone(git: Git, wanted: string | undefined, asked: GitAsk): Promise<Clone> {
  const found = await git.run(['rev-parse', '--is-bare-repository'], asked)
  if (found.code !== 0 && /dubious ownership/.test(found.stderr)) {
    failWith(
      'refused',
      `${git.where} belongs to another user: \`git config --global --add safe.directory\` trusts it`,
    )
  }
  if (found.code !== 0) {
    failWith(
      'no-repository',
      `${git.where} is no clone of a Git repository: give a clone, or the URL of the repository`,
    )
  }
  const isBare = found.stdout.toString('utf8').trim() === 'true'
  const workingCopy = isBare ? undefined : await git.maybe(['rev-parse', '--show-toplevel'], asked)
  const standsOn = (await git.maybe(['symbolic-ref', '-q', 'HEAD'], asked))?.replace(/^refs\/heads\//, '')
  const branch = wanted ?? standsOn
  if (branch === undefined) {
    failWith('no-branch', `${git.where} stands on no branch: check one out, or name one with ?ref=`)
  }
  const upstream = await upstreamOf(git, branch, asked)
  return {
    ...(workingCopy !== undefined && { workingCopy }),
    prefix: ((await git.maybe(['rev-parse', '--show-prefix'], asked)) ?? '').replace(/\/$/, ''),
    branch,
    isCheckedOut: workingCopy !== undefined && standsOn === branch,
    ...(upstream !== undefined && { upstream }),
  }
}

async function upstreamOf(git: Git, branch: string, asked: GitAsk): Promise<Clone['upstream']> {
  const [remote, merge] = [
    await git.maybe(['config', `branch.${branch}.remote`], asked),
    await git.maybe(['config', `branch.${branch}.merge`], asked),
  ]
  if (remote !== undefined && remote !== '.' && merge !== undefined) {
    return withUrl(git, remote, merge.replace(/^refs\/heads\//, ''), asked)
  }
  if (await hasBranch(git, branch, asked)) return undefined
  // Only the remote has it, so that is where it is meant to be changed.
  const remotes = (await git.maybe(['remote'], asked))?.split('\n').filter((name) => name !== '') ?? []
  const only = remotes.includes('origin') ? 'origin' : remotes[0]
  return only === undefined ? undefined : withUrl(git, only, branch, asked)
}

async function withUrl(git: Git, remote: string, branch: string, asked: GitAsk): Promise<Clone['upstream']> {
  if (remote.startsWith('-'))
    failWith('failed', `the remote of ${git.where} has a name that is an option of git`)
  return { remote, branch, url: (await git.maybe(['remote', 'get-url', '--push', remote], asked)) ?? remote }
}

export const hasBranch = async (git: Git, branch: string, asked: GitAsk): Promise<boolean> =>
  (await localHead(git, branch, asked)) !== undefined

/** The commit of a branch of the clone itself. */
export const localHead = (git: Git, branch: string, asked: GitAsk): Promise<string | undefined> =>
  git.maybe(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`], asked)
