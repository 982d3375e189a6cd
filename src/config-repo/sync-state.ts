// This file is about whether the cluster holds an integration as the repository has it, as far as the sync's record tells.
import { objectDigest, type SyncRecord } from './sync-record.ts'
import type { IntegrationFolder, PlacedObject } from './tree.ts'

export interface SyncStanding {
  readonly state: 'synced' | 'syncing' | 'out-of-sync' | 'unknown'
  /** Why, where it is known. */
  readonly note?: string
}

/** `head` is the commit of the repository that the folder was read at. */
export function syncStateOf(
  record: SyncRecord | undefined,
  folder: IntegrationFolder,
  head: string,
): SyncStanding {
  if (record === undefined) return { state: 'unknown' }
  const { runtime } = record.source
  const { placement, objects } = folder
  if (placement.is === 'runtime' && placement.runtime !== runtime) {
    return { state: 'unknown', note: `meant for runtime ${placement.runtime}; this cluster is ${runtime}'s` }
  }
  const problem = record.problems.find(({ path }) => `${path}/`.startsWith(`${folder.folder}/`))
  if (problem !== undefined) return { state: 'out-of-sync', note: `${problem.path}: ${problem.because}` }
  if (objects.length > 0 && objects.every((object) => isKept(record, object))) return { state: 'synced' }
  if (record.failure !== undefined) return { state: 'out-of-sync', note: record.failure.message }
  return record.commit === head ? { state: 'out-of-sync' } : { state: 'syncing' }
}

/** In a namespace that is left out it is the operator's. */
const isKept = ({ objects }: SyncRecord, { object, path }: PlacedObject): boolean =>
  objects.some(
    (kept) =>
      kept.uid !== undefined &&
      kept.path === path &&
      kept.kind === object.kind &&
      kept.name === object.metadata.name &&
      kept.digest === objectDigest(object),
  )
