// This file is about following one kind: list it, watch it, and never give up on either.
//
// Flow: one loop per namespace (or one for the cluster) runs the states of reflector-state.ts and writes into a shared
// store. A list is read object by object; of each only what `keep` returns stays. A list that replaces an earlier one
// ends with a sweep: what it did not name is deleted, and told as deleted.
//
// Guarantees: every object that exists is in the store after `synced`; every change that lasts is told in the order it
// happened per object (intermediate ones may be skipped by a relist). The loop ends only by `stop`.
// Assumptions: resourceVersions are opaque and only handed back. Bookmarks come about once a minute: a watch that says
// nothing for three is opened anew, whatever the connection's PINGs say.
import type { Clock } from '../base/clock.ts'
import { pause } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from './client.ts'
import { isNotFound, KubeError } from './error.ts'
import type { Limit } from './limit.ts'
import { limited } from './limit.ts'
import type { Collection, WatchEvent } from './list-watch.ts'
import { listPage, watchFrom } from './list-watch.ts'
import type { ReflectorCourse, ReflectorOutcome, ReflectorState } from './reflector-state.ts'
import { nextState, START } from './reflector-state.ts'
import type { KubeObject, ObjectName, ResourceType } from './resource.ts'
import { apiVersionOf, collectionPath } from './resource.ts'
import type { Store } from './store.ts'
import { RecordStore } from './store.ts'

/** Where a reflector stands, for health and `check`. */
export type ReflectorPhase =
  | { readonly is: 'listing' }
  | { readonly is: 'watching' }
  /** The kind is not served (its CRD is missing); it is waited for. */
  | { readonly is: 'absent' }
  /** RBAC refuses list or watch; `error.message` is the server's own sentence. It keeps trying. */
  | { readonly is: 'forbidden'; readonly error: KubeError }
  /** Anything else that passes: 401, 429, 5xx, no connection. It keeps trying. */
  | { readonly is: 'failing'; readonly error: KubeError }
  | { readonly is: 'stopped' }

export interface ReflectorOptions<T> {
  readonly client: KubeClient
  readonly type: ResourceType
  /** One list and watch each; undefined is the whole cluster. */
  readonly namespaces?: readonly string[] | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Ask for PartialObjectMetadata: metadata and nothing else. */
  readonly metadataOnly?: boolean | undefined
  /**
   * What to remember of an object; undefined forgets it. Called for every listed and watched state of it. `raw` must
   * not be kept; its kind and apiVersion are the type's, whatever was asked for.
   */
  readonly keep: (raw: KubeObject) => T | undefined
  /** True when a new record tells nothing new: it is stored, but no change is told. */
  readonly same?: ((before: T, now: T) => boolean) | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Told when the phase of one of the namespaces changes. */
  readonly onPhase?: ((phase: ReflectorPhase, namespace: string | undefined) => void) | undefined
}

export interface Reflector<T> {
  readonly store: Store<T>
  /** The worst phase of its namespaces. */
  phase(): ReflectorPhase
  /** Resolves when every namespace is synced, or is known to be absent, forbidden or failing. */
  settled(): Promise<void>
  /** Cuts every wait short: what stood in the way may be gone (a CRD appeared, RBAC was granted). */
  retryNow(): void
  stop(): Promise<void>
}

/** A connection that is replaced within a second is nobody's concern. */
const QUIET_FAILURES = 1
const WATCH_LEAST_S = 240
const WATCH_SPREAD_S = 50
const QUIET_LIMIT_MS = 180_000
/** A watch that is over sooner than this, and told nothing, was refused in a polite way. */
const PROGRESS_MS = 5000
/** A page of 500 objects over a slow link; without a limit a stalled body would hold the loop for ever. */
const LIST_LIMIT_MS = 120_000

export type StartReflector = typeof startReflector

/** Starts following at once. */
export function startReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const store = new RecordStore<T>(options.same)
  const stop = new AbortController()
  const scopes: readonly (string | undefined)[] = options.namespaces ?? [undefined]
  const unsynced = new Set(scopes)
  const onSynced = (scope: string | undefined): void => {
    if (unsynced.delete(scope) && unsynced.size === 0) store.markSynced()
  }
  const loops = scopes.map((scope) => new ScopeLoop(options, store, scope, onSynced, stop.signal))
  if (loops.length === 0) store.markSynced()
  const ended = Promise.all(loops.map((loop) => loop.run()))
  return {
    store,
    phase: () =>
      loops.map((loop) => loop.phase).toSorted((a, b) => badness(b) - badness(a))[0] ?? { is: 'watching' },
    settled: async () => {
      await Promise.all(loops.map((loop) => loop.settled))
    },
    retryNow: () => {
      for (const loop of loops) loop.retryNow()
    },
    stop: async () => {
      stop.abort(new Error('the reflector is stopped'))
      await ended
    },
  }
}

const WORST_LAST = ['watching', 'listing', 'absent', 'failing', 'forbidden', 'stopped'] as const
const badness = (phase: ReflectorPhase): number => WORST_LAST.indexOf(phase.is)

class ScopeLoop<T> {
  readonly #options: ReflectorOptions<T>
  readonly #store: RecordStore<T>
  readonly #scope: string | undefined
  readonly #onSynced: (scope: string | undefined) => void
  readonly #signal: AbortSignal
  readonly #apiVersion: string
  readonly #collection: Collection
  /** What a list that runs over several pages has named so far. */
  readonly #seen = new Set<string>()
  readonly #settled = Promise.withResolvers<void>()
  #wake: () => void = () => {}
  #phase: ReflectorPhase = { is: 'listing' }

  constructor(
    options: ReflectorOptions<T>,
    store: RecordStore<T>,
    scope: string | undefined,
    onSynced: (scope: string | undefined) => void,
    signal: AbortSignal,
  ) {
    this.#options = options
    this.#store = store
    this.#scope = scope
    this.#onSynced = onSynced
    this.#signal = signal
    this.#apiVersion = apiVersionOf(options.type)
    this.#collection = {
      client: options.client,
      path: collectionPath(options.type, scope),
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      metadataOnly: options.metadataOnly ?? false,
      clock: options.clock,
    }
  }

  get phase(): ReflectorPhase {
    return this.#phase
  }

  get settled(): Promise<void> {
    return this.#settled.promise
  }

  retryNow(): void {
    this.#wake()
  }

  async run(): Promise<void> {
    let course: ReflectorCourse = START
    while (!this.#signal.aborted) {
      this.#show(course)
      const outcome = await this.#step(course.state)
      course = nextState(course, outcome, this.#options.random)
    }
    this.#enter({ is: 'stopped' })
  }

  #step(state: ReflectorState): Promise<ReflectorOutcome> {
    switch (state.is) {
      case 'listing':
        return this.#list(state.token, state.paged)
      case 'watching':
        return this.#watch(state.from)
      case 'waiting':
        return this.#wait(state.ms)
    }
  }

  #show({ state, failures }: ReflectorCourse): void {
    if (state.is !== 'waiting') {
      // Trouble stays on show until a list or watch has succeeded again.
      if (state.is === 'watching' && this.#phase.is === 'listing') this.#enter({ is: 'watching' })
      return
    }
    const error = state.because
    if (error.status === 404) this.#enter({ is: 'absent' })
    else if (error.status === 403) this.#enter({ is: 'forbidden', error })
    else if (failures > QUIET_FAILURES) this.#enter({ is: 'failing', error })
  }

  #enter(phase: ReflectorPhase): void {
    const before = this.#phase
    this.#phase = phase
    if (phase.is !== 'listing') this.#settled.resolve()
    if (before.is === phase.is) return
    const { log, onPhase, type } = this.#options
    const fields = { kind: type.kind, group: type.group, namespace: this.#scope, phase: phase.is }
    if (phase.is === 'forbidden' || phase.is === 'failing') {
      log.warn('watching is interrupted', { ...fields, cause: phase.error.message })
    } else log.debug('watching', fields)
    this.#guarded(() => onPhase?.(phase, this.#scope))
  }

  async #list(token: string | undefined, paged: boolean): Promise<ReflectorOutcome> {
    if (token === undefined) this.#seen.clear()
    const limit = this.#limit(LIST_LIMIT_MS, 'the list was not complete in time')
    const onItem = (item: KubeObject): void => {
      this.#seen.add(keyOf(item.metadata))
      this.#take(item)
    }
    try {
      const meta = await listPage(this.#collection, { token, paged }, onItem, limit.signal)
      if (meta.continue === undefined) this.#listed()
      return { is: 'page', resourceVersion: meta.resourceVersion, continue: meta.continue }
    } catch (error) {
      if (isNotFound(error)) this.#sweptByAbsence()
      return { is: 'failed', error: this.#asKubeError(error), from: undefined, progressed: false }
    } finally {
      limit.done()
    }
  }

  #listed(): void {
    this.#guarded(() => this.#store.sweep(this.#scope, (object) => this.#seen.has(keyOf(object))))
    this.#seen.clear()
    this.#enter({ is: 'watching' })
    this.#guarded(() => this.#onSynced(this.#scope))
  }

  /** Where a kind is not served, none of its objects exist; a second 404 in a row is no accident of a starting server. */
  #sweptByAbsence(): void {
    if (this.#phase.is === 'absent') this.#guarded(() => this.#store.sweep(this.#scope, () => false))
  }

  async #watch(start: string): Promise<ReflectorOutcome> {
    const { clock, random } = this.#options
    const began = clock.monotonic()
    const quiet = this.#limit(QUIET_LIMIT_MS, 'the watch was quiet for too long')
    const seconds = WATCH_LEAST_S + Math.floor(random() * (WATCH_SPREAD_S + 1))
    let from = start
    let told = false
    const progressed = (): boolean => told || clock.monotonic() - began >= PROGRESS_MS
    const onOpen = (): void => this.#enter({ is: 'watching' })
    const onEvent = (event: WatchEvent): void => {
      quiet.renew()
      from = this.#event(event) ?? from
      told = true
    }
    try {
      await watchFrom(this.#collection, { from, seconds }, { onOpen, onEvent }, quiet.signal)
      if (progressed()) return { is: 'ended', from }
      return { is: 'failed', error: endedAtOnce(this.#collection.path), from, progressed: false }
    } catch (error) {
      if (quiet.signal.aborted && !this.#signal.aborted) return { is: 'ended', from }
      return { is: 'failed', error: this.#asKubeError(error), from, progressed: progressed() }
    } finally {
      quiet.done()
    }
  }

  /** Takes in one event; returns the resourceVersion it brings. */
  #event({ type, object }: WatchEvent): string | undefined {
    if (type === 'DELETED') this.#guarded(() => this.#store.delete(object.metadata))
    else if (type !== 'BOOKMARK') this.#take(object)
    return object.metadata.resourceVersion
  }

  #take(raw: KubeObject): void {
    const named = raw as { kind: string; apiVersion: string }
    named.kind = this.#options.type.kind
    named.apiVersion = this.#apiVersion
    this.#guarded(() => {
      const record = this.#options.keep(raw)
      if (record === undefined) this.#store.delete(raw.metadata)
      else this.#store.upsert(raw.metadata, record)
    })
  }

  /** A mistake in a listener must not end the loop, nor keep the objects after this one from being told. */
  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#options.log.error('a listener failed', { kind: this.#options.type.kind, error: stackOf(error) })
    }
  }

  async #wait(ms: number): Promise<ReflectorOutcome> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    await pause(this.#options.clock, ms, AbortSignal.any([this.#signal, woken.signal])).catch(() => {})
    this.#wake = () => {}
    return { is: 'waited' }
  }

  #limit(ms: number, said: string): Limit {
    const late = (): KubeError =>
      new KubeError({ status: 0, reason: 'Timeout', message: `GET ${this.#collection.path}: ${said}` })
    return limited(this.#options.clock, ms, late, [this.#signal])
  }

  #asKubeError(error: unknown): KubeError {
    if (error instanceof KubeError) return error
    if (!this.#signal.aborted)
      this.#options.log.error('a reflector failed', { kind: this.#options.type.kind, error: stackOf(error) })
    return new KubeError({
      status: 0,
      reason: 'Unreachable',
      message: `GET ${this.#collection.path}: failed`,
      cause: error,
    })
  }
}

const keyOf = (object: ObjectName): string => `${object.namespace ?? ''}/${object.name}`

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

const endedAtOnce = (path: string): KubeError =>
  new KubeError({
    status: 0,
    reason: 'Unreachable',
    message: `GET ${path}: the watch ended as soon as it began`,
  })
