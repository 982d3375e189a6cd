// This file is about what is known of one kind: the records a reflector keeps, by namespace and name.
import type { ObjectName } from './resource.ts'

export type StoreChange<T> =
  /** Everything that existed at the first list (of every namespace watched) is there. Told once. */
  | { readonly type: 'synced' }
  | { readonly type: 'upsert'; readonly object: ObjectName; readonly now: T; readonly before: T | undefined }
  | { readonly type: 'delete'; readonly object: ObjectName; readonly before: T }

/** The reading side. Records are whatever the reflector's `keep` made of the objects. */
export interface Store<T> {
  readonly synced: boolean
  readonly size: number
  get(object: ObjectName): T | undefined
  list(): T[]
  /** '' holds the cluster-scoped ones. */
  inNamespace(namespace: string): T[]
  /** Told of every later change, in order, in the turn it happens. Returns a function that ends it. */
  subscribe(listener: (change: StoreChange<T>) => void): () => void
}
