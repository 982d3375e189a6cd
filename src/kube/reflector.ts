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
import { statusError } from './answer.ts'
import { breather } from './breath.ts'
import type { KubeClient, KubeRequest } from './client.ts'
import type { Status } from './error.ts'
import { KubeError } from './error.ts'
import { linesOf } from './lines.ts'
import { readList } from './list-reader.ts'
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
const PAGE = '500'
const WATCH_LEAST_S = 240
const WATCH_SPREAD_S = 50
const QUIET_LIMIT_MS = 180_000
/** A watch that is over sooner than this, and told nothing, was refused in a polite way. */
const PROGRESS_MS = 5000
/** A page of 500 objects over a slow link; without a limit a stalled body would hold the loop for ever. */
const LIST_LIMIT_MS = 120_000
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

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

/** What a watch sends per line. */
interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: unknown
}

class ScopeLoop<T> {
  readonly #options: ReflectorOptions<T>
  readonly #store: RecordStore<T>
  readonly #scope: string | undefined
  readonly #onSynced: (scope: string | undefined) => void
  readonly #signal: AbortSignal
  readonly #apiVersion: string
  readonly #path: string
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
    this.#path = collectionPath(options.type, scope)
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
    onPhase?.(phase, this.#scope)
  }

  #request(query: Record<string, string | undefined>, accept: string, signal: AbortSignal): KubeRequest {
    const { labelSelector, fieldSelector } = this.#options
    return {
      method: 'GET',
      path: this.#path,
      query: { labelSelector, fieldSelector, ...query },
      accept,
      signal,
    }
  }

  async #list(token: string | undefined, paged: boolean): Promise<ReflectorOutcome> {
    if (token === undefined) this.#seen.clear()
    const limit = this.#limit(LIST_LIMIT_MS, 'the list was not complete in time')
    try {
      const accept = this.#options.metadataOnly === true ? PARTIAL_LIST : 'application/json'
      const query = { limit: paged ? PAGE : undefined, continue: token }
      const body = await this.#options.client.stream(this.#request(query, accept, limit.signal))
      const meta = await readList(
        body,
        (item) => {
          this.#seen.add(keyOf(item.metadata))
          this.#take(item)
        },
        breather(this.#options.clock),
      )
      if (meta.continue === undefined) this.#listed()
      return { is: 'page', resourceVersion: meta.resourceVersion, continue: meta.continue }
    } catch (error) {
      if (isAbsence(error)) this.#sweptByAbsence()
      return { is: 'failed', error: this.#asKubeError(error), from: undefined, progressed: false }
    } finally {
      limit.lift()
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
    const { client, clock, random, metadataOnly } = this.#options
    const began = clock.monotonic()
    const quiet = this.#limit(QUIET_LIMIT_MS, 'quiet')
    const seconds = WATCH_LEAST_S + Math.floor(random() * (WATCH_SPREAD_S + 1))
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: start,
      timeoutSeconds: String(seconds),
    }
    let from = start
    let told = false
    const progressed = (): boolean => told || clock.monotonic() - began >= PROGRESS_MS
    try {
      const accept = metadataOnly === true ? PARTIAL : 'application/json'
      const body = await client.stream(this.#request(query, accept, quiet.signal))
      this.#enter({ is: 'watching' })
      const breathe = breather(clock)
      for await (const line of linesOf(body)) {
        quiet.renew()
        from = this.#event(line) ?? from
        told = true
        const breath = breathe()
        if (breath !== undefined) await breath
      }
      if (progressed()) return { is: 'ended', from }
      return { is: 'failed', error: endedAtOnce(this.#path), from, progressed: false }
    } catch (error) {
      if (quiet.signal.aborted && !this.#signal.aborted) return { is: 'ended', from }
      return { is: 'failed', error: this.#asKubeError(error), from, progressed: progressed() }
    } finally {
      quiet.lift()
    }
  }

  /** Takes in one event; returns the resourceVersion it brings. Throws what an ERROR event says. */
  #event(line: Buffer): string | undefined {
    const event = parsedEvent(line)
    if (event.type === 'ERROR') {
      const status = event.object as Status
      throw statusError(status, status.code ?? 500, { method: 'GET', path: this.#path })
    }
    const object = event.object as KubeObject
    if (event.type === 'DELETED') this.#guarded(() => this.#store.delete(object.metadata))
    else if (event.type !== 'BOOKMARK') this.#take(object)
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

  /** A signal that aborts with `stop`, or when `renew` was not called for `ms`. */
  #limit(ms: number, what: string): { signal: AbortSignal; renew: () => void; lift: () => void } {
    const controller = new AbortController()
    const { clock } = this.#options
    const late = (): void =>
      controller.abort(new KubeError({ status: 0, reason: 'Timeout', message: `GET ${this.#path}: ${what}` }))
    const stop = (): void => controller.abort(this.#signal.reason)
    this.#signal.addEventListener('abort', stop)
    if (this.#signal.aborted) stop()
    let cancel = clock.after(ms, late)
    return {
      signal: controller.signal,
      renew: () => {
        cancel()
        cancel = clock.after(ms, late)
      },
      lift: () => {
        cancel()
        this.#signal.removeEventListener('abort', stop)
      },
    }
  }

  #asKubeError(error: unknown): KubeError {
    if (error instanceof KubeError) return error
    if (!this.#signal.aborted)
      this.#options.log.error('a reflector failed', { kind: this.#options.type.kind, error: stackOf(error) })
    return new KubeError({
      status: 0,
      reason: 'Unreachable',
      message: `GET ${this.#path}: failed`,
      cause: error,
    })
  }
}

const keyOf = (object: ObjectName): string => `${object.namespace ?? ''}/${object.name}`

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

const isAbsence = (error: unknown): boolean => error instanceof KubeError && error.status === 404

function parsedEvent(line: Buffer): WatchEvent {
  try {
    return JSON.parse(line.toString()) as WatchEvent
  } catch {
    // The parser's own message quotes what it stumbled over, which may be a Secret's.
    throw new KubeError({ status: 0, reason: 'Malformed', message: 'a line of a watch is not JSON' })
  }
}

const endedAtOnce = (path: string): KubeError =>
  new KubeError({
    status: 0,
    reason: 'Unreachable',
    message: `GET ${path}: the watch ended as soon as it began`,
  })
