// This file is about one term of leadership: what is remembered, queued and written between winning a lease and losing it.
//
// A new term starts with an empty memory: whoever led in between left its marks on the Secrets themselves.
import type { Clock, Instant } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { DialectName } from '../model/dialect-name.ts'
import { Claims } from '../engine/claims.ts'
import { LoginCache } from '../engine/login-cache.ts'
import { Memory } from '../engine/memory.ts'
import { OwnVersions } from '../engine/own-versions.ts'
import type { Aside, Logins, Prober, SecretStore, Sources } from '../engine/ports.ts'
import { Turns } from '../engine/turns.ts'
import { breather } from '../kube/breath.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Lane, WorkQueue, WorkQueueOptions } from '../kube/control/queue.ts'
import type { Fault } from '../model/fault.ts'
import type { Kind } from '../model/kind.ts'
import { type Ref, refKey, type SecretRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { AbsenteeSearch } from './absentees.ts'
import { Dependencies } from './dependencies.ts'
import { type Desk, openDesk } from './desk.ts'
import { Finalizers } from './finalizers.ts'
import { ForeignControllers } from './foreign-controllers.ts'
import { Links } from './links.ts'
import { Onlookers } from './onlookers.ts'
import { kubeOrderers } from './orderers.ts'
import { Parents, type Wake } from './parents.ts'
import { Probes } from './probes.ts'
import { type PublishParts, Publisher } from './publish.ts'
import type { ReadModel } from './read-model.ts'
import { type Passed, Reconciler, type ReconcileParts, refOf } from './reconcile.ts'
import { orderOf } from './shares.ts'
import { Spreads } from './spreads.ts'
import type { Watches } from './watches.ts'
import { kindKey } from './world.ts'

/** Objects worked on at once: as many as the API server answers without queueing, beside watches and statuses. */
const CONCURRENCY = 50
const CRASH_RETRY_MS = 5000
/** Statuses wait for the first Secrets, but not for one that hangs. */
const LATEST_OPENING_MS = 5000
/** A pod has 30 s to end; what is in flight gets a part of them. */
const GRACE_MS = 5000
const OVER = 'the term of leadership is over'

/** A pass that is over. */
export interface PassTold extends Passed {
  readonly ref: Ref
  readonly tookMs: number
}

export interface TermParts {
  /** Writes through it fail once leadership may be gone. */
  readonly client: KubeClient
  /** The same question, for what costs more than a write: a process that was stopped and continued asks AWS nothing. */
  readonly mayWork: () => boolean
  readonly watches: Watches
  readonly logins: Logins
  readonly prober: Prober
  readonly store: SecretStore
  readonly templateSources: Sources
  readonly startQueue: (options: WorkQueueOptions) => WorkQueue
  readonly tellEvent: PublishParts['tellEvent']
  readonly installed: PublishParts['installed']
  readonly isLeaving: ReconcileParts['isLeaving']
  readonly takeOver: ReadonlySet<DialectName>
  readonly readModel: ReadModel
  /** What a failed request means to a user. */
  readonly faultOf: (error: unknown, doing: string) => Fault
  readonly onPass?: ((pass: PassTold) => void) | undefined
  readonly onStatus?: PublishParts['onStatus']
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export class Term {
  /** Told of every change, it has those look again who are concerned. */
  readonly onlookers: Onlookers
  readonly desk: Desk
  readonly #parts: TermParts
  readonly #ending = new AbortController()
  readonly #claims = new Claims((lender) => this.onlookers.onUsers(lender))
  readonly #memory = new Memory()
  readonly #turns = new Turns()
  readonly #versions = new OwnVersions()
  readonly #dependencies = new Dependencies()
  readonly #parents: Parents
  readonly #spreads: Spreads
  readonly #links: Links
  readonly #absentees: AbsenteeSearch
  readonly #foreign: ForeignControllers
  readonly #publisher: Publisher
  readonly #queue: WorkQueue
  readonly #reconciler: Reconciler
  readonly #cancelOpening: () => void
  /** Settles once everything there was at the start has stated its claims. */
  #surveyed = Promise.resolve()
  #isOver = false
  /** Keys of what was there at the start, shares of spread orders with it, that have not had a pass yet. */
  readonly #unmet = new Set<string>()

  constructor(parts: TermParts) {
    this.#parts = parts
    const { clock, log } = parts
    const lookAgain = (key: string): void => this.lookAgain(key)
    const { served } = parts.watches
    this.#parents = new Parents({ ...parts, served, dependencies: this.#dependencies })
    const glance = (ref: SecretRef) => parts.store.glance(ref)
    this.#foreign = new ForeignControllers({ ...parts, glance, parents: this.#parents })
    this.#publisher = new Publisher({ ...parts, lookAgain: (key, at) => this.#queue.add(key, at) })
    this.#links = new Links({
      ...parts,
      accounts: parts.watches.linkedAccounts,
      isTerminating: (namespace) => parts.watches.isTerminating(namespace),
      lookAgain,
    })
    this.#absentees = new AbsenteeSearch({
      ...parts,
      served,
      links: this.#links,
      linking: () => parts.watches.linkedAccounts.linking(),
      lookAgain,
      ending: this.#ending.signal,
    })
    this.#spreads = new Spreads({
      ...parts,
      served,
      hasLinks: (by) => this.#links.has(by),
      linkedIn: () => this.#links.linkedIn(),
      namespaces: () => parts.watches.namespaces(),
      lookAgain: (key, lane) => {
        if (this.#unmet.has(refKey(orderOf(refOf(key))))) this.#unmet.add(key)
        this.lookAgain(key, lane)
      },
      lookAt: (key, at) => this.#queue.add(key, at),
    })
    this.onlookers = new Onlookers({
      served,
      parents: this.#parents,
      dependencies: this.#dependencies,
      foreign: this.#foreign,
      links: this.#links,
      claims: this.#claims,
      memory: this.#memory,
      turns: this.#turns,
      versions: this.#versions,
      add: (key, at, lane) => this.#queue.add(key, at, lane),
      clock,
    })
    const cache = new LoginCache({ ...parts, signal: this.#ending.signal })
    this.desk = openDesk({ ...parts, cache }, clock.now())
    this.#reconciler = this.#makeReconciler(lookAgain, cache)
    this.#queue = parts.startQueue({
      clock,
      concurrency: CONCURRENCY,
      run: (key, signal, aside) => this.#run(key, signal, aside),
      onCrash: (key, error) => {
        if (this.#isOver) return clock.now()
        log.error('a pass ended in an unexpected error', { object: key, error: stackOf(error) })
        return (clock.now() + CRASH_RETRY_MS) as Instant
      },
    })
    this.#cancelOpening = clock.after(LATEST_OPENING_MS, () => this.#publisher.open())
  }

  usersOf(ref: Ref): readonly Ref[] {
    return this.#spreads.ordersOf(this.#claims.usersOf(ref))
  }

  /** Everything there is, once: the watches are settled by now. */
  start(): void {
    const all: Resource[] = []
    const { watches } = this.#parts
    const wakes: Wake[] = watches.namespaces().flatMap((one) => this.#parents.note(one, undefined, true))
    for (const { watch, dialect } of watches.served.values()) {
      for (const resource of watch.list()) {
        this.#foreign.note(resource, undefined, dialect)
        this.#parents.note(resource, undefined, true)
        all.push(resource)
      }
    }
    this.#surveyed = this.#survey(all)
    void this.#surveyed.then(() => this.#absentees.beginAll())
    // Who never had an answer waits for one; the others are most likely as they were left.
    for (const { ref, statusWriters } of all) {
      this.#unmet.add(refKey(ref))
      this.#queue.addNow(refKey(ref), statusWriters.length === 0 ? 'first' : 'refresh')
    }
    this.onlookers.wake(wakes)
    if (this.#queue.stats().depth + this.#queue.stats().running === 0) this.#publisher.open()
  }

  /** Thousands of objects, some of them slow to translate: the lease is renewed in between. Passes wait for the end. */
  async #survey(all: readonly Resource[]): Promise<void> {
    const breathe = breather(this.#parts.clock)
    for (const { ref } of all) {
      if (this.#isOver) return
      this.#reconciler.survey(refKey(ref))
      const breath = breathe()
      if (breath !== undefined) await breath
    }
  }

  /** All there is of a kind has been listed: now it can be told who of it is gone. */
  onKind(kind: Kind): void {
    this.onlookers.onKind(kind)
    if (kind.use === 'ordered') this.#absentees.begin()
  }

  lookAgain(key: string, lane: Lane = 'refresh'): void {
    this.#queue.addNow(key, lane)
  }

  queueStats() {
    return this.#queue.stats()
  }

  longestWait(): number {
    return this.#queue.longestWait()
  }

  /** Objects that wait for their turn. */
  *due(): Iterable<Ref> {
    for (const key of this.#queue.due()) yield refOf(key)
  }

  /** Starts nothing more and lets what is in flight finish; an AWS call that takes longer than the grace is called off. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#cancelOpening()
    const cancelAbort = this.#parts.clock.after(GRACE_MS, () => this.#ending.abort(new Error(OVER)))
    await this.#queue.close(GRACE_MS)
    cancelAbort()
    this.#ending.abort(new Error(OVER))
    this.#publisher.open()
    await this.#publisher.close()
  }

  async #run(key: string, signal: AbortSignal, aside: Aside): Promise<Instant | undefined> {
    const { clock, mayWork } = this.#parts
    await this.#surveyed
    // The next term, here or elsewhere, begins with everything there is.
    if (!mayWork()) return undefined
    const begun = clock.monotonic()
    this.#parents.begun(key, refOf(key))
    let passed: Passed = { is: 'failed' }
    try {
      passed = await this.#reconciler.run(key, signal, aside)
      return passed.nextAt
    } finally {
      this.#unmet.delete(key)
      this.#tellPass({ ...passed, ref: refOf(key), tookMs: clock.monotonic() - begun })
      if (this.#queue.stats().depth === 0) this.#publisher.open()
    }
  }

  #lends(key: string): boolean {
    return this.#parts.watches.served.get(kindKey(refOf(key)))?.watch.kind.lends === true
  }

  #tellPass(pass: PassTold): void {
    const { onPass, readModel } = this.#parts
    readModel.passed(pass.ref, pass.is === 'failed', pass.tookMs)
    onPass?.(pass)
  }

  #makeReconciler(lookAgain: (key: string) => void, cache: LoginCache): Reconciler {
    const { watches, logins, store, templateSources, clock } = this.#parts
    const { templates } = watches.sources
    const engine = {
      logins,
      cache,
      store,
      orderers: kubeOrderers({ ...this.#parts, served: watches.served }),
      sources: templateSources,
      claims: this.#claims,
      memory: this.#memory,
      turns: this.#turns,
      versions: this.#versions,
      templates,
      clock,
    }
    return new Reconciler({
      ...this.#parts,
      served: watches.served,
      sources: watches.sources,
      fetch: (ref, signal) => watches.fetch(ref, signal),
      open: (kind) => watches.open(kind),
      parents: this.#parents,
      spreads: this.#spreads,
      links: this.#links,
      probes: new Probes(this.#parts),
      finalizers: new Finalizers({ ...this.#parts, engine }),
      engine,
      claims: this.#claims,
      dependencies: this.#dependencies,
      foreign: this.#foreign,
      publisher: this.#publisher,
      lookAgain,
      isCaughtUp: () => [...this.#unmet].every((key) => this.#lends(key)),
    })
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)
