// This file is about following a kind in one of its versions, for as long as that version answers.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Reflector, ReflectorPhase, StartReflector } from '../kube/reflector.ts'
import { apiVersionOf, type ResourceType } from '../kube/resource.ts'
import type { Kind } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { EqualParts } from './equal-parts.ts'
import { asChosen, asResource } from './raw-object.ts'

export interface VersionWatchParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  readonly namespaces: readonly string[] | undefined
  /** Nothing else comes from the API server. */
  readonly labelSelector?: string | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface VersionWatchSinks {
  readonly onChange: (now: Resource | undefined, before: Resource | undefined) => void
  /** Everything there is has been listed. Told once. */
  readonly onSynced: () => void
  /** The server answered 404. */
  readonly onLost: () => void
}

export class VersionWatch {
  readonly type: ResourceType
  readonly #reflector: Reflector<Resource>
  #isLost = false

  constructor(kind: Kind, version: string, parts: VersionWatchParts, sinks: VersionWatchSinks) {
    const { group, plural, namespaced, reads, chosen } = kind
    const { startReflector, namespaces, labelSelector, ...rest } = parts
    this.type = { group, version, plural, kind: kind.kind, namespaced }
    const apiVersion = apiVersionOf(this.type)
    const equal = new EqualParts()
    this.#reflector = startReflector<Resource>({
      ...rest,
      type: this.type,
      namespaces: namespaced ? namespaces : undefined,
      metadataOnly: reads === 'metadata',
      labelSelector: [chosen?.labelSelector, labelSelector].filter(Boolean).join() || undefined,
      keep: (raw) => {
        const seen = chosen === undefined ? raw : asChosen(raw, chosen)
        return seen === undefined ? undefined : asResource(kind, apiVersion, seen, equal.share)
      },
      onPhase: (phase) => {
        if (phase.is === 'absent') this.#lose(sinks)
      },
    })
    this.#reflector.store.subscribe((change) => {
      if (change.type === 'upsert') sinks.onChange(change.now, change.before)
      if (change.type === 'delete') sinks.onChange(undefined, change.before)
      if (change.type === 'synced') sinks.onSynced()
    })
  }

  /** It answered 404 and is followed no more; what was seen last can still be read. */
  get isLost(): boolean {
    return this.#isLost
  }

  get phase(): ReflectorPhase {
    return this.#reflector.phase()
  }

  get isSynced(): boolean {
    return this.#reflector.store.synced
  }

  get({ namespace, name }: Ref): Resource | undefined {
    return this.#reflector.store.get({ namespace, name })
  }

  list(): readonly Resource[] {
    return this.#reflector.store.list()
  }

  /** Resolves when all is listed, or cannot be. */
  settled(): Promise<void> {
    return this.#reflector.settled()
  }

  stop(): Promise<void> {
    return this.#reflector.stop()
  }

  /** Stopped at once: a reflector that meets a second 404 takes everything for deleted. */
  #lose(sinks: VersionWatchSinks): void {
    if (this.#isLost) return
    this.#isLost = true
    void this.stop()
    sinks.onLost()
  }
}
