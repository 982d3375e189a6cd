// This file is about the Secrets in scope, as the metadata watch shows them: versions and marks, never values.
import type { Glance } from '../engine/ports.ts'
import type { Reflector } from '../kube/reflector.ts'
import type { ObjectName } from '../kube/resource.ts'
import type { StoreChange } from '../kube/store.ts'
import { type SecretRef, secretKey } from '../model/ref.ts'
import type { SecretRecord } from './raw-object.ts'

const asRef = (object: ObjectName): SecretRef => ({ namespace: object.namespace ?? '', name: object.name })

export class SecretIndex {
  /** Undefined without the drift watch: nothing is known, everything is read. */
  readonly #reflector: Reflector<SecretRecord> | undefined
  readonly #carrying = new Map<string, Map<string, SecretRef>>()

  constructor(reflector: Reflector<SecretRecord> | undefined) {
    this.#reflector = reflector
    reflector?.store.subscribe((change) => this.#note(change))
  }

  get isWatching(): boolean {
    return this.#reflector?.store.synced === true
  }

  record(ref: SecretRef): SecretRecord | undefined {
    return this.#reflector?.store.get(ref)
  }

  glance(ref: SecretRef): Glance {
    if (!this.isWatching) return 'unknown'
    const record = this.record(ref)
    return record === undefined
      ? 'absent'
      : { resourceVersion: record.resourceVersion, annotations: record.marks }
  }

  carrying(annotation: string): readonly SecretRef[] {
    return [...(this.#carrying.get(annotation)?.values() ?? [])]
  }

  /** Told of every Secret that changed, in order. */
  subscribe(listener: (ref: SecretRef, now: SecretRecord | undefined) => void): void {
    this.#reflector?.store.subscribe((change) => {
      if (change.type === 'upsert') listener(asRef(change.object), change.now)
      if (change.type === 'delete') listener(asRef(change.object), undefined)
    })
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
