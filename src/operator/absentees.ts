// This file is about orderers that went while nobody was there to see it: who they were, as far as kinds are followed.
import { leftBehind, type LeftBehindParts } from '../engine/left-behind.ts'
import type { Ref } from '../model/ref.ts'
import type { Served } from './reconcile.ts'
import { isShare, orderOf, shareOf } from './shares.ts'
import { kindKey } from './world.ts'

export interface AbsenteeParts extends LeftBehindParts {
  readonly served: ReadonlyMap<string, Served>
}

/** Each once, as its marks on Secrets are read. */
export const absentees = (parts: AbsenteeParts, signal: AbortSignal): AsyncGenerator<Ref> =>
  leftBehind(parts, present(parts), (by) => isGone(parts.served, by), signal)

/** Everybody there is, and a share of each order outside of namespaces for every namespace with marks. */
function* present({ served, store }: AbsenteeParts): Iterable<Ref> {
  const namespaces = new Set<string>()
  for (const mark of store.marks())
    for (const { namespace } of store.carrying(mark)) namespaces.add(namespace)
  for (const { watch } of served.values()) {
    for (const { ref } of watch.list()) {
      yield ref
      if (!watch.kind.namespaced) for (const namespace of namespaces) yield shareOf(ref, namespace)
    }
  }
}

function isGone(served: ReadonlyMap<string, Served>, by: Ref): boolean {
  const watch = served.get(kindKey(by))?.watch
  if (watch?.isSynced !== true || watch.phase.is !== 'watching') return false
  return watch.get(isShare(by, watch.kind) ? orderOf(by) : by) === undefined
}
