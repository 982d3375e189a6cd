// This file is about what one object costs at each number of objects, and what that says of numbers nobody measured.
import { short } from './numbers.ts'
import type { Machine } from './summaries.ts'

/** One measurement of Everpull alone. */
export interface CurvePoint {
  readonly objects: number
  readonly namespaces: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly peakBytes: number
  readonly requests: number
  readonly awsCalls: number
  /** Of the same process in the same cluster before there were any objects. */
  readonly emptyBytes: number
}

export interface Curve {
  readonly commit: string
  readonly machine: Machine
  readonly points: readonly CurvePoint[]
}

export type CostName = 'cpu' | 'memory' | 'requests' | 'awsCalls'

interface Cost {
  readonly title: string
  readonly of: (point: CurvePoint) => number
  readonly write: (value: number) => string
}

/** For each object. */
export const COSTS: Readonly<Record<CostName, Cost>> = {
  cpu: {
    title: 'CPU an object, ms',
    of: ({ cpuSeconds, objects }) => (cpuSeconds * 1000) / objects,
    write: short,
  },
  memory: {
    title: 'peak memory an object, kB',
    of: ({ peakBytes, emptyBytes, objects }) => (peakBytes - emptyBytes) / 1000 / objects,
    write: short,
  },
  requests: {
    title: 'API requests an object',
    of: ({ requests, objects }) => requests / objects,
    write: short,
  },
  awsCalls: {
    title: 'AWS calls a thousand objects',
    of: ({ awsCalls, objects }) => (awsCalls * 1000) / objects,
    write: short,
  },
}

export const costOf = (point: CurvePoint, cost: CostName): number => COSTS[cost].of(point)
