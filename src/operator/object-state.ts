// This file is about how an object fares, in one word: for metrics, which count objects by it.
import { readinessOf } from '../model/readiness.ts'
import type { Entry } from './read-model.ts'

export type ObjectState = 'ready' | 'retrying' | 'failing' | 'yielding' | 'waiting' | 'dormant'

/** `status` is as last seen; objects without a Secret, tests of connections, and shares tell by it alone. */
export function objectState({ answers, dormant }: Entry, status: unknown): ObjectState {
  if (dormant !== undefined) return 'dormant'
  const failures = answers.filter((answer) => answer.is === 'failed')
  if (failures.length > 0)
    return failures.every(({ serving }) => serving !== undefined) ? 'retrying' : 'failing'
  if (answers.some(({ is }) => is === 'yielded')) return 'yielding'
  if (answers.some(({ is }) => is === 'target-missing')) return 'waiting'
  return readinessOf(status).is === 'unready' ? 'failing' : 'ready'
}
