// This file is about what is known of one kind: the records a reflector keeps, by namespace and name.
import type { ObjectName } from './resource.ts'

export type StoreChange<T> =
  /** Everything that existed at the first list (of every namespace watched) is there. Told once. */
  | { readonly type: 'synced' }
  | { readonly type: 'upsert'; readonly object: ObjectName; readonly now: T; readonly before: T | undefined }
  | { readonly type: 'delete'; readonly object: ObjectName; readonly before: T }

export type StoreListener<T> = (change: StoreChange<T>) => void

/** The reading side. Records are whatever the reflector's `keep` made of the objects. */
export interface Store<T> {
  readonly synced: boolean
  readonly size: number
  get(object: ObjectName): T | undefined
  list(): T[]
  /** '' holds the cluster-scoped ones. */
  inNamespace(namespace: string): T[]
  /** Told of every later change, in order, in the turn it happens. Returns a function that ends it. */
  subscribe(listener: StoreListener<T>): () => void
}

/** The writing side, for the one who follows the cluster (and for tests). */
export class RecordStore<T> implements Store<T> {
  readonly #records = new Map<string, Map<string, T>>()
  readonly #listeners = new Set<StoreListener<T>>()
  readonly #same: (before: T, now: T) => boolean
  #size = 0
  #synced = false

  constructor(same: (before: T, now: T) => boolean = () => false) {
    this.#same = same
  }

  get synced(): boolean {
    return this.#synced
  }

  get size(): number {
    return this.#size
  }

  get({ namespace = '', name }: ObjectName): T | undefined {
    return this.#records.get(namespace)?.get(name)
  }

  list(): T[] {
    return [...this.#records.values()].flatMap((records) => [...records.values()])
  }

  inNamespace(namespace: string): T[] {
    return [...(this.#records.get(namespace)?.values() ?? [])]
  }

  subscribe(listener: StoreListener<T>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  upsert(object: ObjectName, now: T): void {
    const { namespace = '', name } = object
    let records = this.#records.get(namespace)
    if (records === undefined) this.#records.set(namespace, (records = new Map()))
    const before = records.get(name)
    records.set(name, now)
    if (before === undefined) this.#size += 1
    else if (this.#same(before, now)) return
    this.#tell({ type: 'upsert', object: nameOf(namespace, name), now, before })
  }

  delete({ namespace = '', name }: ObjectName): void {
    const records = this.#records.get(namespace)
    const before = records?.get(name)
    if (records === undefined || before === undefined) return
    records.delete(name)
    if (records.size === 0) this.#records.delete(namespace)
    this.#size -= 1
    this.#tell({ type: 'delete', object: nameOf(namespace, name), before })
  }

  /** Deletes what `seen` does not name, in one namespace or in all. */
  sweep(namespace: string | undefined, seen: (object: ObjectName) => boolean): void {
    const namespaces = namespace === undefined ? [...this.#records.keys()] : [namespace]
    for (const each of namespaces) {
      for (const name of this.#records.get(each)?.keys() ?? []) {
        const object = nameOf(each, name)
        if (!seen(object)) this.delete(object)
      }
    }
  }

  markSynced(): void {
    if (this.#synced) return
    this.#synced = true
    this.#tell({ type: 'synced' })
  }

  /** Everyone is told, even when one of them throws; the first error is thrown at the end. */
  #tell(change: StoreChange<T>): void {
    const errors: unknown[] = []
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}

const nameOf = (namespace: string, name: string): ObjectName =>
  namespace === '' ? { name } : { namespace, name }
