// This file is about reflectors that show what a test says, in place of those that follow a cluster.
import type { Reflector, ReflectorOptions, ReflectorPhase, StartReflector } from '../../src/kube/reflector.ts'
import type { KubeObject, ObjectName, ResourceType } from '../../src/kube/resource.ts'
import { apiVersionOf } from '../../src/kube/resource.ts'
import { RecordStore } from '../../src/kube/store.ts'

type RawMetadata = Partial<KubeObject['metadata']> & { readonly name: string }

/** One reflector that was started, from the cluster's side. */
export interface ScriptedReflector {
  readonly type: ResourceType
  readonly namespaces: readonly string[] | undefined
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
  /** How often it was told not to wait any longer. */
  readonly retries: number
  readonly isStopped: boolean
  /** An object appears or changes; every change gives it a new version. */
  put(metadata: RawMetadata, members?: Readonly<Record<string, unknown>>): void
  remove(object: ObjectName): void
  /** The first list was read. */
  sync(): void
  enter(phase: ReflectorPhase): void
}

class Scripted<T> implements ScriptedReflector, Reflector<T> {
  readonly store: RecordStore<T>
  retries = 0
  isStopped = false
  readonly #options: ReflectorOptions<T>
  readonly #settled = Promise.withResolvers<void>()
  #phase: ReflectorPhase = { is: 'listing' }
  #version = 0

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.store = new RecordStore<T>(options.same)
  }

  get type(): ResourceType {
    return this.#options.type
  }
  get namespaces(): readonly string[] | undefined {
    return this.#options.namespaces
  }
  get labelSelector(): string | undefined {
    return this.#options.labelSelector
  }
  get fieldSelector(): string | undefined {
    return this.#options.fieldSelector
  }

  put(metadata: RawMetadata, members: Readonly<Record<string, unknown>> = {}): void {
    this.#version += 1
    const record = this.#options.keep({
      apiVersion: apiVersionOf(this.type),
      kind: this.type.kind,
      metadata: { uid: `uid-of-${metadata.name}`, resourceVersion: String(this.#version), ...metadata },
      ...members,
    })
    if (record !== undefined) this.store.upsert(metadata, record)
  }

  remove(object: ObjectName): void {
    this.store.delete(object)
  }

  sync(): void {
    this.enter({ is: 'watching' })
    this.store.markSynced()
  }

  enter(phase: ReflectorPhase): void {
    const before = this.#phase
    this.#phase = phase
    if (phase.is !== 'listing') this.#settled.resolve()
    if (before.is !== phase.is) this.#options.onPhase?.(phase, undefined)
  }

  phase(): ReflectorPhase {
    return this.#phase
  }

  settled(): Promise<void> {
    return this.#settled.promise
  }

  retryNow(): void {
    this.retries += 1
  }

  async stop(): Promise<void> {
    this.isStopped = true
    this.enter({ is: 'stopped' })
  }
}

export class ScriptedReflectors {
  /** In the order they were started. */
  readonly started: ScriptedReflector[] = []

  readonly start: StartReflector = <T>(options: ReflectorOptions<T>): Reflector<T> => {
    const scripted = new Scripted(options)
    this.started.push(scripted)
    return scripted
  }

  /** The latest one of a kind that still runs. */
  of(kind: string): ScriptedReflector {
    const found = this.started.findLast((one) => one.type.kind === kind && !one.isStopped)
    if (found === undefined) throw new Error(`nobody follows ${kind}`)
    return found
  }
}
