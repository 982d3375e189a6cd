// This file is about a shared configuration repository for tests: served over HTTPS, with a second writer who is faster.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Content, commitTo, createBareRepository, git } from '../../sandbox/git/bare-repository.ts'
import {
  type GitServer as Server,
  type GitServerFault,
  type GitUser,
  startGitServer,
} from '../../sandbox/git/server.ts'
import { removeWhenWeDie } from '../../sandbox/removal.ts'

export const GIT_WRITER: GitUser = { username: 'writer', password: 'git-token-of-the-writer', mayWrite: true }
export const GIT_READER: GitUser = {
  username: 'reader',
  password: 'git-token-of-the-reader',
  mayWrite: false,
}

/** What a path is to be; null: gone. */
export type Files = Readonly<Record<string, Content>>

export interface GitServerFiles {
  /** On branch main; absent: a README and nothing else. Empty: a repository without a commit. */
  readonly files?: Files
}

/** Over in `[Symbol.asyncDispose]`: `await using server = await GitServer.open()`, or close it in `after`. */
export class GitServer implements AsyncDisposable {
  /** `https://127.0.0.1:PORT/config.git` */
  readonly url: string
  /** PEM, and the file it stands in. */
  readonly certificateAuthority: string
  readonly certificateAuthorityFile: string
  /** The bare repository on this disk. */
  readonly bare: string
  readonly #folder: string
  readonly #server: Server
  readonly #callOff: () => void

  private constructor(folder: string, server: Server, certificateAuthority: string, callOff: () => void) {
    this.#folder = folder
    this.#server = server
    this.#callOff = callOff
    this.url = `${server.url}/config.git`
    this.bare = join(folder, 'repositories', 'config.git')
    this.certificateAuthority = certificateAuthority
    this.certificateAuthorityFile = server.caFile
  }

  static async open({
    files = { 'README.md': '# Shared configuration\n' },
  }: GitServerFiles = {}): Promise<GitServer> {
    const folder = await mkdtemp(join(tmpdir(), 'everpull-git-server-'))
    const callOff = removeWhenWeDie(folder)
    const root = join(folder, 'repositories')
    await createBareRepository(join(root, 'config.git'), 'main')
    const server = await startGitServer({ root, users: [GIT_WRITER, GIT_READER], caDir: join(folder, 'ca') })
    const opened = new GitServer(folder, server, await readFile(server.caFile, 'utf8'), callOff)
    if (Object.keys(files).length > 0) await opened.commit(files)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close()
    await rm(this.#folder, { recursive: true, force: true })
    this.#callOff()
  }

  /** Somebody else's commit, straight into the repository; its full id. */
  commit(files: Files, { branch = 'main', message = 'by hand' } = {}): Promise<string> {
    return commitTo(this.bare, { branch, message, files })
  }

  async deleteBranch(branch: string): Promise<void> {
    await git(this.bare, ['update-ref', '-d', `refs/heads/${branch}`])
  }

  /** The newest commit; undefined: no such branch. */
  head(branch = 'main'): Promise<string | undefined> {
    return git(this.bare, ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]).then(
      (id) => id.trim(),
      () => undefined,
    )
  }

  /** Every file of a branch, by path; of a link where it leads. */
  async files(branch = 'main'): Promise<Readonly<Record<string, string>>> {
    const entries = (await git(this.bare, ['ls-tree', '-r', '-z', branch])).split('\0')
    const texts = entries.flatMap((entry) => {
      const [, id, path] = /^\d+ blob (\w+)\t([\s\S]+)$/.exec(entry) ?? []
      if (id === undefined || path === undefined) return []
      return [git(this.bare, ['cat-file', 'blob', id]).then((text) => [path, text] as const)]
    })
    return Object.fromEntries(await Promise.all(texts))
  }

  /** Messages of the commits, newest first. */
  async messages(branch = 'main'): Promise<readonly string[]> {
    const log = await git(this.bare, ['log', '-z', '--format=%B', branch])
    return log.split('\0').map((message) => message.trim())
  }

  /** "NAME <EMAIL>" of the newest commit. */
  async author(branch = 'main'): Promise<string> {
    return (await git(this.bare, ['log', '-1', '--format=%an <%ae>', branch])).trim()
  }

  /** Until another is set; undefined: none. */
  setFault(fault: GitServerFault | undefined): void {
    this.#server.setFault(fault)
  }

  /** Runs before each push over HTTPS is taken: the moment in which another writer wins the race. */
  setBeforePush(work: (() => Promise<void>) | undefined): void {
    this.#server.setBeforePush(work)
  }

  requests(): readonly string[] {
    return this.#server.requests()
  }

  /** A clone of its own in a folder that goes with the server; it follows the repository on disk, or over HTTPS as the writer. */
  async clone(over: 'disk' | 'https' = 'disk'): Promise<string> {
    const folder = join(await mkdtemp(join(this.#folder, 'clone-')), 'config')
    await git(this.#folder, ['clone', '--quiet', this.bare, folder])
    if (over === 'disk') return folder
    const { username, password } = GIT_WRITER
    const helper = `!f() { echo username=${username}; echo password=${password}; }; f`
    await git(folder, ['remote', 'set-url', 'origin', this.url])
    await git(folder, ['config', 'http.sslCAInfo', this.certificateAuthorityFile])
    await git(folder, ['config', 'credential.helper', helper])
    return folder
  }

  /** Git on this machine, without its configuration; rejects with what it said when it fails. */
  git(folder: string, ...args: readonly string[]): Promise<string> {
    return git(folder, args)
  }
}
