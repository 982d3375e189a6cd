// This file is about telling: one status patch and one event per news, after the Secrets themselves.
//
// Guarantees: the newest answers of an object win; a status equal to the one read is not written; one that the server
// refused for its content is not repeated; the same warning is not told twice in a row.
import { canonicalJson } from '../base/canonical-json.ts'
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Dialect, EventWords, InstalledSchema, Status, Warning } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import type { WorkQueue, WorkQueueOptions } from '../kube/control/queue.ts'
import { isConflict, isInvalid, isNotFound } from '../kube/error.ts'
import type { ResourceType } from '../kube/resource.ts'
import { statusPatch } from '../kube/writes.ts'
import type { Answer } from '../model/answer.ts'
import { refKey, refText } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'

/** Status patches in flight at once; events go their own way. */
const CONCURRENCY = 24
const RETRY_MS = 2000

export interface News {
  readonly asked: Resource
  readonly type: ResourceType
  readonly dialect: Dialect
  readonly answers: readonly Answer[]
  readonly warnings: readonly Warning[]
}

export interface TellEvent {
  (about: Resource, words: EventWords, source: string): void
}

export interface PublishParts {
  readonly client: KubeClient
  readonly startQueue: (options: WorkQueueOptions) => WorkQueue
  readonly tellEvent: TellEvent
  readonly installed: (type: ResourceType) => InstalledSchema
  /** The status could not be written over what was read: look at the object again. */
  readonly lookAgain: (key: string) => void
  readonly clock: Clock
  readonly log: Log
}

interface Told {
  /** Canonical JSON of the last status sent or refused. */
  status?: string
  lastWarning?: string
  warnings?: string
}

export class Publisher {
  readonly #parts: PublishParts
  readonly #pending = new Map<string, { readonly news: News; readonly status: Status }>()
  readonly #told = new Map<string, Told>()
  readonly #queue: WorkQueue
  #isOpen = false

  constructor(parts: PublishParts) {
    this.#parts = parts
    this.#queue = parts.startQueue({
      clock: parts.clock,
      concurrency: CONCURRENCY,
      run: (key, signal) => this.#send(key, signal),
      onCrash: (key, error) => this.#crashed(key, error),
    })
  }

  /** Until opened, news only gather: the first Secrets come before the first words about them. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    for (const key of this.#pending.keys()) this.#queue.addNow(key)
  }

  publish(news: News): void {
    const key = refKey(news.asked.ref)
    const status = news.dialect.status(news.asked, news.answers, this.#parts.installed(news.type))
    const earlier = this.#pending.get(key)?.status.events ?? []
    this.#pending.set(key, { news, status: { ...status, events: [...earlier, ...status.events] } })
    if (this.#isOpen) this.#queue.addNow(key)
  }

  forget(key: string): void {
    this.#pending.delete(key)
    this.#told.delete(key)
    this.#queue.forget(key)
  }

  close(): Promise<void> {
    return this.#queue.close()
  }

  async #send(key: string, signal: AbortSignal): Promise<Instant | undefined> {
    const pending = this.#pending.get(key)
    if (pending === undefined) return undefined
    this.#pending.delete(key)
    const told = this.#told.get(key) ?? {}
    this.#told.set(key, told)
    this.#tell(pending.news, pending.status, told)
    const { status } = pending.status
    if (status === undefined) return undefined
    const text = canonicalJson(status)
    if (text === canonicalJson(pending.news.asked.status ?? {}) || text === told.status) return undefined
    await this.#patch(key, pending.news, status, signal)
    told.status = text
    return undefined
  }

  #tell(news: News, status: Status, told: Told): void {
    const { asked, dialect } = news
    const warnings = news.warnings.map((w) => w.message).join('\n')
    if (warnings !== (told.warnings ?? '')) {
      told.warnings = warnings
      for (const warning of news.warnings) {
        this.#parts.log.warn(warning.message, { object: refText(asked.ref), reason: warning.reason })
        this.#parts.tellEvent(asked, { type: 'Warning', ...warning }, dialect.eventSource)
      }
    }
    for (const event of status.events) {
      const words = `${event.type} ${event.reason} ${event.message}`
      if (event.type === 'Warning' && words === told.lastWarning) continue
      told.lastWarning = event.type === 'Warning' ? words : ''
      this.#parts.tellEvent(asked, event, dialect.eventSource)
    }
    if (status.events.length === 0 && news.answers.every((answer) => answer.is === 'receipt'))
      told.lastWarning = ''
  }

  async #patch(key: string, news: News, status: object, signal: AbortSignal): Promise<void> {
    const { asked, type, dialect } = news
    const { namespace, name } = asked.ref
    try {
      await statusPatch(this.#parts.client, type, type.namespaced ? { namespace, name } : { name }, status, {
        fieldManager: dialect.statusManager,
        only: { uid: asked.uid, resourceVersion: asked.resourceVersion },
        signal,
      })
    } catch (error) {
      if (isNotFound(error)) return
      if (isConflict(error)) return this.#parts.lookAgain(key)
      if (!isInvalid(error)) throw error
      this.#parts.log.warn('the status was refused and is not repeated', {
        object: refText(asked.ref),
        error: error.message,
      })
    }
  }

  /** The API server did not take it: the object is looked at again, which tells its newest state. */
  #crashed(key: string, error: unknown): Instant {
    this.#parts.log.warn('a status could not be written', { object: key, error: String(error) })
    this.#parts.lookAgain(key)
    return (this.#parts.clock.now() + RETRY_MS) as Instant
  }
}
