// This file is about one term of leadership: what is remembered, queued and written between winning a lease and losing it.
//
// A new term starts with an empty memory: whoever led in between left its marks on the Secrets themselves.
import type { Clock, Instant } from '../base/clock.ts'
import { type Log, stackOf } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { DialectName } from '../model/dialect-name.ts'
import { Claims } from '../engine/claims.ts'
import { Memory } from '../engine/memory.ts'
import { OwnVersions } from '../engine/own-versions.ts'
import type { EngineParts } from '../engine/pass.ts'
import type { Aside, Logins, Prober, SecretStore, Sources } from '../engine/ports.ts'
import { Turns } from '../engine/turns.ts'
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
import { Following } from './following.ts'
import type { Shard } from './shards.ts'
import type { TermLogins } from './shared-logins.ts'
import { orderOf } from './shares.ts'
import { Spreads } from './spreads.ts'
import { survey } from './survey.ts'
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
  readonly cache: TermLogins['cache']
  /** Calls off what is being obtained. */
  readonly end: TermLogins['end']
  /** What of all there is belongs to this term. */
  readonly shard: Shard
  readonly officeCount: () => number
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
  readonly #following: Following
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
    this.#publisher = new Publisher({
      ...parts,
      lookAgain: (key, at) => this.#queue.add(key, at),
      doSecretsWait: () => this.#queue.stats().depth > 0,
    })
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
      lookAt: (key, at) => this.#add(key, at),
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
      shard: parts.shard,
      add: (key, at, lane) => this.#add(key, at, lane),
      clock,
    })
    this.desk = openDesk(parts, clock.now())
    const engine = this.#engine()
    this.#reconciler = this.#makeReconciler(lookAgain, engine)
    this.#following = this.#makeFollowing(lookAgain, engine)
    this.#queue = parts.startQueue({
      clock,
      concurrency: () => Math.max(1, Math.floor(CONCURRENCY / Math.max(1, parts.officeCount()))),
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
      for (const resource of watch.listAny()) {
        if (this.#parts.shard.stance(resource.ref) === 'ignores') continue
        this.#parents.note(resource, undefined, true)
        if (!watch.isSelected(resource)) continue
        this.#foreign.note(resource, undefined, dialect)
        all.push(resource)
      }
    }
    this.#surveyed = survey(all, {
      ...this.#parts,
      reconciler: this.#reconciler,
      following: this.#following,
      ending: this.#ending.signal,
      isOver: () => this.#isOver,
    })
    void this.#surveyed.then(() => this.#absentees.beginAll())
    // Who never had an answer waits for one; the others are most likely as they were left.
    for (const { ref, statusWriters } of all) {
      this.#unmet.add(refKey(ref))
      this.#queue.addNow(refKey(ref), statusWriters.length === 0 ? 'first' : 'refresh')
    }
    this.onlookers.wake(wakes)
    if (this.#queue.stats().depth + this.#queue.stats().running === 0) this.#publisher.open()
  }

  /** All there is of a kind has been listed: now it can be told who of it is gone. */
  onKind(kind: Kind): void {
    this.onlookers.onKind(kind)
    if (kind.use === 'ordered') this.#absentees.begin()
  }

  lookAgain(key: string, lane: Lane = 'refresh'): void {
    this.#add(key, this.#parts.clock.now(), lane)
  }

  /** Whatever wakes an object: what belongs to another term is woken there. */
  #add(key: string, at: Instant, lane?: Lane): void {
    const { shard } = this.#parts
    if (shard.count === 1 || shard.stance(refOf(key)) !== 'ignores') this.#queue.add(key, at, lane)
  }

  queueStats() {
    return this.#queue.stats()
  }

  longestWait(): number {
    return this.#queue.longestWait()
  }

  /** Objects that wait for their turn. */
  *due(): Iterable<Ref> {
    for (const key of this.#queue.due()) {
      const ref = refOf(key)
      if (this.#parts.shard.stance(ref) === 'owns') yield ref
    }
  }

  /** Starts nothing more and lets what is in flight finish; an AWS call that takes longer than the grace is called off. */
  async close(): Promise<void> {
    this.#isOver = true
    this.#cancelOpening()
    const end = (): void => {
      const over = new Error(OVER)
      this.#ending.abort(over)
      this.#parts.end(over)
    }
    const cancelAbort = this.#parts.clock.after(GRACE_MS, end)
    await this.#queue.close(GRACE_MS)
    cancelAbort()
    end()
    this.#publisher.open()
    await this.#publisher.close()
  }

  async #run(key: string, signal: AbortSignal, aside: Aside): Promise<Instant | undefined> {
    const { clock, mayWork } = this.#parts
    await this.#surveyed
    // The next term, here or elsewhere, begins with everything there is.
    if (!mayWork()) return undefined
    const ref = refOf(key)
    if (this.#parts.shard.stance(ref) === 'follows') return this.#follow(key, signal)
    const begun = clock.monotonic()
    this.#parents.begun(key, ref)
    let passed: Passed = { is: 'failed' }
    try {
      passed = await this.#reconciler.run(key, signal, aside)
      return passed.nextAt
    } finally {
      this.#unmet.delete(key)
      this.#tellPass({ ...passed, ref, tookMs: clock.monotonic() - begun })
      if (this.#queue.stats().depth === 0) this.#publisher.open()
    }
  }

  async #follow(key: string, signal: AbortSignal): Promise<Instant | undefined> {
    try {
      return await this.#following.run(key, signal)
    } finally {
      this.#unmet.delete(key)
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

  #engine(): EngineParts {
    const { watches, logins, cache, store, templateSources, clock } = this.#parts
    const { templates } = watches.sources
    return {
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
  }

  #makeFollowing(lookAgain: (key: string) => void, engine: EngineParts): Following {
    const { watches, shard } = this.#parts
    return new Following({
      served: watches.served,
      sources: watches.sources,
      fetch: (ref, signal) => watches.fetch(ref, signal),
      open: (kind) => watches.open(kind),
      shard,
      spreads: this.#spreads,
      engine,
      claims: this.#claims,
      dependencies: this.#dependencies,
      foreign: this.#foreign,
      lookAgain,
    })
  }

  #makeReconciler(lookAgain: (key: string) => void, engine: EngineParts): Reconciler {
    const { watches } = this.#parts
    return new Reconciler({
      ...this.#parts,
      served: watches.served,
      sources: watches.sources,
      fetch: (ref, signal) => watches.fetch(ref, signal),
      open: (kind) => watches.open(kind),
      isUnselected: (ref, signal) => watches.isUnselected(ref, signal),
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
