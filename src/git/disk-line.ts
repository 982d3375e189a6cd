// This file is about a branch of a clone on disk: pushed first where it follows a remote, and then moved on here.
import type { BranchLine, Head, Move } from './branch-line.ts'
import { type Clone, localHead } from './clone.ts'
import type { Git, GitAsk } from './command.ts'
import { failWith } from './fault.ts'
import { fetchNewest, push, type Remote } from './remote-line.ts'
import { moveWorkingCopy, tryWorkingCopy } from './working-copy.ts'

/** `scratch`: a private folder. */
export function diskLine(git: Git, clone: Clone, scratch: string): BranchLine {
  const { upstream, branch } = clone
  const remote: Remote | undefined = upstream && {
    name: upstream.remote,
    branch: upstream.branch,
    // Somebody's clone is not ours to tidy up.
    fetchOptions: ['--no-auto-maintenance'],
    keptAs: '',
  }
  return {
    ...(upstream !== undefined && { remote: withoutUser(upstream.url) }),
    newest: (asked) =>
      remote === undefined ? localNewest(git, branch, asked) : fetchNewest(git, remote, asked),
    mayMove: (head, to, asked) => mayFollow(git, clone, head, to, scratch, asked),
    move: (head, to, asked) =>
      upstream === undefined
        ? follow(git, clone, to, asked)
        : pushed(git, clone, upstream.remote, head, to, asked),
  }
}

const withoutUser = (url: string): string => url.replace(/:\/\/[^/@]*@/, '://')

async function localNewest(git: Git, branch: string, asked: GitAsk): Promise<Head> {
  const commit = await localHead(git, branch, asked)
  if (commit === undefined) {
    failWith(
      'no-branch',
      `${git.where} has no branch ${branch}, or no commit on it: make a first commit there`,
    )
  }
  return { branch, commit }
}

async function mayFollow(
  git: Git,
  clone: Clone,
  head: Head,
  to: string,
  scratch: string,
  asked: GitAsk,
): Promise<void> {
  const from = await localHead(git, clone.branch, asked)
  if (from === undefined) return
  const isBehind = (await git.run(['merge-base', '--is-ancestor', from, head.commit], asked)).code === 0
  if (!isBehind) {
    failWith(
      'not-clean',
      `branch ${clone.branch} of ${git.where} has commits that its remote lacks: push them, or take them off, and try again`,
    )
  }
  await refuseOtherWorkingCopies(git, clone, asked)
  if (clone.isCheckedOut) await tryWorkingCopy(git, { from, to }, scratch, asked)
}

async function refuseOtherWorkingCopies(git: Git, clone: Clone, asked: GitAsk): Promise<void> {
  const listing = (await git.maybe(['worktree', 'list', '--porcelain'], asked)) ?? ''
  const other = listing
    .split('\n\n')
    .find((text) => text.split('\n').includes(`branch refs/heads/${clone.branch}`))
    ?.match(/^worktree (.*)$/m)?.[1]
  if (other === undefined || clone.isCheckedOut) return
  failWith('not-clean', `branch ${clone.branch} of ${git.where} is checked out in ${other}: give that folder`)
}

async function pushed(
  git: Git,
  clone: Clone,
  remote: string,
  head: Head,
  to: string,
  asked: GitAsk,
): Promise<Move> {
  const outcome = await push(git, remote, head, to, asked)
  if (outcome.is === 'lost' || (await localHead(git, clone.branch, asked)) === undefined)
    return { is: outcome.is }
  const followed = await follow(git, clone, to, asked)
  if (followed.is === 'moved') return followed
  return {
    is: 'moved',
    behind: `the clone did not follow: \`git pull --ff-only\` in ${git.where} brings it along`,
  }
}

/** The working copy first: a branch that points past it would make it look as if everything had been taken back. */
async function follow(git: Git, clone: Clone, to: string, asked: GitAsk): Promise<Move> {
  const from = await localHead(git, clone.branch, asked)
  if (from === undefined) return { is: 'lost' }
  if (clone.isCheckedOut && !(await moveWorkingCopy(git, { from, to }, asked))) return { is: 'lost' }
  const ref = `refs/heads/${clone.branch}`
  const { code } = await git.run(['update-ref', '-m', 'everpull: fast-forward', ref, to, from], asked)
  if (code === 0) return { is: 'moved' }
  if (clone.isCheckedOut) await moveWorkingCopy(git, { from: to, to: from }, asked)
  return { is: 'lost' }
}
