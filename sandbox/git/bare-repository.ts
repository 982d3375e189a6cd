// This file is about a bare Git repository on this disk: made, and committed to without a working copy.
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { devNull } from 'node:os'

/** What a path is to be: a text, a link, a submodule at a commit, or gone. */
export type Content =
  | string
  | { readonly bytes: Uint8Array }
  | { readonly symlink: string }
  | { readonly submodule: string }
  | null

export interface NewCommit {
  readonly branch: string
  readonly message: string
  readonly files: Readonly<Record<string, Content>>
}

/** Runs git with nothing of this machine's configuration; rejects with what it said when it fails. */
export function git(
  folder: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn('git', [...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: devNull,
      LC_ALL: 'C',
    },
  })
  const out: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (part: Buffer) => out.push(part))
  child.stderr.on('data', (part: Buffer) => errors.push(part))
  child.once('error', reject)
  child.once('close', (code) => {
    if (code === 0) return resolve(Buffer.concat(out).toString('utf8'))
    reject(new Error(`git ${args.join(' ')}: ${Buffer.concat(errors).toString('utf8')}`))
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return promise
}

/** An empty one that may be pushed to over HTTP. */
export async function createBareRepository(folder: string, branch: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await git(folder, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch}`])
  await git(folder, ['config', 'http.receivepack', 'true'])
}

/** Puts a commit on top of a branch, or begins it; returns its full id. */
export async function commitTo(folder: string, { branch, message, files }: NewCommit): Promise<string> {
  const ref = `refs/heads/${branch}`
  const before = await git(folder, ['rev-parse', '--verify', '--quiet', ref]).then(
    (id) => id.trim(),
    () => undefined,
  )
  const parts: Uint8Array[] = []
  const write = (text: string | Uint8Array): void => void parts.push(Buffer.from(text))
  const writeData = (bytes: Uint8Array): void => {
    write(`data ${bytes.length}\n`)
    write(bytes)
    write('\n')
  }
  write(`commit ${ref}\ncommitter Sandbox <sandbox@localhost> now\n`)
  writeData(Buffer.from(message))
  if (before !== undefined) write(`from ${before}\n`)
  for (const [path, content] of Object.entries(files)) {
    if (content === null) write(`D ${path}\n`)
    else if (typeof content === 'object' && 'submodule' in content)
      write(`M 160000 ${content.submodule} ${path}\n`)
    else {
      const [mode, bytes] = fileOf(content)
      write(`M ${mode} inline ${path}\n`)
      writeData(bytes)
    }
  }
  await git(folder, ['fast-import', '--quiet', '--date-format=now'], Buffer.concat(parts))
  return (await git(folder, ['rev-parse', ref])).trim()
}

function fileOf(
  content: string | { readonly bytes: Uint8Array } | { readonly symlink: string },
): [string, Uint8Array] {
  if (typeof content === 'string') return ['100644', Buffer.from(content)]
  return 'bytes' in content ? ['100644', content.bytes] : ['120000', Buffer.from(content.symlink)]
}
