// This file is about a repository of integrations to test with: a bare one on disk, clones of it, and what stands in it.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Nobody's own settings, and nobody is asked for anything. */
const ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Tester',
  GIT_AUTHOR_EMAIL: 'tester@example.com',
  GIT_COMMITTER_NAME: 'Tester',
  GIT_COMMITTER_EMAIL: 'tester@example.com',
}

export class ConfigRepository implements AsyncDisposable {
  readonly folder: string
  /** The bare one, which others push to. */
  readonly bare: string
  /** A clone of it that the command line is given. */
  readonly clone: string

  private constructor(folder: string) {
    this.folder = folder
    this.bare = join(folder, 'config.git')
    this.clone = join(folder, 'clone')
  }

  /** With one commit that holds these files. */
  static async make(files: Readonly<Record<string, string>>): Promise<ConfigRepository> {
    const repository = new ConfigRepository(await mkdtemp(join(tmpdir(), 'everpull-config-')))
    const { folder, bare, clone } = repository
    await git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', bare)
    await git(folder, 'clone', '--quiet', bare, clone)
    await git(clone, 'checkout', '--quiet', '-B', 'main')
    await repository.write(clone, files, 'Begin')
    await git(clone, 'push', '--quiet', '--set-upstream', 'origin', 'main')
    await git(clone, 'config', 'user.name', 'Owner')
    await git(clone, 'config', 'user.email', 'owner@example.com')
    return repository
  }

  /** Somebody else's commit, pushed. */
  async pushByAnother(files: Readonly<Record<string, string>>, message = 'Something else'): Promise<void> {
    const other = await mkdtemp(join(this.folder, 'other-'))
    await git(this.folder, 'clone', '--quiet', this.bare, other)
    await this.write(other, files, message)
    await git(other, 'push', '--quiet')
  }

  async write(clone: string, files: Readonly<Record<string, string>>, message: string): Promise<void> {
    for (const [path, text] of Object.entries({ 'README.md': `${message}\n`, ...files })) {
      await mkdir(dirname(join(clone, path)), { recursive: true })
      await writeFile(join(clone, path), text)
    }
    await git(clone, 'add', '--all')
    await git(clone, 'commit', '--quiet', '--message', message)
  }

  /** Of the branch that others see. */
  async files(): Promise<readonly string[]> {
    return (await git(this.bare, 'ls-tree', '-r', '--name-only', 'main')).trim().split('\n')
  }

  text(path: string): Promise<string> {
    return git(this.bare, 'show', `main:${path}`)
  }

  async lastMessage(): Promise<string> {
    return git(this.bare, 'log', '-1', '--format=%B', 'main')
  }

  async commits(): Promise<number> {
    return Number(await git(this.bare, 'rev-list', '--count', 'main'))
  }

  /** Everything that ever was in it, commit messages included, as one text. */
  history(): Promise<string> {
    return git(this.bare, 'log', '--patch', '--format=%B', '--all')
  }

  /** The clone's commit, and what is changed in it. */
  async cloneState(): Promise<string> {
    const [head, status] = await Promise.all([
      git(this.clone, 'rev-parse', 'HEAD'),
      git(this.clone, 'status', '--porcelain', '--untracked-files=all'),
    ])
    return `${head}${status}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function git(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd: folder, env: ENVIRONMENT, maxBuffer: 16 << 20 })
  return stdout
}
