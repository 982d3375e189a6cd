// This file is about reading the repository, round after round, with credentials that may change in between.
//
// The Secret is read when it is first needed and again after each failure: a round that finds nothing new asks the API
// server nothing, and new credentials are used as soon as the old ones fail.
import type { BranchHead, GitFault, GitRepository, Snapshot } from '../git/repository.ts'
import type { RepoCredentials, WrongCredentials } from './credentials.ts'

export interface CheckoutParts {
  readonly open: (credentials: RepoCredentials) => Promise<GitRepository | GitFault>
  readonly credentials: (signal: AbortSignal) => Promise<RepoCredentials | WrongCredentials>
}

/** The repository could not be read. */
export interface Unread {
  readonly is: 'unread'
  /** CamelCase */
  readonly reason: string
  readonly message: string
}

const REASONS: Readonly<Record<GitFault['kind'], string>> = {
  unreachable: 'RepositoryUnreachable',
  refused: 'CredentialsRefused',
  'no-repository': 'RepositoryMissing',
  'no-branch': 'BranchMissing',
  'no-folder': 'FolderMissing',
  conflict: 'RepositoryUnreadable',
  'lost-race': 'RepositoryUnreadable',
  'not-clean': 'RepositoryUnreadable',
  'git-missing': 'GitMissing',
  failed: 'RepositoryUnreadable',
}

const unread = ({ kind, message }: GitFault): Unread => ({ is: 'unread', reason: REASONS[kind], message })

export class Checkout {
  readonly #parts: CheckoutParts
  #repository: GitRepository | undefined
  /** The next read begins with the Secret. */
  #isSuspect = true

  constructor(parts: CheckoutParts) {
    this.#parts = parts
  }

  /** `known`: the commit that was read before; its files are not read again. */
  async read(signal: AbortSignal, known: string | undefined): Promise<Snapshot | BranchHead | Unread> {
    const wasSuspect = this.#isSuspect
    const first = await this.#tryRead(signal, known)
    if (first.is !== 'unread' || wasSuspect) return first
    // The Secret may have been changed since it was read.
    return this.#tryRead(signal, known)
  }

  async close(): Promise<void> {
    const repository = this.#repository
    this.#repository = undefined
    await repository?.close()
  }

  async #tryRead(signal: AbortSignal, known: string | undefined): Promise<Snapshot | BranchHead | Unread> {
    const opened = await this.#opened(signal)
    if ('is' in opened) return opened
    const head = await opened.head(signal)
    const read = head.is === 'git-fault' || head.commit === known ? head : await opened.read(signal)
    this.#isSuspect = read.is === 'git-fault'
    return read.is === 'git-fault' ? unread(read) : read
  }

  async #opened(signal: AbortSignal): Promise<GitRepository | Unread> {
    if (!this.#isSuspect && this.#repository !== undefined) return this.#repository
    await this.close()
    const credentials = await this.#parts.credentials(signal)
    if (credentials.is === 'wrong') {
      return { is: 'unread', reason: 'CredentialsMissing', message: credentials.because }
    }
    const opened = await this.#parts.open(credentials)
    if ('is' in opened) return unread(opened)
    this.#repository = opened
    return opened
  }
}
