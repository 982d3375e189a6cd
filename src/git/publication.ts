// This file is about publishing changes: on top of what is there now, again where somebody was faster, never over somebody else's.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { BranchLine } from './branch-line.ts'
import type { Git, GitAsk } from './command.ts'
import type { Environment } from './environment.ts'
import { failWith } from './fault.ts'
import { commitTree, fromRoot, identityOf, textOf, treeWith } from './objects.ts'
import type { FileChange, Publication, Snapshot } from './repository.ts'

export interface Publishing {
  readonly git: Git
  readonly line: BranchLine
  /** The folder in the repository that paths are told from. */
  readonly path: string
  readonly scratch: string
  readonly environment: Environment
}

export interface Edition {
  readonly seen: Snapshot
  readonly changes: readonly FileChange[]
  readonly message: string
}

const MOST_LOST_RACES = 3

/** @throws GitFailure */
export async function publishOn(on: Publishing, edition: Edition, asked: GitAsk): Promise<Publication> {
  const { git, line } = on
  const changes = fromRoot(on.path, edition.changes)
  const author = await identityOf(git, on.environment, asked)
  let retries = 0
  for (let lost = 0, known = edition.seen.commit; lost < MOST_LOST_RACES; lost++) {
    const head = await line.newest(asked)
    if (head.commit !== known) {
      retries += 1
      known = head.commit
      await refuseConflicts(on, edition.seen, changes, head.commit, asked)
    }
    const tree = await treeWith(git, head.commit, changes, newIndex(on), asked)
    const published = { is: 'published', branch: head.branch, retries, ...remoteOf(line) } as const
    if (tree === textOf(await git.must(['rev-parse', `${head.commit}^{tree}`], asked))) {
      return { ...published, commit: head.commit }
    }
    const commit = await commitTree(
      git,
      { tree, parent: head.commit, message: edition.message, author },
      asked,
    )
    await line.mayMove(head, commit, asked)
    const move = await line.move(head, commit, asked)
    if (move.is === 'moved') {
      return { ...published, commit, ...(move.behind !== undefined && { behind: move.behind }) }
    }
  }
  failWith(
    'lost-race',
    `${git.where} moved on ${MOST_LOST_RACES} times while this was being pushed: nothing was changed; try again when fewer write to it`,
  )
}

const remoteOf = ({ remote }: BranchLine): { remote?: string } => (remote === undefined ? {} : { remote })

const newIndex = ({ scratch }: Publishing): string => join(scratch, `index-${randomUUID()}`)

/** Somebody else's change of the same file wins over ours, which was made without knowing of it. */
async function refuseConflicts(
  { git, path }: Publishing,
  seen: Snapshot,
  changes: readonly FileChange[],
  commit: string,
  asked: GitAsk,
): Promise<void> {
  const before = new Map(
    seen.files.map((file) => [path === '' ? file.path : `${path}/${file.path}`, file.blob]),
  )
  for (const change of changes) {
    const now = await git.maybe(['rev-parse', '--verify', '--quiet', `${commit}:${change.path}`], asked)
    if (now === before.get(change.path)) continue
    failWith(
      'conflict',
      `${change.path} was changed by somebody else in ${git.where} meanwhile: nothing was written; look at it and try again`,
    )
  }
}

/** As `git diff` prints it. @throws GitFailure */
export async function diffOf(
  on: Publishing,
  seen: Snapshot,
  changes: readonly FileChange[],
  asked: GitAsk,
): Promise<string> {
  const tree = await treeWith(on.git, seen.commit, fromRoot(on.path, changes), newIndex(on), asked)
  const plain = ['--no-color', '--no-ext-diff', '--no-textconv']
  const diff = await on.git.must(
    ['diff-tree', '-r', '-p', '-M', ...plain, `${seen.commit}^{tree}`, tree],
    asked,
  )
  return diff.toString('utf8')
}
