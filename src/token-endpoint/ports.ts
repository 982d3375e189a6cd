// This file is about what the token endpoint needs from the operator, the cluster and those who count, as interfaces.
import type { Instant } from '../base/clock.ts'
import type { SecretText } from '../base/secret-text.ts'
import type { World } from '../dialects/dialect.ts'
import type { Fault } from '../model/fault.ts'
import type { Login, Want } from '../model/login.ts'

/** What this process has to give while it leads; another term has another. */
export interface Desk {
  /** When the term began: what was shown before is not remembered. */
  readonly since: Instant
  /** Throws the signal's reason alone. */
  look<T>(ask: (world: World) => T, signal: AbortSignal): Promise<T>
  /** Throws the signal's reason alone. */
  obtain(want: Want, signal: AbortSignal): Promise<Obtained>
}

export type Obtained =
  | { readonly is: 'obtained'; readonly login: Login }
  | { readonly is: 'refused'; readonly fault: Fault; readonly retryAt?: Instant }

/** What the API server says about a token of its own. */
export type Reviewed =
  | {
      readonly is: 'account'
      readonly namespace: string
      readonly name: string
      /** Those of the audiences asked about that the token is for. */
      readonly audiences: readonly string[]
    }
  | { readonly is: 'refused'; readonly because: string }
  | { readonly is: 'unavailable'; readonly because: string }

export interface TokenReviewer {
  /** Throws the signal's reason alone. */
  review(token: SecretText, audiences: readonly string[], signal: AbortSignal): Promise<Reviewed>
}

export interface AnswerTold {
  readonly result: 'granted' | 'refused'
  /** `granted`, or the reason of the refusal as whoever asked is told it. */
  readonly reason: string
  readonly seconds: number
}

export interface Recorder {
  answered(answer: AnswerTold): void
}
