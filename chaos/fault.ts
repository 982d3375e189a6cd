// This file is about what a fault is: something that goes wrong for a while, what it takes away meanwhile, and how it ends.
import type { Random } from '../src/base/random.ts'
import type { Lane, Replica } from './lane.ts'
import type { Workload } from './workload.ts'

/**
 * What cannot be relied upon while a fault lasts. Invariants forgive a login that came late only while something was lost,
 * and for as long afterwards as the arithmetic in `invariants/allowance.ts` says.
 * - `aws`: no login can be obtained (throttled, failing, hanging, refused, credentials revoked)
 * - `api`: the API server answers nobody, or nobody reliably
 * - `replica`: the replica aimed at does not run, does not reach the API server, or hears from it late
 * - `orders`: orders or Secrets are not there to be served (definitions removed, namespace deleted)
 * - `pulls`: registries refuse a login that lives (its principal lost its rights)
 */
export type Loss = 'aws' | 'api' | 'replica' | 'orders' | 'pulls'

/** How the operator tries again what the fault stopped; the rows of `src/operator/retry.ts`. */
export type Retried = 'backoff' | 'slowly'

export interface FaultKind {
  /** Kebab-case, as it is printed: `aws-throttled`, `etcd-stopped`. */
  readonly name: string
  /** How often it is chosen beside the others; 1 unless there is a reason. */
  readonly weight: number
  /** Milliseconds between its begin and its end, least and most. 0 to 0: over as soon as it has struck. */
  readonly length: readonly [number, number]
  readonly takes: readonly Loss[]
  readonly retried: Retried
  /** `replica`: strikes one of the replicas, chosen by the schedule. */
  readonly aim: 'lane' | 'replica'
  /** How many replicas there must be for it to make sense; 1 unless given. */
  readonly leastReplicas?: number
  /** Faults that touch the same thing are never in force at the same time: `aws`, `etcd`, `apiserver`, `operators`, `orders`. */
  readonly touches: readonly string[]
  /** So much longer than its length it takes until all is as before (starting a process, serving definitions again); ms. */
  readonly mends?: number
  /** Begins it. Resolves once it is in force, with how to end it; the runner calls that exactly once, also when the seed fails. */
  strike(world: World): Promise<End>
}

/** Resolves once all is as before (the process answers, the definitions are served). */
export type End = () => Promise<void>

/** All that a fault may touch. */
export interface World {
  readonly lane: Lane
  /** Those of this seed; with `aim: 'replica'` the one aimed at is `target`. */
  readonly replicas: readonly Replica[]
  readonly target: Replica
  readonly workload: Workload
  /** Of this fault alone, seeded: the same seed draws the same numbers. */
  readonly random: Random
  /** How long the runner is going to let it last, ms. */
  readonly length: number
  /** One line for the seed's record: what exactly was hit. */
  readonly tell: (line: string) => void
}

export const NOTHING_TO_END: End = () => Promise.resolve()
