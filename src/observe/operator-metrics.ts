// This file is about what the operator is and holds at each scrape: who leads, what is followed, how its objects fare.
//
// Counted over objects, so that a dashboard and an alert need one series a namespace, however many objects there are.
import type { Ref } from '../model/ref.ts'

/** How an object fares; a share of a spread order counts as one. */
export const OBJECT_STATES = [
  'ready',
  /** Renewing fails; the login written before still lives. */
  'retrying',
  'failing',
  /** Another object writes its Secret. */
  'yielding',
  /** Its Secret is made by somebody else, and is not there. */
  'waiting',
  /** Still left to its own controller. */
  'dormant',
] as const
export type ObjectState = (typeof OBJECT_STATES)[number]

/** What is asked at each scrape. */
export interface OperatorState {
  /** Whether this process may write. */
  isLeading(): boolean
  /** Shards of the work that this process may write for; one where it is not dealt out. */
  shardsHeld(): number
  /** How many there are. */
  shards(): number
  objects(): Iterable<{ readonly ref: Ref; readonly state: ObjectState }>
  /** Where each watch stands. */
  watches(): Iterable<{ readonly kind: string; readonly phase: string }>
}

/** Whole lines. */
export function exposedState(state: OperatorState): string {
  const objects = counted(state.objects(), ({ ref, state: fares }) => [
    ['kind', ref.kind],
    ['namespace', ref.namespace],
    ['state', fares],
  ])
  const watches = counted(state.watches(), ({ kind, phase }) => [
    ['kind', kind],
    ['phase', phase],
  ])
  return (
    family(
      'everpull_leading',
      '1 while this replica may write, for one shard at least; 0 while it may not.',
    ) +
    `everpull_leading ${state.isLeading() ? 1 : 0}\n` +
    family(
      'everpull_shards_held',
      'Shards this replica serves; where all is served by one, 1 for it and 0 for others.',
    ) +
    `everpull_shards_held ${state.shardsHeld()}\n` +
    family('everpull_shards', 'Shards there are, as this replica is told; where all is served by one, 1.') +
    `everpull_shards ${state.shards()}\n` +
    family('everpull_objects', `Objects looked after, by how they fare: ${OBJECT_STATES.join(', ')}.`) +
    lines('everpull_objects', objects) +
    family('everpull_watches', 'Watches by kind and phase: listing, watching, absent, forbidden, failing.') +
    lines('everpull_watches', watches)
  )
}

type Labels = readonly (readonly [name: string, value: string])[]

/** How many there are of each; values are names of Kubernetes, in which nothing has to be escaped. */
export function counted<T>(all: Iterable<T>, labelsOf: (one: T) => Labels): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const one of all) {
    const labels = labelsOf(one)
      .map(([name, value]) => `${name}="${value}"`)
      .join(',')
    counts.set(labels, (counts.get(labels) ?? 0) + 1)
  }
  return counts
}

export const family = (name: string, help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`

export const lines = (name: string, counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([labels, count]) => `${name}{${labels}} ${count}\n`).join('')
