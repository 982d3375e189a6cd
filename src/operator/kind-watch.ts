// This file is about following one kind of custom resource: whichever of its versions is served, once one is.
//
// A kind whose definition is missing is waited for: the group is asked again until it serves a version we read. When a
// version disappears under a running watch, and the group says so too, the watch ends and the search begins anew; a 404
// alone may come from a server that is still starting, and must not make every object look deleted.
import { type Clock, pause } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import type { Reflector, ReflectorPhase, StartReflector } from '../kube/reflector.ts'
import { apiVersionOf, type ResourceType } from '../kube/resource.ts'
import type { Kind } from '../model/kind.ts'
import type { Ref } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { asResource } from './raw-object.ts'

/** How long a missing kind stays unnoticed at most. */
const SEARCH_EVERY_MS = 2000

export interface KindWatchParts {
  readonly client: KubeClient
  readonly startReflector: StartReflector
  /** The versions a group serves for a plural, in the server's order; empty when there is no such kind. */
  readonly servedVersions: (group: string, plural: string, signal: AbortSignal) => Promise<readonly string[]>
  /** Told before the first list that the kind is served: its definition can be read. */
  readonly onServed: (kind: Kind) => Promise<void>
  readonly namespaces: readonly string[] | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** What the group says of the versions we read. */
type Found =
  | { readonly is: 'served'; readonly version: string }
  | { readonly is: 'absent' }
  /** It could not be asked. */
  | { readonly is: 'unknown' }

export type KindChange = (now: Resource | undefined, before: Resource | undefined) => void

export class KindWatch {
  readonly kind: Kind
  readonly #parts: KindWatchParts
  readonly #onChange: KindChange
  readonly #stopping = new AbortController()
  readonly #settled = Promise.withResolvers<void>()
  readonly #loop: Promise<void>
  #reflector: Reflector<Resource> | undefined
  #type: ResourceType | undefined
  /** Where it stands while no version is watched. */
  #search: ReflectorPhase = { is: 'listing' }

  constructor(kind: Kind, parts: KindWatchParts, onChange: KindChange) {
    this.kind = kind
    this.#parts = parts
    this.#onChange = onChange
    this.#loop = this.#follow()
  }

  /** How the kind is served; undefined while it is not. */
  get type(): ResourceType | undefined {
    return this.#type
  }

  get phase(): ReflectorPhase {
    return this.#reflector?.phase() ?? this.#search
  }

  get isSynced(): boolean {
    return this.#reflector?.store.synced === true
  }

  get(ref: Ref): Resource | undefined {
    return this.#reflector?.store.get({ namespace: ref.namespace, name: ref.name })
  }

  list(): readonly Resource[] {
    return this.#reflector?.store.list() ?? []
  }

  /** Resolves when the kind is synced, or known to be absent or unreadable. */
  settled(): Promise<void> {
    return this.#settled.promise
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#reflector?.stop()
    await this.#loop
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const found = await this.#findVersion(signal)
      if (found.is === 'served') await this.#watch(found.version, signal)
      this.#settled.resolve()
      await this.#untilNextLook(signal)
    }
  }

  #untilNextLook(signal: AbortSignal): Promise<void> {
    return pause(this.#parts.clock, SEARCH_EVERY_MS, signal).catch(() => {})
  }

  async #findVersion(signal: AbortSignal): Promise<Found> {
    const { group, plural, versions } = this.kind
    const { servedVersions, onServed } = this.#parts
    try {
      const served = await servedVersions(group, plural, signal)
      const version = versions.find((version) => served.includes(version))
      if (version !== undefined) await onServed(this.kind)
      this.#search = { is: 'absent' }
      return version === undefined ? { is: 'absent' } : { is: 'served', version }
    } catch (error) {
      if (!signal.aborted) this.#searchFailed(error)
      return { is: 'unknown' }
    }
  }

  #searchFailed(error: unknown): void {
    const { log } = this.#parts
    const { group, kind } = this.kind
    if (!(error instanceof KubeError)) {
      log.error('asking which versions are served failed', { group, kind, error })
      return
    }
    if (this.#search.is !== 'failing') {
      log.warn('cannot tell which versions are served', { group, kind, cause: error.message })
    }
    this.#search = { is: 'failing', error }
  }

  /** Watches until the version is no longer served. */
  async #watch(version: string, signal: AbortSignal): Promise<void> {
    const { client, clock, random, log, namespaces, startReflector } = this.#parts
    const { group, plural, kind, namespaced, reads } = this.kind
    const type: ResourceType = { group, version, plural, kind, namespaced }
    let ring = (): void => {}
    this.#type = type
    const reflector = startReflector<Resource>({
      client,
      type,
      namespaces: namespaced ? namespaces : undefined,
      metadataOnly: reads === 'metadata',
      keep: (raw) => asResource(this.kind, apiVersionOf(type), raw),
      clock,
      random,
      log,
      onPhase: (phase) => {
        if (phase.is === 'absent') ring()
      },
    })
    this.#reflector = reflector
    reflector.store.subscribe((change) => {
      if (change.type === 'upsert') this.#onChange(change.now, change.before)
      if (change.type === 'delete') this.#onChange(undefined, change.before)
    })
    signal.addEventListener('abort', () => ring(), { once: true })
    void reflector.settled().then(() => this.#settled.resolve())
    while (!signal.aborted) {
      await new Promise<void>((resolve) => {
        ring = resolve
        if (reflector.phase().is === 'absent') ring()
      })
      if (signal.aborted || (await this.#isNoLongerServed(version, signal))) break
      reflector.retryNow()
      await this.#untilNextLook(signal)
    }
    await reflector.stop()
    this.#type = undefined
    if (!signal.aborted) this.#forgetAll(reflector)
  }

  async #isNoLongerServed(version: string, signal: AbortSignal): Promise<boolean> {
    const found = await this.#findVersion(signal)
    return found.is === 'absent' || (found.is === 'served' && found.version !== version)
  }

  /** The definition was removed, and every object with it. */
  #forgetAll(reflector: Reflector<Resource>): void {
    const gone = reflector.store.list()
    this.#reflector = undefined
    this.#search = { is: 'absent' }
    const { group, kind } = this.kind
    this.#parts.log.info('a kind is no longer installed; it is waited for', { group, kind })
    for (const resource of gone) this.#onChange(undefined, resource)
  }
}
