// This file is about when which key is worked on: earliest time wins, never twice at once.
import type { Clock, Instant } from '../../base/clock.ts'

/** What is due goes first syncs first; within a lane, in the order it became due. */
export type Lane = 'first' | 'refresh'

export interface QueueStats {
  /** Due and waiting for a free worker. */
  readonly depth: number
  /** Not yet due. */
  readonly waiting: number
  readonly running: number
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly concurrency: number
  /** Works on one key; an instant returned is when to run it next. A throw is a bug and goes to `onCrash`. */
  readonly run: (key: string, signal: AbortSignal) => Promise<Instant | undefined>
  /** Says when to try again after a throw; told of the error. */
  readonly onCrash: (key: string, error: unknown) => Instant
  /** Milliseconds a key was due before a worker took it. */
  readonly onStart?: ((key: string, lateBy: number) => void) | undefined
}

export interface WorkQueue {
  /** Run `key` at `at`, or earlier if it is already planned earlier. A key in flight is run again afterwards. */
  add(key: string, at: Instant, lane?: Lane): void
  addNow(key: string, lane?: Lane): void
  /** Drops what is planned for `key`; a run in flight finishes. */
  forget(key: string): void
  /** When `key` will run, if it is planned. */
  plannedAt(key: string): Instant | undefined
  stats(): QueueStats
  /** Resolves when nothing is due or in flight (what is planned for later stays). */
  idle(): Promise<void>
  /** Starts nothing more, aborts the signal of what is in flight after `graceMs`, and waits for it. */
  close(graceMs?: number): Promise<void>
}
