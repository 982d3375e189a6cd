// This file is about following one kind of custom resource: in the version we prefer among those served, once one is.
//
// Flow: the group is asked every two seconds while the kind is not followed, else once a minute, and at once when the
// version followed answers 404. A version that is found is followed. While another one was followed before, that one's
// objects stay on show until the new one has listed everything; then only what differs is told.
//
// Guarantees: a change of versions, or a server that answers 404 while it starts, deletes nothing in anybody's eyes.
// Only a version that answers 404 and a group that twice says it serves none mean that the definition was removed.
import { type Clock, pause } from '../base/clock.ts'
import { stackOf } from '../base/log.ts'
import { KubeError } from '../kube/error.ts'
import type { ReflectorPhase } from '../kube/reflector.ts'
import type { ResourceType } from '../kube/resource.ts'
import type { Kind } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { type Selector, selects } from '../model/selector.ts'
import { VersionWatch, type VersionWatchParts } from './version-watch.ts'

/** How long a missing kind stays unnoticed at most. */
const SEARCH_EVERY_MS = 2000
/** A server that starts may not know its definitions for a moment. */
const CONFIRM_AFTER_MS = 3000
/** With the search before it, a version that begins to be served is noticed within a minute. */
const REST_MS = 57_000

export interface KindWatchParts extends VersionWatchParts {
  /** The versions a group serves for a plural, in the server's order; empty when there is no such kind. */
  readonly servedVersions: (group: string, plural: string, signal: AbortSignal) => Promise<readonly string[]>
  /** Told before the first list of a version: the definition can be read. */
  readonly onServed: (kind: Kind) => Promise<void>
  /** Which of the objects that come are orders; absent: all of them. The others are only looked at. */
  readonly selector?: Selector | undefined
  /** Told when all there is of a version has been listed for the first time. */
  readonly onListed: (kind: Kind) => void
}

export type KindChange = (now: Resource | undefined, before: Resource | undefined) => void

export class KindWatch {
  readonly kind: Kind
  readonly #parts: KindWatchParts
  readonly #onChange: KindChange
  readonly #stopping = new AbortController()
  readonly #settled = Promise.withResolvers<void>()
  readonly #loop: Promise<void>
  /** The one whose objects are shown. */
  #current: VersionWatch | undefined
  /** Takes over once it has listed everything. */
  #next: VersionWatch | undefined
  /** Where it stands while nothing is followed. */
  #search: ReflectorPhase = { is: 'listing' }
  /** The group has said once that the kind that was followed is not served. */
  #isDoubted = false
  #wake: () => void = () => {}

  constructor(kind: Kind, parts: KindWatchParts, onChange: KindChange) {
    this.kind = kind
    this.#parts = parts
    this.#onChange = onChange
    this.#loop = this.#follow()
  }

  /** How the kind is served; undefined while it is not. */
  get type(): ResourceType | undefined {
    return (this.#followed ?? this.#current)?.type
  }

  get phase(): ReflectorPhase {
    return this.#followed?.phase ?? this.#search
  }

  get isSynced(): boolean {
    return this.#current?.isSynced === true
  }

  get(ref: Ref): Resource | undefined {
    const resource = this.getAny(ref)
    return resource !== undefined && this.isSelected(resource) ? resource : undefined
  }

  list(): readonly Resource[] {
    const all = this.listAny()
    return this.#parts.selector === undefined ? all : all.filter((resource) => this.isSelected(resource))
  }

  /** Those that are no orders too. */
  getAny(ref: Ref): Resource | undefined {
    return this.#current?.get(ref)
  }

  listAny(): readonly Resource[] {
    return this.#current?.list() ?? []
  }

  isSelected({ labels }: Resource): boolean {
    const { selector } = this.#parts
    return selector === undefined || selects(selector, labels)
  }

  /** Resolves when the kind is synced, or known to be absent or unreadable. */
  settled(): Promise<void> {
    return this.#settled.promise
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#current?.stop(), this.#next?.stop(), this.#loop])
  }

  get #followed(): VersionWatch | undefined {
    return this.#current?.isLost === true ? this.#next : this.#current
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#look(signal)
      await this.#rest(signal)
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { group, plural, versions } = this.kind
    try {
      const served = await this.#parts.servedVersions(group, plural, signal)
      if (signal.aborted) return
      const version = versions.find((each) => served.includes(each))
      this.#search = { is: version === undefined ? 'absent' : 'listing' }
      if (version === undefined) this.#missed()
      else await this.#turnTo(version, signal)
    } catch (error) {
      if (!signal.aborted) this.#searchFailed(error)
    }
    if (this.#current === undefined) this.#settled.resolve()
  }

  /** Cut short when what is followed is lost, but never so that the server is asked without a pause. */
  async #rest(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#parts
    await restOn(clock, this.#isDoubted ? CONFIRM_AFTER_MS : SEARCH_EVERY_MS, signal)
    if (this.#followed === undefined) return
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await restOn(clock, REST_MS * (0.9 + 0.1 * random()), AbortSignal.any([signal, woken.signal]))
    this.#wake = () => {}
  }

  #searchFailed(error: unknown): void {
    const { log } = this.#parts
    const { group, kind } = this.kind
    if (!(error instanceof KubeError)) {
      log.error('asking which versions are served failed', { group, kind, error: stackOf(error) })
      return
    }
    if (this.#search.is !== 'failing') {
      log.warn('cannot tell which versions are served', { group, kind, cause: error.message })
    }
    this.#search = { is: 'failing', error }
  }

  async #turnTo(version: string, signal: AbortSignal): Promise<void> {
    this.#isDoubted = false
    const isFollowed = this.#current?.type.version === version && !this.#current.isLost
    if (!isFollowed && this.#next?.type.version === version) return
    this.#giveUpNext()
    if (isFollowed) return
    await this.#parts.onServed(this.kind)
    if (signal.aborted) return
    const watch = this.#start(version)
    if (this.#current === undefined) this.#current = watch
    else this.#next = watch
  }

  #start(version: string): VersionWatch {
    const watch: VersionWatch = new VersionWatch(this.kind, version, this.#parts, {
      onChange: (now, before) => {
        if (watch === this.#current) this.#tell(now, before)
      },
      onSynced: () => {
        if (watch === this.#next) this.#takeOver(watch, this.#current?.list() ?? [])
        this.#parts.onListed(this.kind)
      },
      onLost: () => {
        if (watch === this.#next) this.#next = undefined
        if (this.#followed === undefined) this.#wake()
      },
    })
    void watch.settled().then(() => this.#settled.resolve())
    return watch
  }

  /** Tells what is different from what was shown. */
  #takeOver(watch: VersionWatch, shown: readonly Resource[]): void {
    void this.#current?.stop()
    this.#current = watch
    this.#next = undefined
    const { group, kind } = this.kind
    this.#parts.log.info('a kind is followed anew', { group, kind, version: watch.type.version })
    const left = new Map(shown.map((resource) => [refKey(resource.ref), resource]))
    for (const now of watch.list()) {
      const before = left.get(refKey(now.ref))
      left.delete(refKey(now.ref))
      if (!isSame(now, before)) this.#tell(now, before)
    }
    for (const gone of left.values()) this.#tell(undefined, gone)
  }

  #giveUpNext(): void {
    void this.#next?.stop()
    this.#next = undefined
  }

  /** No version is served. A watch that still goes on knows better. */
  #missed(): void {
    if (this.#current?.isLost !== true) return
    this.#giveUpNext()
    if (this.#isDoubted) this.#forgetAll(this.#current)
    else this.#isDoubted = true
  }

  /** The definition was removed, and every object with it. */
  #forgetAll(lost: VersionWatch): void {
    this.#isDoubted = false
    this.#current = undefined
    const { group, kind } = this.kind
    this.#parts.log.info('a kind is no longer installed; it is waited for', { group, kind })
    for (const resource of lost.list()) this.#tell(undefined, resource)
  }

  /** A mistake in a listener must not keep the objects after this one from being told. */
  #tell(now: Resource | undefined, before: Resource | undefined): void {
    try {
      this.#onChange(now, before)
    } catch (error) {
      this.#parts.log.error('a listener failed', { kind: this.kind.kind, error: stackOf(error) })
    }
  }
}

const isSame = (now: Resource, before: Resource | undefined): boolean =>
  now.uid === before?.uid &&
  now.resourceVersion === before.resourceVersion &&
  now.apiVersion === before.apiVersion

const restOn = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  pause(clock, ms, signal).catch(() => {})
