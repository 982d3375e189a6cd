// This file is about the Secrets in scope, as the metadata watch shows them: versions and marks, never values.
import type { Glance } from '../engine/ports.ts'
import type { Reflector } from '../kube/reflector.ts'
import type { ObjectName } from '../kube/resource.ts'
import type { StoreChange } from '../kube/store.ts'
import { DELIVERY_PREFIX } from '../model/delivery.ts'
import { type SecretRef, secretKey } from '../model/ref.ts'
import { labelMark, type SecretRecord } from './raw-object.ts'

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
  /** Nearly every mark is on one Secret: only where there are more, it takes a map. */
  readonly #carrying = new Map<string, SecretRef | Map<string, SecretRef>>()

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
    const found = this.#carrying.get(annotation)
    if (found === undefined) return []
    return found instanceof Map ? [...found.values()] : [found]
  }

  /** Annotations of deliveries, by name, each once. */
  *marks(): Iterable<string> {
    for (const mark of this.#carrying.keys()) if (mark.startsWith(DELIVERY_PREFIX)) yield mark
  }

  labelled(label: string, value: string, namespace: string): readonly SecretRef[] {
    return this.carrying(labelMark(label, value)).filter((ref) => ref.namespace === namespace)
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
    for (const mark of change.now.marks) this.#mark(mark, ref)
  }

  #mark(mark: string, ref: SecretRef): void {
    const found = this.#carrying.get(mark)
    if (found === undefined) this.#carrying.set(mark, ref)
    else if (found instanceof Map) found.set(secretKey(ref), ref)
    else this.#carrying.set(mark, new Map([found, ref].map((one) => [secretKey(one), one])))
  }

  #unmark(mark: string, ref: SecretRef): void {
    const found = this.#carrying.get(mark)
    const isLast = found instanceof Map ? found.delete(secretKey(ref)) && found.size === 0 : true
    if (isLast) this.#carrying.delete(mark)
  }
}
