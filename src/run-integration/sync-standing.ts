// This file is about whether the cluster holds an integration as the repository has it: by the sync's own record, or by comparing.
import { syncStateOf, type SyncStanding } from '../config-repo/sync-state.ts'
import type { IntegrationFolder, WrittenObject } from '../config-repo/tree.ts'
import { conditionOf } from '../dialects/everpull/conditions.ts'
import type { ClusterView, StoredIntegration } from './cluster-view.ts'
import { isIntegration } from './form-object.ts'

/** `commit` is that of the repository as read; without a repository only the record can tell. */
export function standingOf(
  { record, integrations, unknown }: ClusterView,
  folders: readonly IntegrationFolder[],
  commit: string,
): SyncStanding {
  if (unknown !== undefined) return { state: 'unknown', note: unknown }
  const [first] = folders
  if (first === undefined)
    return { state: 'out-of-sync', note: 'it is in the cluster, and not in the repository' }
  if (record !== undefined) {
    const meant = folders.find(
      ({ placement }) => placement.is === 'runtime' && placement.runtime === record.source.runtime,
    )
    return syncStateOf(record, meant ?? first, commit)
  }
  const written = first.objects.find(({ object }) => isIntegration(object))?.object
  const stored = integrations.find(({ metadata }) => metadata.name === first.name)
  if (stored === undefined) return { state: 'out-of-sync', note: 'it is not in the cluster yet' }
  if (written === undefined || !holds(stored['spec'], written['spec'])) {
    return { state: 'out-of-sync', note: 'the cluster has other settings than the repository' }
  }
  return isSeen(stored) ? { state: 'synced' } : { state: 'syncing', note: 'no operator has looked at it yet' }
}

const isSeen = ({ status, metadata }: StoredIntegration): boolean =>
  conditionOf(status, 'Ready') !== undefined && status?.observedGeneration === metadata.generation

/** Whether everything written stands there; the API server adds defaults. */
function holds(stored: unknown, written: WrittenObject[string]): boolean {
  if (Array.isArray(written)) {
    return (
      Array.isArray(stored) &&
      stored.length === written.length &&
      written.every((one, i) => holds(stored[i], one))
    )
  }
  if (typeof written === 'object' && written !== null) {
    if (typeof stored !== 'object' || stored === null) return false
    const there = stored as Readonly<Record<string, unknown>>
    return Object.entries(written).every(([key, value]) => holds(there[key], value))
  }
  return stored === written
}
