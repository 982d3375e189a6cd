// This file is about the namespaces of the cluster: followed only once somebody selects among them, by metadata alone.
import { canonicalJson } from '../base/canonical-json.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { Listed, Looked } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Reflector, StartReflector } from '../kube/reflector.ts'
import { type KubeObject, NAMESPACES } from '../kube/resource.ts'
import { fault } from '../model/fault.ts'
import { NAMESPACE } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { asResource } from './raw-object.ts'

export interface NamespaceParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  /** Those served; undefined: all of them. The others are as good as not there. */
  readonly namespaces: readonly string[] | undefined
  readonly onChange: (now: Resource | undefined, before: Resource | undefined) => void
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export class Namespaces {
  readonly #parts: NamespaceParts
  #reflector: Reflector<Resource> | undefined

  constructor(parts: NamespaceParts) {
    this.#parts = parts
  }

  /** Undefined until they are followed. */
  get reflector(): Reflector<Resource> | undefined {
    return this.#reflector
  }

  /** One of them, as far as they are followed. */
  get(ref: Ref): Looked {
    const listed = this.list()
    if (listed.is !== 'listed') return listed
    const resource = this.#reflector?.store.get({ name: ref.name })
    return resource === undefined ? { is: 'absent' } : { is: 'present', resource }
  }

  list(): Listed {
    const reflector = this.#reflector
    if (reflector === undefined) return { is: 'unread' }
    if (reflector.store.synced) return { is: 'listed', resources: reflector.store.list() }
    const phase = reflector.phase()
    // Somebody else has just begun to follow them: whoever looks now waits for the same list.
    if (phase.is === 'listing') return { is: 'unread' }
    const isForbidden = phase.is === 'forbidden'
    const why = isForbidden || phase.is === 'failing' ? phase.error.message : 'they are not followed any more'
    const remedy = isForbidden ? ' (apply the output of "everpull rbac")' : ''
    const words = `namespaces cannot be listed: ${why}${remedy}`
    return { is: 'denied', fault: fault('reference-unreadable', words) }
  }

  /** Follows them from now on; resolves when they are listed, or cannot be. */
  async open(): Promise<void> {
    this.#reflector ??= this.#start()
    await this.#reflector.settled()
  }

  async stop(): Promise<void> {
    await this.#reflector?.stop()
  }

  #start(): Reflector<Resource> {
    const { namespaces, onChange, startReflector, ...rest } = this.#parts
    const served = namespaces === undefined ? undefined : new Set(namespaces)
    const reflector = startReflector<Resource>({
      ...rest,
      type: NAMESPACES,
      metadataOnly: true,
      keep: (raw) => (served?.has(raw.metadata.name) === false ? undefined : asNamespace(raw)),
      same: isSame,
    })
    reflector.store.subscribe((change) => {
      if (change.type === 'upsert') onChange(change.now, change.before)
      if (change.type === 'delete') onChange(undefined, change.before)
    })
    return reflector
  }
}

const OURS = 'everpull.dev/'
/** What thousands have none of is kept once. */
const NONE = { annotations: {}, finalizers: [], statusWriters: [] } as const

/** Annotations of others are nobody's concern here, and can be large. */
function asNamespace(raw: KubeObject): Resource {
  const resource = asResource(NAMESPACE, 'v1', raw)
  const annotations = Object.entries(resource.annotations).filter(([name]) => name.startsWith(OURS))
  return {
    ...resource,
    ...NONE,
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    ...(resource.finalizers.length === 0 ? {} : { finalizers: resource.finalizers }),
  }
}

const isSame = (before: Resource, now: Resource): boolean => essence(before) === essence(now)

const essence = ({ uid, deletingSince, labels, annotations, finalizers }: Resource): string =>
  canonicalJson([uid, deletingSince, labels, annotations, finalizers])
