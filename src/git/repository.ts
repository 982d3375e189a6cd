// This file is about a Git repository as we use one: a branch that is read whole, and changes that are published on it.
import type { SecretText } from '../base/secret-text.ts'

/** Whom a remote sees. Nothing of it ever stands in an argument, a URL or a file that outlives the command. */
export type GitCredentials =
  /** Whatever git on this machine would use: its credential helpers, its ssh agent. Never asks on the terminal. */
  | { readonly is: 'ambient' }
  | { readonly is: 'none' }
  | { readonly is: 'basic'; readonly username: string; readonly password: SecretText }
  | {
      readonly is: 'ssh'
      readonly username: string
      readonly privateKey: SecretText
      /** Lines of a known_hosts file; without them no host is trusted. */
      readonly knownHosts: string
    }

/** `URL[/path][?ref=branch]`, or a folder on this disk. */
export interface GitLocation {
  readonly is: 'remote' | 'disk'
  /** The URL without path and ref; of user-info at most a user name, and that for ssh only. Or an absolute folder. */
  readonly url: string
  /** The folder in it that holds `resources/` and `runtimes/`; empty: its root. No slash at either end. */
  readonly path: string
  /** Absent: the branch the remote (or the clone) stands on. */
  readonly branch?: string
}

export interface GitAccess {
  readonly location: GitLocation
  readonly credentials: GitCredentials
  /** PEM, for a server whose certificate no system authority signed. */
  readonly certificateAuthority?: string
  /** Proxies, HOME and PATH of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** What stands in a commit. Contents are read from Git's own store: nothing is checked out, no link is followed. */
export interface RepoFile {
  /** From the location's path on, with `/`. */
  readonly path: string
  readonly mode: 'file' | 'symlink' | 'submodule'
  /** Bytes. */
  readonly size: number
  /** Git's own id of the content. */
  readonly blob: string
  /** UTF-8; absent of what is no file, or larger than the limit asked for. */
  readonly text?: string
}

export type FileChange =
  | { readonly is: 'write'; readonly path: string; readonly text: string }
  | { readonly is: 'delete'; readonly path: string }

/** A failure with a sentence for the user that says what to do; `kind` is for those who decide. */
export interface GitFault {
  readonly is: 'git-fault'
  readonly kind:
    | 'unreachable'
    | 'refused'
    | 'no-repository'
    | 'no-branch'
    | 'no-folder'
    | 'conflict'
    | 'lost-race'
    | 'not-clean'
    | 'git-missing'
    | 'failed'
  /** Nothing secret. */
  readonly message: string
}

/** The branch as it stood when it was last read. */
export interface Snapshot {
  readonly is: 'snapshot'
  /** Full id. */
  readonly commit: string
  readonly branch: string
  /** RFC 3339, of the commit. */
  readonly committedAt: string
  readonly files: readonly RepoFile[]
}

export interface Publication {
  readonly is: 'published'
  readonly commit: string
  readonly branch: string
  /** Where it was pushed to; absent: committed in a clone on disk that follows no remote. */
  readonly remote?: string
  /** How often the remote had moved on meanwhile. */
  readonly retries: number
  /** What to do where a clone on disk could not be brought along after the push, as its files changed meanwhile. */
  readonly behind?: string
}

export interface BranchHead {
  readonly is: 'head'
  /** Full id. */
  readonly commit: string
  readonly branch: string
}

/** Calls reject with the reason of a signal that aborts; whatever else a user can do something about is a GitFault. */
export interface GitRepository {
  /** Where the branch stands: fetches it where that is news, and reads no file. */
  head(signal: AbortSignal): Promise<BranchHead | GitFault>
  /** Fetches the branch (shallow, from a remote) and reads every file below the path. */
  read(signal: AbortSignal): Promise<Snapshot | GitFault>
  /**
   * Commits the changes on top of the branch and pushes; where the remote moved, the same changes are put on top of what
   * is there now and pushed again, three times at most; `conflict` where somebody else changed one of the same files
   * since `seen`. A clone on disk takes the commit over only once it is pushed, and is otherwise left as it was.
   */
  publish(
    seen: Snapshot,
    changes: readonly FileChange[],
    message: string,
    signal: AbortSignal,
  ): Promise<Publication | GitFault>
  /** A unified diff of the changes against what was seen, as `git diff` prints it, without colours. */
  diff(seen: Snapshot, changes: readonly FileChange[]): Promise<string>
  /** Removes what was fetched. */
  close(): Promise<void>
}
