// This file is about the metrics: what is counted and measured, and how it is told to Prometheus.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type Clock, systemClock } from '../base/clock.ts'
import type { Kind } from '../model/kind.ts'
import type { CallSeries } from '../model/series.ts'
import { type ConfigRepoRecorder, configRepoRecorder } from './config-repo-metrics.ts'
import { type FamiliarSeries, familiarSeries, type Known } from './familiar-series.ts'
import { exposedState, type OperatorState } from './operator-metrics.ts'
import { statusRecorder, type StatusRecorder } from './status-metrics.ts'
import { type TargetRecorder, targetSeries } from './target-metrics.ts'
import { type TokenEndpointRecorder, tokenEndpointRecorder } from './token-endpoint-metrics.ts'

/** One call to AWS. */
export interface AwsCall {
  /** Who asked, fit for a label. */
  readonly identity: string
  /** The prefix of the IAM action it needs: "ecr", "ecr-public", "sts". */
  readonly service: string
  /** As AWS names it: "GetAuthorizationToken". */
  readonly operation: string
  /** "ok", or the reason of the fault. */
  readonly outcome: string
  readonly seconds: number
}

export interface AwsRecorder {
  called(call: AwsCall): void
}

/** Asked at each scrape. */
interface ObservedQueue {
  /** How many objects are due. */
  depth(): number
  /** For how long the one that is due longest has been so, its pass included. */
  longestWaitMs(): number
}

export interface ReconcileRecorder {
  reconciled(controller: string, outcome: 'done' | 'failed', seconds: number): void
  watchesQueue(controller: string, queue: ObservedQueue): void
}

export interface Metrics {
  readonly targets: TargetRecorder
  readonly aws: AwsRecorder
  readonly reconciles: ReconcileRecorder
  readonly configRepo: ConfigRepoRecorder
  readonly familiar: Pick<FamiliarSeries, 'passed'>
  readonly tokenEndpoint: TokenEndpointRecorder
  readonly statuses: StatusRecorder
  /** Where the operator is asked how it stands, at each scrape; nothing is told of it until then. */
  follows(operator: OperatorState): void
  /** What is known of objects, asked at each scrape; nothing until told. */
  knows(known: Known): void
  readonly contentType: string
  /** The exposition text. */
  expose(): Promise<string>
}

/** What dialects have names for. */
export interface FamiliarNames {
  readonly kinds: readonly Kind[]
  readonly calls: readonly CallSeries[]
}

export function makeMetrics(
  version: string,
  names: FamiliarNames = { kinds: [], calls: [] },
  clock: Clock = systemClock,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  new Gauge({
    name: 'everpull_build_info',
    help: 'Constant 1, labelled by the version that runs.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version }, 1)
  const aws = awsRecorder(registry, clock)
  const familiar = familiarSeries(registry, names.kinds, names.calls)
  const targets = targetSeries(clock)
  let operator: OperatorState | undefined
  let known: Known = { objects: () => [], due: () => [] }
  return {
    targets,
    aws: {
      called: (call) => {
        aws.called(call)
        familiar.called(call)
      },
    },
    reconciles: reconcileRecorder(registry),
    configRepo: configRepoRecorder(registry),
    familiar,
    tokenEndpoint: tokenEndpointRecorder(registry),
    statuses: statusRecorder(registry),
    follows: (state) => void (operator = state),
    knows: (now) => void (known = now),
    contentType: registry.contentType,
    expose: async () => {
      const state = operator === undefined ? '' : exposedState(operator)
      return `${await registry.metrics()}\n${state}${targets.expose()}${familiar.expose(known)}`
    },
  }
}

/** STS and ECR answer in tens of milliseconds; the SDK gives up after some tens of seconds. */
const AWS_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Twice the longest that somebody in use keeps from asking: a login lives twelve hours. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000

type CallLabels = Record<'identity' | 'operation' | 'outcome', string>

function awsRecorder(registry: Registry, clock: Clock): AwsRecorder {
  const registers = [registry]
  /** By identity: when it asked last, and the series it has. */
  const askers = new Map<string, { at: number; readonly series: Map<string, CallLabels> }>()
  const calls = new Counter({
    name: 'everpull_aws_calls_total',
    help: 'Calls to AWS, by who asked, what and how it ended.',
    labelNames: ['identity', 'operation', 'outcome'],
    registers,
    collect() {
      // An identity that is used no more leaves its series to the past.
      for (const [identity, { at, series }] of askers) {
        if (clock.monotonic() - at < FORGOTTEN_AFTER_MS) continue
        for (const labels of series.values()) this.remove(labels)
        askers.delete(identity)
      }
    },
  })
  const durations = new Histogram({
    name: 'everpull_aws_call_duration_seconds',
    help: 'How long calls to AWS took, the SDK’s retries included.',
    labelNames: ['operation'],
    buckets: AWS_BUCKETS,
    registers,
  })
  return {
    called({ identity, operation, outcome, seconds }) {
      const labels = { identity, operation, outcome }
      const asker = askers.get(identity) ?? { at: 0, series: new Map<string, CallLabels>() }
      asker.at = clock.monotonic()
      asker.series.set(`${operation} ${outcome}`, labels)
      askers.set(identity, asker)
      calls.inc(labels)
      durations.observe({ operation }, seconds)
    },
  }
}

/** A pass that changes nothing takes well under a millisecond, one that asks AWS up to seconds. */
const RECONCILE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]

function reconcileRecorder(registry: Registry): ReconcileRecorder {
  const registers = [registry]
  const durations = new Histogram({
    name: 'everpull_reconcile_duration_seconds',
    help: 'How long one pass over one object took.',
    labelNames: ['controller', 'outcome'],
    buckets: RECONCILE_BUCKETS,
    registers,
  })
  const queues = new Map<string, ObservedQueue>()
  const gaugeOf = (name: string, help: string, value: (queue: ObservedQueue) => number): void =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ['controller'],
        registers: [],
        collect() {
          for (const [controller, queue] of queues) this.set({ controller }, value(queue))
        },
      }),
    )
  gaugeOf('everpull_queue_depth', 'Objects that are due and wait for their turn.', (queue) => queue.depth())
  gaugeOf(
    'everpull_queue_longest_wait_seconds',
    'For how long the object that is due longest has been so without its pass having ended.',
    (queue) => queue.longestWaitMs() / 1000,
  )
  return {
    reconciled: (controller, outcome, seconds) => durations.observe({ controller, outcome }, seconds),
    watchesQueue: (controller, queue) => void queues.set(controller, queue),
  }
}
