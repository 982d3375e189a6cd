// This file is about when a delivery is renewed, as its orderer asked for it.
import type { Duration } from '../base/duration.ts'

export type Cadence =
  /** Renewed by whichever comes first: the interval, or two thirds of the login's life; in permitted times only. */
  | {
      readonly is: 'renewed'
      readonly interval?: Duration
      readonly windows?: SyncWindows
      readonly force?: string
    }
  /** The orderer's API says it is written once per change and never renewed, not even before it dies. */
  | {
      readonly is: 'once'
      readonly because: string
      readonly force?: string
      /** Not even a change makes it be written again: only a Secret that is missing or tampered with, or a new orderer. */
      readonly ignoresChanges?: true
    }
// `force` is a text chosen by the user; each new value asks for a login minted after it was first seen.

/** When what is merely due may be renewed. What has changed, or is missing, does not wait. */
export interface SyncWindows {
  /** `allow`: while any of the windows is open. `deny`: while none is. */
  readonly kind: 'allow' | 'deny'
  readonly windows: readonly SyncWindow[]
}

export interface SyncWindow {
  /** When it opens, as `parseSchedule` reads it; one that it cannot read never opens. */
  readonly schedule: string
  /** How long it stays open; its first and its last moment belong to it. */
  readonly duration: Duration
}
