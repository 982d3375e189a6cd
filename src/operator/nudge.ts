// This file is about nudging Argo CD: when a gap in a login has healed, what paused meanwhile is asked to try again.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { isForbidden, isNotFound } from '../kube/error.ts'
import { listPage } from '../kube/list-watch.ts'
import { collectionPath, type KubeObject } from '../kube/resource.ts'
import { mergePatch } from '../kube/writes.ts'
import { APPLICATIONS, HARD, isPaused, REFRESH_ANNOTATION } from './nudge-applications.ts'
import { Gaps } from './nudge-gaps.ts'
import type { TellEvent } from './publish.ts'
import type { Entry, ReadModel } from './read-model.ts'

/**
 * When Applications are looked at, counted from the write: once Argo CD has seen the Secret, and twice more for those
 * that were about to pause and only say so at their next comparison, three minutes apart by default.
 */
const LOOKS_MS = [2_000, 60_000, 300_000] as const
const OURS = 'everpull'

export interface NudgeParts {
  /** Writes through it fail once leadership may be gone. */
  readonly client: KubeClient
  readonly readModel: ReadModel
  /** Where Argo CD keeps its Secrets and its Applications. */
  readonly namespace: string
  readonly tellEvent: TellEvent
  /** What others look after, they nudge for. */
  readonly isOurs?: (entry: Entry) => boolean
  readonly clock: Clock
  readonly log: Log
}

/** Nudges from now on, for one term of leadership. */
export class Nudge {
  readonly #parts: NudgeParts
  readonly #gaps: Gaps
  readonly #ending = new AbortController()
  readonly #leave: () => void
  /** Ends what is still to come of the round that runs. */
  #cancels: (() => void)[] = []
  /** A gap that heals before the first look of a round is part of it. */
  #isFirstToCome = false
  #looking = Promise.resolve()

  constructor(parts: NudgeParts) {
    this.#parts = parts
    this.#gaps = new Gaps(parts.namespace)
    const { isOurs = () => true } = parts
    this.#leave = parts.readModel.subscribe((entry, isGone) => {
      if (isOurs(entry)) this.#note(entry, isGone)
    })
  }

  async close(): Promise<void> {
    this.#leave()
    for (const cancel of this.#cancels) cancel()
    this.#ending.abort(new Error('the term of leadership is over'))
    await this.#looking
  }

  #note({ ref, answers, dormant }: Entry, isGone: boolean): void {
    if (isGone || dormant !== undefined) return this.#gaps.forget(ref)
    const healed = this.#gaps.note(ref, answers, this.#parts.clock.now())
    if (healed.length > 0 && !this.#isFirstToCome) this.#begin()
  }

  /** Each Application is nudged once a round: one that pauses again has another reason. */
  #begin(): void {
    for (const cancel of this.#cancels) cancel()
    const nudged = new Set<string>()
    this.#isFirstToCome = true
    this.#cancels = LOOKS_MS.map((ms) =>
      this.#parts.clock.after(ms, () => {
        this.#isFirstToCome = false
        this.#looking = this.#looking.then(() => this.#look(nudged))
      }),
    )
  }

  async #look(nudged: Set<string>): Promise<void> {
    const { log } = this.#parts
    try {
      for (const application of await this.#paused()) {
        const { uid = '' } = application.metadata
        if (nudged.has(uid)) continue
        await this.#nudge(application)
        nudged.add(uid)
      }
    } catch (error) {
      if (this.#ending.signal.aborted) return
      if (isNotFound(error)) return log.debug('there are no Applications to nudge')
      const remedy = isForbidden(error) ? ': apply the output of "everpull rbac --nudge-argocd"' : ''
      log.warn(`Applications that paused could not be nudged${remedy}`, { error: String(error) })
    }
  }

  async #paused(): Promise<readonly KubeObject[]> {
    const { client, namespace, clock } = this.#parts
    const path = collectionPath(APPLICATIONS, namespace)
    const whole = { client, path, clock, labelSelector: undefined, fieldSelector: undefined }
    const paused: KubeObject[] = []
    const note = (item: KubeObject): void => {
      if (isPaused(item)) paused.push({ ...item, status: undefined })
    }
    let token: string | undefined
    do {
      const from = { token, paged: true }
      const page = await listPage({ ...whole, metadataOnly: false }, from, note, this.#ending.signal)
      token = page.continue
    } while (token !== undefined)
    return paused
  }

  async #nudge({ metadata }: KubeObject): Promise<void> {
    const { client, tellEvent, log } = this.#parts
    const { name, namespace = '', uid = '' } = metadata
    const patch = { metadata: { annotations: { [REFRESH_ANNOTATION]: HARD } } }
    const { signal } = this.#ending
    try {
      await mergePatch(client, APPLICATIONS, metadata, patch, {
        fieldManager: OURS,
        metadataOnly: true,
        only: { uid },
        signal,
      })
    } catch (error) {
      if (isNotFound(error)) return
      throw error
    }
    log.info('asked Argo CD for a hard refresh', { application: `${namespace}/${name}` })
    const ref = { group: APPLICATIONS.group, kind: APPLICATIONS.kind, namespace, name }
    const message = 'asked for a hard refresh, as a login was renewed late and this had paused'
    tellEvent(
      { ref, apiVersion: 'argoproj.io/v1alpha1', uid },
      { type: 'Normal', reason: 'Nudged', message },
      OURS,
    )
  }
}
