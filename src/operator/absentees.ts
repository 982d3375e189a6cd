// This file is about orderers that went while nobody was there to see it: who they were, as far as kinds are followed.
import { type Log, stackOf } from '../base/log.ts'
import { leftBehind, type LeftBehindParts } from '../engine/left-behind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Links } from './links.ts'
import { refOf, type Served } from './reconcile.ts'
import { isShare, orderOf, shareOf } from './shares.ts'
import { kindKey } from './world.ts'

export interface AbsenteeParts extends LeftBehindParts {
  readonly served: ReadonlyMap<string, Served>
  /** Work keys of those who have linked something, as far as accounts are followed. */
  readonly linking: () => readonly string[]
}

export interface SearchParts extends AbsenteeParts {
  readonly links: Pick<Links, 'sweep'>
  readonly lookAgain: (key: string) => void
  /** Aborted when the term ends. */
  readonly ending: AbortSignal
  readonly log: Log
}

/** Each is looked at again, and lets go of what it left. */
export class AbsenteeSearch {
  readonly #parts: SearchParts
  #current = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(parts: SearchParts) {
    this.#parts = parts
  }

  /** With those that only accounts tell of, which nobody follows yet. */
  async beginAll(): Promise<void> {
    const { served, links, ending } = this.#parts
    this.begin()
    const isLinking = [...served.values()].some(({ watch }) => watch.kind.links === true)
    if (isLinking && !ending.aborted) await this.#guarded(links.sweep(ending), ending)
  }

  /** From the beginning, where it is under way: never two at once. */
  begin(): void {
    this.#current.abort()
    this.#current = new AbortController()
    const signal = AbortSignal.any([this.#parts.ending, this.#current.signal])
    this.#ended = this.#ended.then(() => this.#guarded(this.#search(signal), signal))
  }

  async #search(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    for await (const gone of absentees(this.#parts, signal)) this.#parts.lookAgain(refKey(gone))
  }

  async #guarded(search: Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await search
    } catch (error) {
      if (signal.aborted) return
      this.#parts.log.error('looking for what was left behind ended', { error: stackOf(error) })
    }
  }
}

/** As service accounts and then its marks on Secrets tell; only marks of those who are not there are read. */
async function* absentees(parts: AbsenteeParts, signal: AbortSignal): AsyncGenerator<Ref> {
  const isAway = (by: Ref): boolean => isGone(parts.served, by)
  yield* parts.linking().map(refOf).filter(isAway)
  yield* leftBehind(parts, present(parts), isAway, signal)
}

/** Everybody there is, and a share of each order outside of namespaces for every namespace with marks. */
function* present({ served, store }: AbsenteeParts): Iterable<Ref> {
  const namespaces = new Set<string>()
  for (const mark of store.marks())
    for (const { namespace } of store.carrying(mark)) namespaces.add(namespace)
  for (const { watch } of served.values()) {
    for (const { ref } of watch.list()) {
      yield ref
      if (!watch.kind.namespaced) for (const namespace of namespaces) yield shareOf(ref, namespace)
    }
  }
}

function isGone(served: ReadonlyMap<string, Served>, by: Ref): boolean {
  const watch = served.get(kindKey(by))?.watch
  if (watch?.isSynced !== true || watch.phase.is !== 'watching') return false
  return watch.get(isShare(by, watch.kind) ? orderOf(by) : by) === undefined
}
