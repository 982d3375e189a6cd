// This file is about ConfigMaps that templates come from: followed only once somebody refers to one, by metadata alone.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Looked } from '../dialects/dialect.ts'
import type { Glance } from '../engine/ports.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Reflector, StartReflector } from '../kube/reflector.ts'
import { CONFIG_MAPS, type KubeObject } from '../kube/resource.ts'
import { fault } from '../model/fault.ts'
import { CONFIG_MAP } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import { bare } from './world.ts'

export interface ConfigMapParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  readonly namespaces: readonly string[] | undefined
  readonly onChange: (ref: Ref) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** All that is remembered of a ConfigMap: there can be many, and few of them are templates. */
interface ConfigMapRecord {
  readonly uid: string
  readonly resourceVersion: string
}

type Name = Pick<Ref, 'namespace' | 'name'>

export class ConfigMaps {
  readonly #parts: ConfigMapParts
  #reflector: Reflector<ConfigMapRecord> | undefined

  constructor(parts: ConfigMapParts) {
    this.#parts = parts
  }

  /** Undefined until they are followed. */
  get reflector(): Reflector<ConfigMapRecord> | undefined {
    return this.#reflector
  }

  get({ namespace, name }: Name): Looked {
    const reflector = this.#reflector
    const known = reflector?.store.get({ namespace, name })
    if (known !== undefined) return { is: 'present', resource: bare(asRef({ namespace, name }), known) }
    if (reflector?.store.synced === true && reflector.phase().is !== 'forbidden') return { is: 'absent' }
    return this.#notSeen(name)
  }

  /** What the watch last saw; 'unknown' where nothing is followed, or not yet. */
  glance(name: Name): Glance {
    const reflector = this.#reflector
    if (reflector?.store.synced !== true) return 'unknown'
    const known = reflector.store.get(name)
    return known === undefined
      ? 'absent'
      : { resourceVersion: known.resourceVersion, annotations: NO_ANNOTATIONS }
  }

  /** Follows them from now on; resolves when they are listed, or cannot be. */
  async fetch(name: Name): Promise<Looked> {
    this.#reflector ??= this.#start()
    await this.#reflector.settled()
    return this.get(name)
  }

  async stop(): Promise<void> {
    await this.#reflector?.stop()
  }

  #notSeen(name: string): Looked {
    const phase = this.#reflector?.phase()
    if (phase?.is !== 'forbidden' && phase?.is !== 'failing') return { is: 'unread' }
    const remedy = phase.is === 'forbidden' ? ' (apply the output of "everpull rbac")' : ''
    const words = `ConfigMap ${name} cannot be read: ${phase.error.message}${remedy}`
    return { is: 'denied', fault: fault('reference-unreadable', words) }
  }

  #start(): Reflector<ConfigMapRecord> {
    const { onChange, startReflector, ...rest } = this.#parts
    const reflector = startReflector<ConfigMapRecord>({
      ...rest,
      type: CONFIG_MAPS,
      metadataOnly: true,
      keep: asRecord,
      same: (before, now) => before.resourceVersion === now.resourceVersion,
    })
    reflector.store.subscribe((change) => {
      if (change.type !== 'synced')
        onChange(asRef({ namespace: change.object.namespace ?? '', name: change.object.name }))
    })
    return reflector
  }
}

const NO_ANNOTATIONS: readonly string[] = []

const asRef = ({ namespace, name }: Name): Ref => ({ group: '', kind: CONFIG_MAP.kind, namespace, name })

const asRecord = ({ metadata }: KubeObject): ConfigMapRecord => ({
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
})
