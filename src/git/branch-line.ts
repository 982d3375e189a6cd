// This file is about a branch that can be moved on: at a remote, or in a clone on disk.
import type { GitAsk } from './command.ts'

export interface Head {
  readonly branch: string
  readonly commit: string
}

export type Move =
  /** `behind`: why the clone on disk could not be brought along. */
  | { readonly is: 'moved'; readonly behind?: string }
  /** Somebody else was faster. */
  | { readonly is: 'lost' }

/** All reject with a GitFailure for what a user has to see to. */
export interface BranchLine {
  /** Where it leads out of this machine; absent: nowhere. */
  readonly remote?: string
  /** The branch's newest commit; git has all of it afterwards. */
  newest(asked: GitAsk): Promise<Head>
  /** Before anything is changed: whether the clone on disk could follow to `to`, which stands on `head`. */
  mayMove(head: Head, to: string, asked: GitAsk): Promise<void>
  /** Moves it from the head to a commit on top of it, and only from there. */
  move(head: Head, to: string, asked: GitAsk): Promise<Move>
}
