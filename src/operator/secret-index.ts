// This file is about the Secrets in scope, as the metadata watch shows them: versions and marks, never values.
import type { Glance } from '../engine/ports.ts'
import type { Reflector } from '../kube/reflector.ts'
import type { ObjectName } from '../kube/resource.ts'
import type { StoreChange } from '../kube/store.ts'
import { type SecretRef, secretKey } from '../model/ref.ts'
import type { SecretRecord } from './raw-object.ts'

const asRef = (object: ObjectName): SecretRef => ({ namespace: object.namespace ?? '', name: object.name })

export interface SecretWatches {
  /** Over the namespaces served; undefined without the drift watch: nothing is known, everything is read. */
  readonly served: Reflector<SecretRecord> | undefined
  /** Undefined: all of them. */
  readonly namespaces: readonly string[] | undefined
  /** One for each Secret outside of them that translations look at, by secretKey. */
  readonly named: ReadonlyMap<string, Reflector<SecretRecord>>
}

export class SecretIndex {
  readonly #watches: SecretWatches
  readonly #carrying = new Map<string, Map<string, SecretRef>>()

  constructor(watches: SecretWatches) {
    this.#watches = watches
    watches.served?.store.subscribe((change) => this.#note(change))
  }

  /** What a watch shows of a Secret; 'unknown' where none does, or not yet. */
  see(ref: SecretRef): SecretRecord | 'absent' | 'unknown' {
    const reflector = this.#reflectorOf(ref)
    return reflector?.store.synced === true ? (reflector.store.get(ref) ?? 'absent') : 'unknown'
  }

  glance(ref: SecretRef): Glance {
    const seen = this.see(ref)
    return typeof seen === 'string'
      ? seen
      : { resourceVersion: seen.resourceVersion, annotations: seen.marks }
  }

  carrying(annotation: string): readonly SecretRef[] {
    return [...(this.#carrying.get(annotation)?.values() ?? [])]
  }

  /** Told of every Secret that changed, in order. */
  subscribe(listener: (ref: SecretRef, now: SecretRecord | undefined) => void): void {
    const { served, named } = this.#watches
    for (const reflector of [...(served === undefined ? [] : [served]), ...named.values()]) {
      reflector.store.subscribe((change) => {
        if (change.type === 'upsert') listener(asRef(change.object), change.now)
        if (change.type === 'delete') listener(asRef(change.object), undefined)
      })
    }
  }

  #reflectorOf(ref: SecretRef): Reflector<SecretRecord> | undefined {
    const { served, namespaces, named } = this.#watches
    const isServed = namespaces === undefined || namespaces.includes(ref.namespace)
    return isServed ? served : named.get(secretKey(ref))
  }

  #note(change: StoreChange<SecretRecord>): void {
    if (change.type === 'synced') return
    const ref = asRef(change.object)
    for (const mark of change.before?.marks ?? []) this.#unmark(mark, ref)
    if (change.type === 'delete') return
    for (const mark of change.now.marks) {
      const refs = this.#carrying.get(mark) ?? new Map<string, SecretRef>()
      this.#carrying.set(mark, refs.set(secretKey(ref), ref))
    }
  }

  #unmark(mark: string, ref: SecretRef): void {
    const refs = this.#carrying.get(mark)
    refs?.delete(secretKey(ref))
    if (refs?.size === 0) this.#carrying.delete(mark)
  }
}
