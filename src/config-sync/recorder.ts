// This file is about what is counted of the sync, for metrics.
import type { Instant } from '../base/clock.ts'

/** By what came of them. */
export interface ObjectCounts {
  /** As the repository wants them. */
  readonly synced: number
  /** Left out of a commit: see the problems in the record. */
  readonly skipped: number
  /** Refused by the API server, or of a kind that is not installed. */
  readonly failed: number
  /** Of somebody else. */
  readonly foreign: number
  /** Wanted no more, and left until somebody says that it is meant so. */
  readonly held: number
  /** Wanted no more, and left because a file cannot be read. */
  readonly spared: number
}

export interface SyncRecorder {
  /** The repository was read, and the cluster is as it can be. */
  succeeded(at: Instant, commit: string, branch: string): void
  failed(reason: string): void
  counted(counts: ObjectCounts): void
  /** The term is over: others tell now. */
  ended(): void
}
