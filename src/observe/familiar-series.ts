// This file is about series under names that others gave them: the dashboards of the systems we replace go on working.
//
// Those of single objects are written out at each scrape from what is known anyway: ten thousand objects cost no memory.
import { Counter, Histogram, type Registry } from 'prom-client'
import type { Kind } from '../model/kind.ts'
import { readinessOf } from '../model/readiness.ts'
import type { Ref } from '../model/ref.ts'
import type { CallSeries, KindSeries } from '../model/series.ts'

/** An object that is ours to look after, as it is known now. */
export interface KnownObject {
  readonly ref: Ref
  readonly passes: number
  readonly failures: number
  /** How long the last pass took. */
  readonly tookMs: number
  /** As read; nobody has validated it. */
  readonly status: unknown
}

/** What is asked at each scrape. */
export interface Known {
  readonly objects: () => Iterable<KnownObject>
  /** What is due and waits for its turn. */
  readonly due: () => Iterable<Ref>
}

export interface FamiliarPass {
  readonly ref: Ref
  readonly is: 'done' | 'failed'
  /** It will be looked at again at a time that is known. */
  readonly isPlanned: boolean
  readonly seconds: number
}

export interface FamiliarCall {
  readonly service: string
  readonly operation: string
  readonly outcome: string
}

export interface FamiliarSeries {
  passed(pass: FamiliarPass): void
  called(call: FamiliarCall): void
  /** The series that no registry keeps; empty, or whole lines. */
  expose(known: Known): string
}

type KindWithSeries = Kind & { readonly series: KindSeries }

export function familiarSeries(
  registry: Registry,
  kinds: readonly Kind[],
  calls: readonly CallSeries[],
): FamiliarSeries {
  const familiar = kinds.filter((kind): kind is KindWithSeries => kind.series !== undefined)
  const byKind = new Map(familiar.map((kind) => [kindOf(kind), kind]))
  return {
    passed: byKind.size === 0 ? () => {} : passRecorder(registry, byKind),
    called: callRecorder(registry, calls),
    expose: (known) => (byKind.size === 0 ? '' : exposed(byKind, known)),
  }
}

const kindOf = ({ group, kind }: Pick<Kind, 'group' | 'kind'>): string => `${group}/${kind}`

/** As controller-runtime has them. */
const PASS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

function passRecorder(
  registry: Registry,
  byKind: ReadonlyMap<string, KindWithSeries>,
): FamiliarSeries['passed'] {
  const registers = [registry]
  const passes = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Passes over objects of a kind, by how they ended, under the name of controller-runtime.',
    labelNames: ['controller', 'result'],
    registers,
  })
  const failures = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Passes over objects of a kind that failed, under the name of controller-runtime.',
    labelNames: ['controller'],
    registers,
  })
  const durations = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long passes over objects of a kind took, under the name of controller-runtime.',
    labelNames: ['controller'],
    buckets: PASS_BUCKETS,
    registers,
  })
  for (const { series } of byKind.values()) failures.inc({ controller: series.controller }, 0)
  return ({ ref, is, isPlanned, seconds }) => {
    const controller = byKind.get(kindOf(ref))?.series.controller
    if (controller === undefined) return
    const result = is === 'failed' ? 'error' : isPlanned ? 'requeue_after' : 'success'
    passes.inc({ controller, result })
    if (is === 'failed') failures.inc({ controller })
    durations.observe({ controller }, seconds)
  }
}

function callRecorder(registry: Registry, all: readonly CallSeries[]): FamiliarSeries['called'] {
  const counters = all.map(({ name, providers }) => ({
    providers,
    counter: new Counter({
      name,
      help: 'Calls to AWS, by provider, call and how they ended.',
      labelNames: ['provider', 'call', 'status'],
      registers: [registry],
    }),
  }))
  return ({ service, operation, outcome }) => {
    for (const { providers, counter } of counters) {
      const provider = providers[service]
      if (provider === undefined) continue
      counter.inc({ provider, call: operation, status: outcome === 'ok' ? 'success' : 'error' })
    }
  }
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  /** Its lines of one object; `place` is the labels that say which. */
  readonly samples: (object: KnownObject, place: string) => string
}

function exposed(byKind: ReadonlyMap<string, KindWithSeries>, { objects, due }: Known): string {
  const known = Map.groupBy(objects(), ({ ref }) => kindOf(ref))
  let text = ''
  for (const [kind, { series }] of byKind) {
    for (const family of familiesOf(series)) {
      text += headOf(family)
      for (const object of known.get(kind) ?? []) text += family.samples(object, placeOf(object))
    }
  }
  return text + depthText(byKind, Map.groupBy(due(), kindOf))
}

function depthText(
  byKind: ReadonlyMap<string, KindWithSeries>,
  waiting: ReadonlyMap<string, readonly Ref[]>,
): string {
  const lines = [...byKind].map(
    ([kind, { series }]) => `${DEPTH.name}{name="${series.controller}"} ${waiting.get(kind)?.length ?? 0}\n`,
  )
  return headOf(DEPTH) + lines.join('')
}

const DEPTH = {
  name: 'workqueue_depth',
  type: 'gauge',
  help: 'Objects of a kind that are due and wait for their turn, under the name of controller-runtime.',
} as const

function familiesOf({ passes, failures, duration, condition }: KindSeries): readonly Family[] {
  const single = (
    name: string | undefined,
    type: Family['type'],
    help: string,
    value: (object: KnownObject) => number,
  ): readonly Family[] =>
    name === undefined
      ? []
      : [{ name, type, help, samples: (object, place) => `${name}{${place}} ${value(object)}\n` }]
  return [
    ...single(passes, 'counter', 'Passes over an object.', (object) => object.passes),
    ...single(
      failures,
      'counter',
      'Passes over an object that did not end well.',
      (object) => object.failures,
    ),
    ...single(
      duration,
      'gauge',
      'How long the last pass over an object took, in nanoseconds.',
      ({ tookMs }) => Math.round(tookMs * 1e6),
    ),
    ...(condition === undefined ? [] : [conditionFamily(condition)]),
  ]
}

const conditionFamily = (name: string): Family => ({
  name,
  type: 'gauge',
  help: 'The Ready condition of an object: 1 for the status it has, 0 for the opposite.',
  samples: ({ status }, place) => {
    const { is } = readinessOf(status)
    if (is === 'unknown') return ''
    const sample = (value: 'True' | 'False', isSo: boolean): string =>
      `${name}{${place},condition="Ready",status="${value}"} ${isSo ? 1 : 0}\n`
    return sample('True', is === 'ready') + sample('False', is === 'unready')
  },
})

/** Names of Kubernetes, in which nothing has to be escaped. */
const placeOf = ({ ref: { namespace, name } }: KnownObject): string =>
  `namespace="${namespace}",name="${name}"`

const headOf = ({ name, help, type }: Omit<Family, 'samples'>): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
