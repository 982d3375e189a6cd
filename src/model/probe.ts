// This file is about testing a connection: what is tried out with an identity, in which order, and what each try came to.
import type { Instant } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Fault } from './fault.ts'
import type { Identity } from './identity.ts'
import type { Life } from './login.ts'

export type Permission = 'pull' | 'push'

/** One registry as an identity sees it. */
export interface ProbedRegistry {
  /** As it stands in image references. */
  readonly host: string
  readonly service: 'private' | 'public'
  readonly region: string
  /** Absent: of ECR Public, and where the host does not tell it. */
  readonly account?: string
  readonly fips?: true
  readonly dualStack?: true
}

/** A connection to be tested. Nothing is written by it. */
export interface Probe {
  readonly identity: Identity
  /** Asked for GetCallerIdentity, and for a login where there is no registry. */
  readonly region: string
  readonly registries: readonly ProbedRegistry[]
  readonly permissions: readonly Permission[]
  /** Asks what is only good to know too, and the caller's own registry where none is named: somebody waits for the answer. */
  readonly thorough?: true
  /** How often it is repeated though nothing has changed; absent: never. */
  readonly every?: Duration
  /** A new text asks for it to be repeated at once. */
  readonly force?: string
  /** The place in the orderer's spec. */
  readonly at: string
}

/** One try. `denied` and `failed` carry a fault whose message says what to do. */
export interface Step {
  /** What was tried, in words that do not change: `credentials`, `identity`, `role 1`, `login`, `registry`, or an action such as `ecr:DescribeImages`. */
  readonly name: string
  /** The registry or role it was tried on. */
  readonly on?: string
  /** `skipped`: a step before it failed, or there is nothing to try it on. */
  readonly result: 'passed' | 'denied' | 'failed' | 'skipped'
  /** Nice to have: not having it fails nothing. */
  readonly optional?: true
  /** It was not asked, as asking would write: the other steps speak for it. */
  readonly inferred?: true
  /** What else there is to know about it. */
  readonly note?: string
  readonly fault?: Fault
  /** Exactly what to change, a policy statement say; may have several lines. */
  readonly remedy?: string
  readonly tookMs: number
  /** AWS's own id of the request. */
  readonly requestId?: string
}

/** What a probe came to. */
export interface Verdict {
  readonly at: Instant
  readonly steps: readonly Step[]
  /** Who AWS says it is. */
  readonly caller?: { readonly account: string; readonly arn: string }
  /** Of the first login that was obtained. */
  readonly login?: Life
}

/** Whether it went wrong and that matters; what is nice to have does not. */
export const isBroken = ({ result, optional }: Step): boolean =>
  optional !== true && (result === 'denied' || result === 'failed')

/** Nothing went wrong. */
export const isPassed = ({ steps }: Verdict): boolean =>
  !steps.some(isBroken) && steps.some(({ result }) => result === 'passed')
