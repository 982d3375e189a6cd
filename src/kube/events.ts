// This file is about telling people what happened, as core/v1 Events: never in the way, never too many.
//
// Flow: `tell` only notes down. A few workers write: the first time an event is told it is created; told again, its
// count and time are patched; told again while still waiting to be written, it is counted and written once.
// Guarantees: `tell` never throws and never waits. An object that tells too much (25 at once, then one in five minutes,
// as client-go's recorder) is silenced; so is what does not fit in the backlog. What is lost is counted in a log line.
import { LRUCache } from 'lru-cache'
import type { Clock, Instant } from '../base/clock.ts'
import { pause, rfc3339 } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { KubeClient } from './client.ts'
import { TokenBucket } from './control/backoff.ts'
import {
  isForbidden,
  isNamespaceTerminating,
  isNotFound,
  isRoleMissing,
  isTransient,
  KubeError,
} from './error.ts'
import type { KubeObject } from './resource.ts'
import { EVENTS } from './resource.ts'
import { createObject, mergePatch } from './writes.ts'

/** The object an event is about. */
export interface EventSubject {
  readonly ref: { readonly kind: string; readonly namespace: string; readonly name: string }
  readonly apiVersion: string
  readonly uid: string
  readonly resourceVersion?: string
}

export interface EventText {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for machines. */
  readonly reason: string
  /** For people; cut at 1,024 characters. Must hold nothing secret. */
  readonly message: string
}

export interface EventRecorder {
  /** `source` is the component shown by kubectl. */
  tell(about: EventSubject, text: EventText, source: string): void
  /** Writes what is waiting, for at most `graceMs`. */
  close(graceMs?: number): Promise<void>
}

const WRITERS = 8
const BACKLOG = 4096
const REMEMBERED = 4096
const BURST = 25
const PER_SECOND = 1 / 300
const LONGEST_MESSAGE = 1024
const TRIES = 3
const RETRY_MS = 1000
const FIELD_MANAGER = 'event-recorder'

/** One event as it is known here. */
interface Told {
  readonly about: EventSubject
  readonly text: EventText
  readonly source: string
  readonly first: Instant
  last: Instant
  count: number
  /** Set once it exists on the server. */
  name: string | undefined
  /** In the backlog or being written. */
  pending: boolean
}

/** `remedy` is told, once, where events may not be written. */
export function eventRecorder(client: KubeClient, clock: Clock, log: Log, remedy?: string): EventRecorder {
  return new Recorder(client, clock, log, remedy)
}

class Recorder implements EventRecorder {
  readonly #client: KubeClient
  readonly #clock: Clock
  readonly #log: Log
  readonly #remedy: string | undefined
  readonly #told = new LRUCache<string, Told>({ max: REMEMBERED })
  readonly #allowances = new LRUCache<string, TokenBucket>({ max: REMEMBERED })
  readonly #backlog = new Set<Told>()
  #writers = 0
  #sequence = 0
  #isForbidden = false
  #isClosed = false
  #drained: PromiseWithResolvers<void> | undefined

  constructor(client: KubeClient, clock: Clock, log: Log, remedy: string | undefined) {
    this.#client = client
    this.#clock = clock
    this.#log = log
    this.#remedy = remedy
  }

  readonly tell = (about: EventSubject, text: EventText, source: string): void => {
    if (this.#isClosed || this.#backlog.size >= BACKLOG || !this.#allowance(about.uid).tryTake()) {
      this.#log.debug('an event was not told', { reason: text.reason, object: about.ref.name })
      return
    }
    const told = this.#remember(about, text, source)
    if (told.pending) return
    told.pending = true
    this.#backlog.add(told)
    if (this.#writers < WRITERS) void this.#write()
  }

  readonly close = async (graceMs = 2000): Promise<void> => {
    this.#isClosed = true
    if (this.#writers === 0) return
    this.#drained ??= Promise.withResolvers()
    const inTime = new AbortController()
    await Promise.race([this.#drained.promise, pause(this.#clock, graceMs, inTime.signal).catch(() => {})])
    inTime.abort()
    this.#backlog.clear()
  }

  #allowance(uid: string): TokenBucket {
    const known = this.#allowances.get(uid)
    if (known !== undefined) return known
    const bucket = new TokenBucket({ clock: this.#clock, perSecond: PER_SECOND, burst: BURST })
    this.#allowances.set(uid, bucket)
    return bucket
  }

  #remember(about: EventSubject, text: EventText, source: string): Told {
    const key = [about.uid, source, text.type, text.reason, text.message].join('\n')
    const now = this.#clock.now()
    const known = this.#told.get(key)
    if (known !== undefined) {
      known.count += 1
      known.last = now
      return known
    }
    const { ref, apiVersion, uid, resourceVersion } = about
    const told: Told = {
      // Whoever is told about carries more than its name: that must be free to go.
      about: { ref, apiVersion, uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      text,
      source,
      first: now,
      last: now,
      count: 1,
      name: undefined,
      pending: false,
    }
    this.#told.set(key, told)
    return told
  }

  async #write(): Promise<void> {
    this.#writers += 1
    for (const told of this.#backlog) {
      this.#backlog.delete(told)
      const { count } = told
      await this.#send(told)
      // Told again meanwhile: once more, after the others.
      if (told.count === count) told.pending = false
      else this.#backlog.add(told)
    }
    this.#writers -= 1
    if (this.#writers === 0) this.#drained?.resolve()
  }

  async #send(told: Told): Promise<void> {
    for (let left = TRIES; left > 0; left -= 1) {
      try {
        await (told.name === undefined ? this.#create(told) : this.#count(told, told.name))
        return
      } catch (error) {
        if (isNotFound(error) && told.name !== undefined) {
          // Events live an hour; this one is told anew.
          told.name = undefined
        } else if (isTransient(error)) await pause(this.#clock, error.retryAfterMs ?? RETRY_MS)
        else return this.#lose(told, error)
      }
    }
    this.#lose(told, undefined)
  }

  #lose(told: Told, error: unknown): void {
    const fields = { reason: told.text.reason, object: told.about.ref.name, error: String(error) }
    if (isForbidden(error) && !isNamespaceTerminating(error) && !this.#isForbidden) {
      this.#isForbidden = true
      const remedy = this.#remedy === undefined || !isRoleMissing(error) ? '' : `: ${this.#remedy}`
      this.#log.warn(`events may not be written${remedy}`, fields)
    } else if (error instanceof KubeError || error === undefined) this.#log.debug('an event was lost', fields)
    else this.#log.error('writing an event failed', fields)
  }

  async #create(told: Told): Promise<void> {
    const { about, text, source, first, last, count } = told
    const { kind, namespace, name } = about.ref
    const { apiVersion, uid, resourceVersion } = about
    this.#sequence += 1
    // As client-go names them: the object, and nanoseconds in hexadecimal.
    const stamp = (BigInt(last) * 1_000_000n + BigInt(this.#sequence % 1_000_000)).toString(16)
    const event: KubeObject = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 230)}.${stamp}`, namespace: namespaceFor(about) },
      involvedObject: {
        apiVersion,
        kind,
        name,
        uid,
        ...(namespace === '' ? {} : { namespace }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      type: text.type,
      reason: text.reason,
      message: text.message.slice(0, LONGEST_MESSAGE),
      source: { component: source },
      reportingComponent: source,
      firstTimestamp: rfc3339(first),
      lastTimestamp: rfc3339(last),
      count,
    }
    await createObject(this.#client, EVENTS, event, { fieldManager: FIELD_MANAGER, metadataOnly: true })
    told.name = event.metadata.name
  }

  async #count(told: Told, name: string): Promise<void> {
    const object = { namespace: namespaceFor(told.about), name }
    const patch = { count: told.count, lastTimestamp: rfc3339(told.last) }
    await mergePatch(this.#client, EVENTS, object, patch, {
      fieldManager: FIELD_MANAGER,
      metadataOnly: true,
    })
  }
}

/** Events about cluster-scoped objects live in `default`, as everywhere. */
const namespaceFor = ({ ref }: EventSubject): string => (ref.namespace === '' ? 'default' : ref.namespace)
