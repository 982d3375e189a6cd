// This file is about bringing a clone's working copy to another commit, as `merge --ff-only` does, and asking first whether it would go.
import { copyFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Git, GitAsk } from './command.ts'
import { failWith } from './fault.ts'
import { textOf } from './objects.ts'

export interface Step {
  readonly from: string
  readonly to: string
}

/** Tries it on a copy of the index, so that nothing is touched. @throws GitFailure not-clean, naming the files in the way */
export async function tryWorkingCopy(git: Git, step: Step, scratch: string, asked: GitAsk): Promise<void> {
  await refuseIgnored(git, step, asked)
  const index = resolve(git.folder, textOf(await git.must(['rev-parse', '--git-path', 'index'], asked)))
  const copy = join(scratch, 'index-of-working-copy')
  await copyFile(index, copy)
  const own = { ...asked, environment: { ...asked.environment, GIT_INDEX_FILE: copy } }
  await git.run(['update-index', '-q', '--refresh'], own)
  const tried = await git.run(['read-tree', '-n', '-m', '-u', step.from, step.to], own)
  await rm(copy, { force: true })
  if (tried.code !== 0) refuse(git, filesIn(tried.stderr))
}

/** Git would write over what it ignores without a word. */
async function refuseIgnored(git: Git, { from, to }: Step, asked: GitAsk): Promise<void> {
  const added = await git.must(['diff-tree', '-r', '-z', '--name-only', '--diff-filter=A', from, to], asked)
  const paths = added
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
  if (paths.length === 0) return
  const ignored = await git.must(
    ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--', ...paths],
    asked,
  )
  const inTheWay = ignored
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
  if (inTheWay.length > 0) refuse(git, inTheWay)
}

const filesIn = (stderr: string): readonly string[] =>
  [...stderr.matchAll(/^error: (?:Entry|Untracked working tree file) '(.*?)' /gm)].flatMap(
    ([, file]) => file ?? [],
  )

function refuse(git: Git, files: readonly string[]): never {
  const named = files.length === 0 ? 'files' : files.slice(0, 5).join(', ')
  failWith(
    'not-clean',
    `${git.where} has local changes in ${named}, which this would write over: commit them, or put them away with \`git stash -u\``,
  )
}

/** Whether it went; files it does not change stay as they are, edited or not. */
export async function moveWorkingCopy(git: Git, { from, to }: Step, asked: GitAsk): Promise<boolean> {
  await git.run(['update-index', '-q', '--refresh'], asked)
  return (await git.run(['read-tree', '-m', '-u', from, to], asked)).code === 0
}
