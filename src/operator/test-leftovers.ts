// This file is about what tests of connections have left behind: made for a few seconds, and deleted when nobody did it.
import type { Clock } from '../base/clock.ts'
import { type Duration, minutes } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { isConflict, isForbidden, isNotFound, KubeError } from '../kube/error.ts'
import { deleteObject } from '../kube/writes.ts'
import { type Ref, refKey, refText } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Served } from './reconcile.ts'
import { kindKey } from './world.ts'

/** A test takes seconds, minutes at the worst. */
export const TEST_LIFE: Duration = minutes(10)
const RETRY_MS = 60_000
const FORBIDDEN_RETRY_MS = 600_000

export interface TestLeftoversParts {
  /** Writes through it fail once leadership may be gone. */
  readonly client: KubeClient
  readonly served: ReadonlyMap<string, { readonly watch: Pick<Served['watch'], 'kind' | 'type' | 'list'> }>
  /** How old one gets, by the time of its creation. */
  readonly life?: Duration
  /** What others look after, they delete. */
  readonly isOurs?: (ref: Ref) => boolean
  readonly clock: Clock
  readonly log: Log
}

/** For one term of leadership. What is owned by them goes with them. */
export class TestLeftovers {
  readonly #parts: TestLeftoversParts
  readonly #waiting = new Map<string, () => void>()
  readonly #underway = new Set<Promise<void>>()
  readonly #ending = new AbortController()

  constructor(parts: TestLeftoversParts) {
    this.#parts = parts
    for (const { watch } of parts.served.values()) {
      for (const resource of watch.kind.tests === undefined ? [] : watch.list())
        this.note(resource, undefined)
    }
  }

  /** An object of a dialect's kind changed. */
  note(now: Resource | undefined, before: Resource | undefined): void {
    const { ref } = now ?? before ?? {}
    if (ref === undefined || this.#ending.signal.aborted) return
    const key = refKey(ref)
    this.#waiting.get(key)?.()
    this.#waiting.delete(key)
    if (now === undefined || now.deletingSince !== undefined || !this.#isTest(now)) return
    const { clock, life = TEST_LIFE } = this.#parts
    this.#wait(now, Math.max(0, now.createdAt + life - clock.now()))
  }

  async close(): Promise<void> {
    for (const cancel of this.#waiting.values()) cancel()
    this.#waiting.clear()
    this.#ending.abort(new Error('the term of leadership is over'))
    await Promise.all(this.#underway)
  }

  #isTest({ ref, labels }: Resource): boolean {
    const tests = this.#parts.served.get(kindKey(ref))?.watch.kind.tests
    const isTest =
      tests !== undefined && labels[tests.label] === 'true' && ref.name.startsWith(tests.namePrefix)
    return isTest && (this.#parts.isOurs?.(ref) ?? true)
  }

  #wait(resource: Resource, ms: number): void {
    const key = refKey(resource.ref)
    const cancel = this.#parts.clock.after(ms, () => {
      this.#waiting.delete(key)
      const removing = this.#remove(resource).finally(() => this.#underway.delete(removing))
      this.#underway.add(removing)
    })
    this.#waiting.set(key, cancel)
  }

  async #remove(resource: Resource): Promise<void> {
    const { client, served, log } = this.#parts
    const { ref, uid } = resource
    const type = served.get(kindKey(ref))?.watch.type
    if (type === undefined) return this.#wait(resource, RETRY_MS)
    const object = type.namespaced ? { namespace: ref.namespace, name: ref.name } : { name: ref.name }
    try {
      await deleteObject(client, type, object, { only: { uid }, signal: this.#ending.signal })
      log.info('deleted what a test of a connection left behind', { object: refText(ref) })
    } catch (error) {
      this.#postpone(resource, error)
    }
  }

  #postpone(resource: Resource, error: unknown): void {
    // Somebody else was faster, or the next term begins with all there is.
    if (this.#ending.signal.aborted || isNotFound(error) || isConflict(error)) return
    if (!(error instanceof KubeError)) throw error
    if (error.is('NotLeader')) return
    this.#parts.log.warn('what a test of a connection left behind cannot be deleted', {
      object: refText(resource.ref),
      error: error.message,
    })
    this.#wait(resource, isForbidden(error) ? FORBIDDEN_RETRY_MS : RETRY_MS)
  }
}
