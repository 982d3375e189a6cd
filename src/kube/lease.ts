// This file is about leader election on a Lease: who may write, and until when.
import type { Clock } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from './client.ts'

export interface ElectionOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** Unique to this process: pod name and a random part. */
  readonly identity: string
  readonly leaseDuration: Duration
  readonly renewDeadline: Duration
  readonly retryPeriod: Duration
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Leading begins. The signal aborts when it ends, by loss or by `stop`. May be called again after a loss. */
  readonly onLeading: (signal: AbortSignal) => void
  readonly onLost?: (() => void) | undefined
  readonly onHolder?: ((holder: string) => void) | undefined
}

export interface Election {
  /** Asks both clocks: false from the renew deadline on, even in a process that was stopped and continued. */
  mayWrite(): boolean
  leading(): boolean
  /** Who held the lease when it was last read; '' for nobody. */
  holder(): string
  /** Ends the loop; gives the lease back if it is held. Call it after the last write. */
  stop(): Promise<void>
}
