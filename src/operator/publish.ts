// This file is about telling: one status patch and one event per news, after the Secrets themselves.
//
// Guarantees: the newest answers of an object win; a status equal to the one read is not written; one that the server
// refused for its content is not repeated; one that it could not or may not take is, without looking at the object
// again; the same warning is not told twice in a row.
import { canonicalJson, shortDigest } from '../base/canonical-json.ts'
import { type Clock, type Instant, pause } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Dialect, EventWords, InstalledSchema, Others, Status, Warning } from '../dialects/dialect.ts'
import type { KubeClient } from '../kube/client.ts'
import type { EventSubject } from '../kube/events.ts'
import type { WorkQueue, WorkQueueOptions } from '../kube/control/queue.ts'
import { isConflict, isFinal, isForbidden, isNotFound, isRoleMissing, KubeError } from '../kube/error.ts'
import type { ResourceType } from '../kube/resource.ts'
import { statusPatch } from '../kube/writes.ts'
import type { Answer } from '../model/answer.ts'
import { FAULTS } from '../model/fault.ts'
import { refKey, refText } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'

/** Status patches in flight at once; events go their own way. */
const CONCURRENCY = 24
/** Beside Secrets that wait: these come first, and the words about them never stop. */
const BESIDE_SECRETS = 4
/** What a shutdown leaves for statuses that are still to be written. */
const LAST_WORDS_MS = 2000
const RETRY_MS = 2000
/** A right that is missing is granted by somebody, not by time. */
const FORBIDDEN_RETRY_MS = 10_000
/** The watch is a moment behind the write that was in the way; longer where it is being opened anew. */
const CONFLICT_WAITS = { first: 100, highest: 5000 } as const

export interface News {
  readonly asked: Resource
  readonly type: ResourceType
  readonly dialect: Dialect
  readonly answers: readonly Answer[]
  readonly others?: Others | undefined
  readonly warnings: readonly Warning[]
}

export interface TellEvent {
  (about: EventSubject, words: EventWords, source: string): void
}

export interface PublishParts {
  readonly client: KubeClient
  readonly startQueue: (options: WorkQueueOptions) => WorkQueue
  readonly tellEvent: TellEvent
  readonly installed: (type: ResourceType) => InstalledSchema
  /** How many there are beside this one, itself included, that share what a process may do at once; one unless told. */
  readonly officeCount?: () => number
  /** Whether Secrets wait to be looked at; never unless told. */
  readonly doSecretsWait?: () => boolean
  /** The status could not be written over what was read: look at the object again. */
  readonly lookAgain: (key: string, at: Instant) => void
  /** What became of a status that was sent. */
  readonly onStatus?: ((kind: string, outcome: PatchOutcome | 'postponed') => void) | undefined
  readonly clock: Clock
  readonly log: Log
}

type PatchOutcome = 'taken' | 'refused' | 'overtaken' | 'gone'

interface Pending {
  readonly news: News
  readonly status: Status
}

/** What was told of one incarnation of an object. */
interface Told {
  readonly uid: string
  /** Digests the last status taken or refused, and names the version of the object it was written over. */
  status?: { readonly digest: string; readonly over: string; readonly isRefused: boolean }
  /** The version that somebody has written over since: what is derived from it would be refused again. */
  outdated?: { readonly version: string; readonly waitMs: number }
  /** The event told last; empty once all is well. */
  lastWords?: string
  warnings?: string
}

export class Publisher {
  readonly #parts: PublishParts
  readonly #pending = new Map<string, Pending>()
  readonly #told = new Map<string, Told>()
  /** Kinds whose statuses could not be written of late, so that it is said once. */
  readonly #troubled = new Set<string>()
  readonly #queue: WorkQueue
  #isOpen = false

  constructor(parts: PublishParts) {
    this.#parts = parts
    this.#queue = parts.startQueue({
      clock: parts.clock,
      concurrency: () => {
        const inFlight = parts.doSecretsWait?.() === true ? BESIDE_SECRETS : CONCURRENCY
        return Math.max(1, Math.floor(inFlight / Math.max(1, parts.officeCount?.() ?? 1)))
      },
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
    const { asked, answers, dialect, others } = news
    const status = dialect.status(asked, answers, this.#parts.installed(news.type), others)
    const earlier = this.#pending.get(key)?.status.events ?? []
    const events = news.answers.some(isQuiet) ? earlier : [...earlier, ...status.events]
    this.#pending.set(key, { news, status: { ...status, events } })
    if (this.#isOpen) this.#queue.addNow(key)
  }

  forget(key: string): void {
    this.#pending.delete(key)
    this.#told.delete(key)
    this.#queue.forget(key)
  }

  /** Tells what is still to be told, as far as that goes quickly. */
  async close(): Promise<void> {
    const told = this.#queue.idle()
    const inTime = new AbortController()
    await Promise.race([told, pause(this.#parts.clock, LAST_WORDS_MS, inTime.signal).catch(() => {})])
    inTime.abort()
    await this.#queue.close()
  }

  async #send(key: string, signal: AbortSignal): Promise<Instant | undefined> {
    const pending = this.#pending.get(key)
    if (pending === undefined) return undefined
    this.#pending.delete(key)
    const { asked } = pending.news
    const told = this.#toldOf(key, asked.uid)
    this.#tell(pending.news, pending.status, told)
    const { status } = pending.status
    if (status === undefined) return undefined
    const text = canonicalJson(status)
    const digest = shortDigest(text)
    const isTold =
      told.status?.digest === digest && (told.status.isRefused || told.status.over === asked.resourceVersion)
    if (isTold || text === canonicalJson(asked.status ?? {})) return undefined
    if (told.outdated?.version === asked.resourceVersion) {
      this.#awaitNewer(key, asked, told)
      return undefined
    }
    try {
      const outcome = await this.#patch(pending.news, status, signal)
      this.#parts.onStatus?.(asked.ref.kind, outcome)
      if (outcome === 'overtaken') this.#awaitNewer(key, asked, told)
      else if (outcome !== 'gone') {
        told.status = { digest, over: asked.resourceVersion, isRefused: outcome === 'refused' }
      }
      return undefined
    } catch (error) {
      // The next term, here or elsewhere, tells everything anew.
      const isOver = signal.aborted || (error instanceof KubeError && error.is('NotLeader'))
      return isOver ? undefined : this.#postpone(key, pending, error)
    }
  }

  /** Has the object looked at again until the watch shows the version that was in the way, less and less often. */
  #awaitNewer(key: string, { resourceVersion: version }: Resource, told: Told): void {
    const { first, highest } = CONFLICT_WAITS
    const waitMs = told.outdated?.version === version ? Math.min(highest, told.outdated.waitMs * 2) : first
    told.outdated = { version, waitMs }
    this.#parts.lookAgain(key, (this.#parts.clock.now() + waitMs) as Instant)
  }

  #toldOf(key: string, uid: string): Told {
    const before = this.#told.get(key)
    if (before?.uid === uid) return before
    const told: Told = { uid }
    this.#told.set(key, told)
    return told
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
      // A state is told once, though its status may not have been taken yet; each write is news.
      const isState = event.type === 'Warning' || news.answers.length === 0
      if (isState && words === told.lastWords) continue
      told.lastWords = words
      this.#parts.tellEvent(asked, event, dialect.eventSource)
    }
    if (status.events.length === 0 && saysSomething(news) && news.answers.every(isReceipt))
      told.lastWords = ''
  }

  async #patch(news: News, status: object, signal: AbortSignal): Promise<PatchOutcome> {
    const { asked, type, dialect } = news
    const { namespace, name } = asked.ref
    const { client, log } = this.#parts
    try {
      await statusPatch(client, type, type.namespaced ? { namespace, name } : { name }, status, {
        fieldManager: dialect.statusManager,
        only: { uid: asked.uid, resourceVersion: asked.resourceVersion },
        signal,
      })
      if (this.#troubled.delete(type.plural)) log.info('statuses are written again', { kind: type.kind })
      return 'taken'
    } catch (error) {
      if (isNotFound(error)) return 'gone'
      if (isConflict(error)) return 'overtaken'
      if (!isFinal(error)) throw error
      log.warn('the status was refused and is not repeated', {
        object: refText(asked.ref),
        error: error.message,
      })
      return 'refused'
    }
  }

  /** The API server did not take it: it is sent again later, unless there is newer news by then. */
  #postpone(key: string, { news, status }: Pending, error: unknown): Instant {
    const { log, clock } = this.#parts
    if (!(error instanceof KubeError)) throw error
    if (!this.#pending.has(key)) this.#pending.set(key, { news, status: { ...status, events: [] } })
    const { plural, kind } = news.type
    this.#parts.onStatus?.(kind, 'postponed')
    if (!this.#troubled.has(plural)) {
      this.#troubled.add(plural)
      const because = isRoleMissing(error)
        ? 'statuses may not be written: apply the output of "everpull rbac"'
        : 'statuses cannot be written'
      log.warn(because, { kind, error: error.message })
    }
    return (clock.now() + (isForbidden(error) ? FORBIDDEN_RETRY_MS : RETRY_MS)) as Instant
  }

  #crashed(key: string, error: unknown): Instant {
    this.#parts.log.error('telling failed in an unexpected way', { object: key, error: String(error) })
    return (this.#parts.clock.now() + RETRY_MS) as Instant
  }
}

const isReceipt = (answer: Answer): boolean => answer.is === 'receipt'

/** Others may have been asked, and not have answered yet. */
const saysSomething = ({
  answers,
  others: { children, shares, verdicts, circumstances } = {},
}: News): boolean =>
  answers.length > 0 || [children, shares, verdicts, circumstances].some((one) => one !== undefined)

const isQuiet = (answer: Answer): boolean => answer.is === 'failed' && FAULTS[answer.fault.code].quiet
