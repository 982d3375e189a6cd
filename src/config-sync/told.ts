// This file is about telling people how the sync fares: a log line and an event for each change, and none for a repetition.
import type { Log } from '../base/log.ts'
import {
  type HeldPruning,
  MOST_PROBLEMS,
  PRUNE_ANNOTATION,
  SYNC_RECORD,
  type SyncProblem,
} from '../config-repo/sync-record.ts'
import type { EventSubject, EventText } from '../kube/events.ts'

export interface ToldParts {
  readonly tellEvent: (about: EventSubject, words: EventText, source: string) => void
  readonly ownNamespace: string
  /** Of the ConfigMap that events are about; undefined while there is none. */
  readonly uid: () => string | undefined
  readonly log: Log
}

const OURS = 'everpull'

export class Told {
  readonly #parts: ToldParts
  #failure: string | undefined
  #held: string | undefined
  #problems: ReadonlySet<string> = new Set()

  constructor(parts: ToldParts) {
    this.#parts = parts
  }

  failed(reason: string, message: string): void {
    if (this.#failure === `${reason} ${message}`) return
    this.#failure = `${reason} ${message}`
    this.#parts.log.warn('the Git repository could not be synced; what is there stays', {
      reason,
      error: message,
    })
    this.#event({ type: 'Warning', reason, message: `${message}; what is there stays as it is` })
  }

  /** `changes` of it were written. */
  synced(commit: string, changes: number): void {
    const wasFailing = this.#failure !== undefined
    this.#failure = undefined
    if (changes === 0 && !wasFailing) return
    this.#parts.log.info('the cluster is in line with the Git repository', { commit, changes })
    const message = `in line with commit ${commit}${wasFailing ? ', after failures' : ''}`
    this.#event({ type: 'Normal', reason: 'Synced', message })
  }

  held(held: HeldPruning | undefined): void {
    const before = this.#held
    this.#held = held === undefined ? undefined : `${held.commit} ${held.because}`
    if (held === undefined || this.#held === before) return
    const remedy = `kubectl annotate --overwrite configmap ${SYNC_RECORD} -n ${this.#parts.ownNamespace} ${PRUNE_ANNOTATION}=${held.commit}`
    this.#parts.log.warn('pruning is held back', { commit: held.commit, because: held.because, remedy })
    this.#event({ type: 'Warning', reason: 'PruningHeld', message: `${held.because}: ${remedy}` })
  }

  problems(problems: readonly SyncProblem[]): void {
    const before = this.#problems
    this.#problems = new Set(problems.map(({ path, because }) => `${path}: ${because}`))
    const fresh = problems.filter(({ path, because }) => !before.has(`${path}: ${because}`))
    for (const { path, because } of fresh.slice(0, MOST_PROBLEMS)) {
      this.#parts.log.warn('something in the Git repository is not applied', { path, because })
    }
    const [first] = fresh
    if (first === undefined) return
    const more = fresh.length === 1 ? '' : ` (and ${fresh.length - 1} more)`
    this.#event({ type: 'Warning', reason: 'NotApplied', message: `${first.path}: ${first.because}${more}` })
  }

  #event(words: EventText): void {
    const { tellEvent, uid, ownNamespace } = this.#parts
    const known = uid()
    if (known === undefined) return
    const ref = { kind: 'ConfigMap', namespace: ownNamespace, name: SYNC_RECORD }
    tellEvent({ ref, apiVersion: 'v1', uid: known }, words, OURS)
  }
}
