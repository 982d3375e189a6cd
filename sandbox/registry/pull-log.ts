// This file is about what clients asked of the registries and how it went; no credential is ever in it.
import type { Operation } from './route.ts'

export interface LoggedPull {
  readonly seq: number
  /** RFC 3339 with milliseconds. */
  readonly time: string
  readonly host: string
  readonly operation: Operation | 'token' | 'unknown'
  readonly method: string
  readonly repository: string
  /** `manifests/1.0.0`, `blobs/sha256:…`. */
  readonly rest: string
  /** ARN, `anonymous`, or empty where the password told nothing. */
  readonly principal: string
  readonly status: number
  /** The refusal's own words. */
  readonly because?: string
}

export interface PullLog {
  record(pull: Omit<LoggedPull, 'seq' | 'time'>): void
  list(since?: number): readonly LoggedPull[]
  clear(): void
}

const KEPT = 20_000

export function createPullLog(): PullLog {
  let pulls: LoggedPull[] = []
  let seq = 0
  return {
    record(pull) {
      seq += 1
      pulls.push({ seq, time: new Date().toISOString(), ...pull })
      if (pulls.length > 2 * KEPT) pulls = pulls.slice(-KEPT)
    },
    list: (since = 0) => pulls.filter((p) => p.seq > since),
    clear() {
      pulls = []
    },
  }
}
