// This file is about what else a leader does, beside serving orders: begun with its term, and over before the next begins.
import type { KubeClient } from '../kube/client.ts'
import type { TellEvent } from './publish.ts'

export interface Duty {
  /** Lets what is in flight finish, or calls it off; nothing is written once it is settled. */
  close(): Promise<void>
}

export interface TermTold {
  /** Writes through it fail once leadership may be gone. */
  readonly client: KubeClient
  /** The same question, for what costs more than a write. */
  readonly mayWork: () => boolean
  readonly tellEvent: TellEvent
}

/** Called when a term begins; returns at once. */
export type BeginDuty = (term: TermTold) => Duty
