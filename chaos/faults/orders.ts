// This file is about orders being taken away: their definitions, or the namespaces they are in; and given back.
import { established } from '../../test/support/established.ts'
import type { FaultKind, World } from '../fault.ts'
import { oneOf } from './drawing.ts'

const OF_ORDERS = {
  weight: 1,
  takes: ['orders'],
  retried: 'backoff',
  aim: 'lane',
  // Deleting what operators have to let go of takes an API server and an operator that live.
  touches: ['orders', 'apiserver', 'operators', 'fronts'],
} as const

/** By the name that `everpull crds --dialect` knows them by. */
const DIALECTS = ['external-secrets', 'mobb', 'everpull'] as const

export const definitionsRemoved: FaultKind = {
  ...OF_ORDERS,
  name: 'definitions-removed',
  length: [0, 3000],
  mends: 8000,
  async strike({ lane, workload, random, tell }) {
    const dialect = oneOf(random, ...DIALECTS)
    tell(dialect)
    const definitions = await lane.everpull(['crds', '--dialect', dialect])
    workload.expectLoss()
    const restore = async (): Promise<void> => {
      await lane.kubectl(['apply', '-f', '-'], definitions)
      await established((...args) => lane.kubectl(args))
      await workload.reapply()
    }
    try {
      await lane.kubectl(['delete', '--ignore-not-found', '--timeout=60s', '-f', '-'], definitions)
    } catch (error) {
      // Seeds to come on the lane cannot do without them.
      await restore().catch(() => {})
      throw error
    }
    return restore
  },
}

export const namespaceDeleted: FaultKind = {
  ...OF_ORDERS,
  name: 'namespace-deleted',
  length: [0, 2000],
  mends: 4000,
  async strike({ workload, random, tell }) {
    const namespace = drawn(workload.namespaces, random)
    tell(namespace)
    await workload.deleteNamespace(namespace)
    return () => workload.restoreNamespace(namespace)
  },
}

function drawn(all: readonly string[], random: World['random']): string {
  const [first, ...others] = all
  if (first === undefined) throw new Error('there is nothing to choose from')
  return oneOf(random, first, ...others)
}
