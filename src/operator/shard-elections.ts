// This file is about which shards this replica holds: it goes for those it is assigned, and gives up those it no longer is.
//
// Flow: first the lease of the whole installation is shared with all replicas that cut it into as many shards: whoever
// cuts it otherwise, or not at all, waits until nobody holds it. Then the replica takes its place among the others, and
// works out which shards are its own; each has a lease, which is gone for as long as the shard is assigned here.
//
// Guarantees: only an election says who may write: for a shard, its own and the one of the whole installation. Who lives,
// and who is assigned what, only says who tries: two replicas that see it differently for a moment do no harm. Who cannot
// tell who lives keeps what it holds.
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from '../kube/client.ts'
import type { Election, ElectionOptions } from '../kube/lease.ts'
import type { Roster, StartRoster } from '../kube/lease-roster.ts'
import { cutName, replicaLease, SHARDS_LABEL, shardLease } from '../model/lease-names.ts'
import { assign } from './assignment.ts'

export type ElectionSettings = Pick<
  ElectionOptions,
  'namespace' | 'name' | 'identity' | 'leaseDuration' | 'renewDeadline' | 'retryPeriod'
>

export interface ShardElectionsParts {
  readonly client: KubeClient
  readonly startElection: (options: ElectionOptions) => Election
  readonly startRoster: StartRoster
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

export interface ShardSinks {
  /** A shard is held, until the signal aborts: with its own lease, or with the one of the whole installation. */
  readonly onHeld: (shard: number, mayWrite: () => boolean, signal: AbortSignal) => void
  /** Finishes what is in flight there; nothing is written once it is settled. */
  readonly finish: (shard: number) => Promise<void>
  /** Resolves when there is something to work on. */
  readonly settled: Promise<void>
}

interface Held {
  readonly election: Election
  leaving?: Promise<void>
}

export class ShardElections {
  readonly #settings: ElectionSettings
  readonly #count: number
  readonly #parts: ShardElectionsParts
  readonly #sinks: ShardSinks
  readonly #cut: Election
  readonly #shards = new Map<number, Held>()
  #roster: Roster | undefined
  /** One term after the other. */
  #ended: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(settings: ElectionSettings, count: number, parts: ShardElectionsParts, sinks: ShardSinks) {
    this.#settings = settings
    this.#count = count
    this.#parts = parts
    this.#sinks = sinks
    this.#cut = parts.startElection({
      ...parts,
      ...settings,
      identity: cutName(count),
      isShared: true,
      onLeading: (signal) => void this.#enter(signal),
    })
  }

  /** Who holds the installation; '' for nobody. */
  holder(): string {
    return this.#cut.holder()
  }

  /** Shards that may be written for right now. */
  held(): readonly number[] {
    if (!this.#cut.mayWrite()) return []
    return [...this.#shards].flatMap(([shard, { election }]) => (election.mayWrite() ? [shard] : []))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#leave()
    await this.#ended
    await this.#cut.stop()
  }

  async #enter(signal: AbortSignal): Promise<void> {
    await this.#sinks.settled
    await this.#ended
    if (this.#isStopped || signal.aborted) return
    const { namespace, name, identity, leaseDuration, retryPeriod } = this.#settings
    signal.addEventListener('abort', () => this.#leave(), { once: true })
    this.#roster = this.#parts.startRoster({
      ...this.#parts,
      namespace,
      label: { name: SHARDS_LABEL, value: name },
      places: Array.from({ length: this.#count }, (_none, place) => replicaLease(name, place)),
      identity,
      leaseDuration,
      retryPeriod,
      remedy: `apply the output of "everpull rbac --shards ${this.#count}"`,
      onRead: (members) => this.#tend(members, signal),
    })
  }

  /** The others are told first that we leave, so that they wait for our leases already. */
  #leave(): void {
    const roster = this.#roster
    this.#roster = undefined
    this.#ended = this.#letGo(this.#ended, roster)
  }

  async #letGo(earlier: Promise<void>, roster: Roster | undefined): Promise<void> {
    await earlier
    const left = roster?.leave()
    for (const shard of this.#shards.keys()) this.#giveUp(shard)
    await Promise.all([left, ...[...this.#shards.values()].map(({ leaving }) => leaving)])
  }

  /** `cut` aborts when the installation is held no more. */
  #tend(members: readonly string[], cut: AbortSignal): void {
    if (this.#roster === undefined) return
    const assigned = assign(this.#count, members)
    for (let shard = 0; shard < this.#count; shard += 1) {
      const isOurs = assigned.get(shard) === this.#settings.identity
      if (isOurs && !this.#shards.has(shard)) this.#goFor(shard, cut)
      else if (!isOurs && this.#shards.has(shard)) this.#giveUp(shard)
    }
  }

  #goFor(shard: number, cut: AbortSignal): void {
    const { name } = this.#settings
    const lease = shardLease(name, shard)
    const election: Election = this.#parts.startElection({
      ...this.#parts,
      ...this.#settings,
      name: lease,
      labels: { [SHARDS_LABEL]: name },
      known: this.#roster?.known(lease),
      onLeading: (signal) => {
        if (this.#shards.get(shard)?.leaving !== undefined) return
        const mayWrite = (): boolean => election.mayWrite() && this.#cut.mayWrite()
        this.#sinks.onHeld(shard, mayWrite, AbortSignal.any([signal, cut]))
      },
    })
    this.#shards.set(shard, { election })
  }

  #giveUp(shard: number): void {
    const held = this.#shards.get(shard)
    if (held === undefined || held.leaving !== undefined) return
    held.leaving = (async () => {
      await this.#sinks.finish(shard)
      await held.election.stop()
      this.#shards.delete(shard)
    })()
  }
}
