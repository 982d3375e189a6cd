// This file is about a commit as git keeps it: its files read from git's store, and a new commit made there without a working copy.
import type { Git, GitAsk } from './command.ts'
import { failWith } from './fault.ts'
import { isPlainPath } from './location.ts'
import type { FileChange, RepoFile, Snapshot } from './repository.ts'

export interface ReadLimits {
  /** Bytes of one file; larger ones are told without their text. */
  readonly largestFile: number
  /** Bytes of all files together whose text is read. */
  readonly largestTree: number
  /** Of which files the text is read. */
  readonly wants: (path: string) => boolean
}

/** Every file below the folder, as it stands in the commit. */
export async function readCommit(
  git: Git,
  { commit, branch, folder }: { readonly commit: string; readonly branch: string; readonly folder: string },
  limits: ReadLimits,
  asked: GitAsk,
): Promise<Snapshot> {
  const tree = await git.maybe(['rev-parse', '--verify', '--quiet', `${commit}:${folder}`], asked)
  const isFolder = tree !== undefined && (await git.maybe(['cat-file', '-t', tree], asked)) === 'tree'
  if (!isFolder) failWith('no-folder', `branch ${branch} of ${git.where} has no folder ${folder}`)
  const entries = parseTree((await git.must(['ls-tree', '-r', '-l', '-z', tree], asked)).toString('utf8'))
  const wanted = entries.filter(
    ({ mode, size, path }) => mode === 'file' && size <= limits.largestFile && limits.wants(path),
  )
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0)
  if (bytes > limits.largestTree || entries.length > MOST_FILES) {
    failWith(
      'failed',
      `${git.where} holds too much to be read whole (${entries.length} files, ${bytes} bytes): name the folder with resources/ and runtimes/ behind the URL`,
    )
  }
  const texts = await readTexts(git, wanted, asked)
  return {
    is: 'snapshot',
    commit,
    branch,
    committedAt: await committedAt(git, commit, asked),
    files: entries.map((entry) => {
      const text = entry.mode === 'file' ? texts.get(entry.blob) : undefined
      return text === undefined ? entry : { ...entry, text }
    }),
  }
}

/** A line of its own follows that with the commit's id. */
async function committedAt(git: Git, commit: string, asked: GitAsk): Promise<string> {
  const lines = textOf(await git.must(['rev-list', '--max-count=1', '--format=%cI', commit], asked)).split(
    '\n',
  )
  return lines.at(-1) ?? ''
}

const MOST_FILES = 20_000

const MODES: Readonly<Record<string, RepoFile['mode']>> = { '120000': 'symlink', '160000': 'submodule' }

/** `MODE TYPE ID SIZE<tab>PATH`, each ended by NUL. */
function parseTree(listing: string): readonly RepoFile[] {
  return listing.split('\0').flatMap((line) => {
    const parts = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/.exec(line)
    if (parts === null) return []
    const [, mode = '', blob = '', size = '', path = ''] = parts
    return [{ path, mode: MODES[mode] ?? 'file', size: size === '-' ? 0 : Number(size), blob }]
  })
}

/** By id; what is no UTF-8 is left out. */
async function readTexts(
  git: Git,
  files: readonly RepoFile[],
  asked: GitAsk,
): Promise<ReadonlyMap<string, string>> {
  const blobs = [...new Set(files.map(({ blob }) => blob))]
  if (blobs.length === 0) return new Map()
  const output = await git.must(['cat-file', '--batch'], { ...asked, input: `${blobs.join('\n')}\n` })
  return parseBatch(output)
}

/** `ID blob SIZE\n`, the content, `\n`. */
function parseBatch(output: Buffer): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at)
    const [id = '', , size = ''] = output.toString('utf8', at, end).split(' ')
    const length = Number(size)
    if (!Number.isInteger(length)) throw new Error('git printed what is no object')
    try {
      texts.set(id, decoder.decode(output.subarray(end + 1, end + 1 + length)))
    } catch {
      // Told without its text, as what is too large.
    }
    at = end + 1 + length + 1
  }
  return texts
}

/** The changes, from the root of the repository on. */
export function fromRoot(folder: string, changes: readonly FileChange[]): readonly FileChange[] {
  return changes.map((change) => {
    if (!isPlainPath(change.path)) failWith('failed', `${JSON.stringify(change.path)} is no plain path`)
    return folder === '' ? change : { ...change, path: `${folder}/${change.path}` }
  })
}

/** The tree of the commit with the changes in it. `indexFile` is made and belongs to this call. */
export async function treeWith(
  git: Git,
  commit: string,
  changes: readonly FileChange[],
  indexFile: string,
  asked: GitAsk,
): Promise<string> {
  const own = { ...asked, environment: { ...asked.environment, GIT_INDEX_FILE: indexFile } }
  await git.must(['read-tree', commit], own)
  const lines: string[] = []
  for (const change of changes) lines.push(await indexLine(git, change, commit.length, own))
  await git.must(['update-index', '-z', '--index-info'], { ...own, input: lines.join('') })
  return textOf(await git.must(['write-tree'], own))
}

async function indexLine(git: Git, change: FileChange, idLength: number, asked: GitAsk): Promise<string> {
  if (change.is === 'delete') return `0 ${'0'.repeat(idLength)}\t${change.path}\0`
  const blob = textOf(await git.must(['hash-object', '-w', '--stdin'], { ...asked, input: change.text }))
  return `100644 ${blob}\t${change.path}\0`
}

export const textOf = (output: Buffer): string => output.toString('utf8').trim()

export interface NewCommit {
  readonly tree: string
  readonly parent: string
  readonly message: string
  /** Author and committer, as variables of git. */
  readonly author: Readonly<Record<string, string>>
}

/** A commit of the tree on top of another. */
export async function commitTree(
  git: Git,
  { tree, parent, message, author }: NewCommit,
  asked: GitAsk,
): Promise<string> {
  const own = { ...asked, input: `${message.trimEnd()}\n`, environment: { ...asked.environment, ...author } }
  return textOf(await git.must(['commit-tree', tree, '-p', parent, '-F', '-'], own))
}

/** Git's own identity where it has one, else ours. */
export async function identityOf(
  git: Git,
  given: Readonly<Record<string, string | undefined>>,
  asked: GitAsk,
): Promise<Readonly<Record<string, string>>> {
  const [name, email] = [
    await git.maybe(['config', 'user.name'], asked),
    await git.maybe(['config', 'user.email'], asked),
  ]
  const configured = name !== undefined && email !== undefined ? { name, email } : OURS
  return Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, given[`GIT_${who}_NAME`] || configured.name],
      [`GIT_${who}_EMAIL`, given[`GIT_${who}_EMAIL`] || given.EMAIL || configured.email],
    ]),
  )
}

const OURS = { name: 'everpull', email: 'everpull@localhost' }
