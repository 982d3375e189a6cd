// This file is about a branch at a remote: looking where it stands, fetching it, and pushing on it.
import type { BranchLine, Head } from './branch-line.ts'
import type { Git, GitAsk } from './command.ts'
import { failWith, GitFailure, gitFault, heardFault } from './fault.ts'
import { withinRoom } from './room.ts'

export interface Remote {
  /** A URL, or the name of a remote of the clone. */
  readonly name: string
  /** Absent: the one its HEAD names. */
  readonly branch?: string
  /** What fetch is told besides: how much of the history, and whether it may tidy up. */
  readonly fetchOptions: readonly string[]
  /** What follows the branch in fetch's refspec; empty: only what the remote's own settings say. */
  readonly keptAs: string
}

/** `most`: bytes that may be fetched. */
export function remoteLine(
  git: Git,
  url: string,
  branch: string | undefined,
  most = Number.POSITIVE_INFINITY,
): BranchLine {
  const remote: Remote = {
    name: url,
    ...(branch !== undefined && { branch }),
    // The newest commit alone, under a ref that keeps it.
    fetchOptions: ['--depth=1'],
    keptAs: ':refs/everpull/head',
  }
  return {
    remote: git.where,
    newest: (asked) => withinRoom(git, most, asked, (within) => fetchNewest(git, remote, within)),
    mayMove: () => Promise.resolve(),
    move: (head, to, asked) => push(git, url, head, to, asked),
  }
}

/** Fetches only what is not there yet. */
export async function fetchNewest(git: Git, remote: Remote, asked: GitAsk): Promise<Head> {
  const head = await lookUp(git, remote, asked)
  if (await isThere(git, head.commit, asked)) return head
  const options = [
    '--quiet',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    ...remote.fetchOptions,
  ]
  const refspec = `+refs/heads/${head.branch}${remote.keptAs}`
  await git.must(['fetch', ...options, '--', remote.name, refspec], asked)
  if (await isThere(git, head.commit, asked)) return head
  // It moved between looking and fetching, and not forward.
  const again = await lookUp(git, remote, asked)
  if (await isThere(git, again.commit, asked)) return again
  failWith('unreachable', `branch ${head.branch} of ${git.where} changes faster than it can be fetched`)
}

const isThere = async (git: Git, commit: string, asked: GitAsk): Promise<boolean> =>
  (await git.run(['cat-file', '-e', `${commit}^{commit}`], asked)).code === 0

/** `ref: refs/heads/main<tab>HEAD` and `ID<tab>REF`. */
async function lookUp(git: Git, { name, branch }: Remote, asked: GitAsk): Promise<Head> {
  const patterns = branch === undefined ? ['HEAD', 'refs/heads/*'] : [`refs/heads/${branch}`]
  const listing = (await git.must(['ls-remote', '--symref', '--', name, ...patterns], asked)).toString('utf8')
  const lines = listing.split('\n').map((line) => line.split('\t'))
  const named = branch ?? lines.find(([, ref]) => ref === 'HEAD')?.[0]?.replace(/^ref: refs\/heads\//, '')
  const found = lines.find(([id = '', ref]) => ref === `refs/heads/${named}` && /^[0-9a-f]+$/.test(id))
  if (named !== undefined && found?.[0] !== undefined) return { branch: named, commit: found[0] }
  if (branch !== undefined) failWith('no-branch', `${git.where} has no branch ${branch}`)
  failWith(
    'no-branch',
    `${git.where} stands on no branch: it may be empty; make a first commit, or name a branch with ?ref=`,
  )
}

/**
 * Moves the branch only if it still stands where the head says. A plain push would do for that, but for a branch that was
 * deleted meanwhile, which it would bring back.
 */
export async function push(
  git: Git,
  remote: string,
  head: Head,
  to: string,
  asked: GitAsk,
): Promise<{ readonly is: 'moved' | 'lost' }> {
  const ref = `refs/heads/${head.branch}`
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--no-recurse-submodules', '--no-signed']
  const lease = `--force-with-lease=${ref}:${head.commit}`
  const { code, stdout, stderr } = await git.run(
    ['push', ...options, lease, '--', remote, `${to}:${ref}`],
    asked,
  )
  if (code === 0) return { is: 'moved' }
  const refusal = stdout
    .toString('utf8')
    .split('\n')
    .find((line) => line.startsWith('!'))
  if (refusal === undefined) throw new GitFailure(heardFault(stderr, git.where))
  if (isLost(refusal)) return { is: 'lost' }
  throw new GitFailure(refused(git.where, head.branch, refusal, stderr))
}

/** `! <tab> FROM:TO <tab> [rejected] (stale info)`; servers that lose between two pushes say so in words of their own,
 *  as do those that know no more of the commit that ours stands on. */
const isLost = (refusal: string): boolean =>
  /\[rejected\]|cannot lock ref|failed to update ref|failed to lock|incorrect old value|reference already exists|shallow update not allowed/i.test(
    refusal,
  )

function refused(
  where: string,
  branch: string,
  refusal: string,
  stderr: string,
): ReturnType<typeof gitFault> {
  const reason = /\(([^)]*)\)\s*$/.exec(refusal)?.[1] ?? 'no reason told'
  const { message } = heardFault(stderr, where)
  const words = / \(git: [\s\S]*\)$/.exec(message)?.[0] ?? ''
  return gitFault(
    'refused',
    `${where} does not take commits on ${branch}: ${reason}; it may be protected: name another branch with ?ref=, or allow this user to push there${words}`,
  )
}
