// This file is about who of several processes lives: each holds one of a few leases, and all read all of them.
//
// Flow: every retry period (jittered) all leases of the group are listed, and our own is renewed, or a free one taken:
// one that nobody holds, or whose record has not changed for its own duration on *our* steady clock; clocks of two
// machines are never compared. Where none is free we are not among the members, and try again. `leave` gives ours back.
// A lease that has lost the label of the group is given it again: until then its holder is nobody to the others.
//
// Guarantees: `onRead` is told of a list alone while our own lease is renewed: who cannot reach the server hears nothing,
// and decides nothing. What it is told is good for sharing work out, and for nothing else: two processes may see different
// members for a moment. Who may write is for an election to say.
import type { Clock } from '../base/clock.ts'
import { pause } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from './client.ts'
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from './error.ts'
import { JITTER, type Observed } from './lease.ts'
import {
  createLease,
  heldBy,
  heldByNobody,
  type LeaseObject,
  listLeases,
  type RequestLimits,
  writeLease,
} from './lease-record.ts'

export interface RosterOptions {
  readonly client: KubeClient
  readonly namespace: string
  /** Leases with it are read; those we make are given it. Others may carry it too, as those of elections. */
  readonly label: { readonly name: string; readonly value: string }
  /** The members' leases: there are no more members than these. */
  readonly places: readonly string[]
  /** Unique to this process. */
  readonly identity: string
  readonly leaseDuration: Duration
  readonly retryPeriod: Duration
  /** What to do where the right to all that is missing. */
  readonly remedy: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Who lives, by identity. */
  readonly onRead: (members: readonly string[]) => void
}

export interface Roster {
  /** A lease of the group as it was last seen, and since when it has been so. */
  known(name: string): Observed | undefined
  /** Ends it, and takes us off the roster. */
  leave(): Promise<void>
}

export type StartRoster = typeof startRoster

export function startRoster(options: RosterOptions): Roster {
  const member = new Member(options)
  const running = member.run()
  return {
    known: (name) => member.known(name),
    leave: async () => {
      member.stop()
      await running
      await member.leave()
    },
  }
}

class Member {
  readonly #options: RosterOptions
  readonly #stopping = new AbortController()
  #seen: ReadonlyMap<string, Observed> = new Map()
  #own: LeaseObject | undefined
  /** Places whose lease was met without the label. */
  readonly #unlabelled = new Set<string>()
  #trouble = ''

  constructor(options: RosterOptions) {
    this.#options = options
  }

  known(name: string): Observed | undefined {
    return this.#seen.get(name)
  }

  stop(): void {
    this.#stopping.abort(new Error('the roster is left'))
  }

  async run(): Promise<void> {
    const { clock, random, retryPeriod } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#look()
        this.#trouble = ''
      } catch (error) {
        if (!signal.aborted) this.#tellTrouble(error)
      }
      await pause(clock, retryPeriod * (1 + random() * JITTER), signal).catch(() => {})
    }
  }

  /** Best effort: it expires by itself. */
  async leave(): Promise<void> {
    const { client, clock, log } = this.#options
    const own = this.#own
    if (own === undefined) return
    try {
      await writeLease(client, own, heldByNobody(own.spec, clock.now()), this.#limits(undefined))
    } catch (error) {
      log.debug('the roster could not be left', { lease: own.metadata.name, cause: String(error) })
    }
  }

  async #look(): Promise<void> {
    const { identity, onRead } = this.#options
    await this.#read()
    try {
      await (this.#own === undefined ? this.#join() : this.#renew(this.#own))
    } catch (error) {
      // Somebody was faster, or took us for dead; or an answer was lost. The next look tells.
      if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error
      this.#own = undefined
      return
    }
    if (this.#stopping.signal.aborted) return
    const others = this.#options.places
      .filter((place) => this.#isAlive(place))
      .map((place) => this.#holder(place))
    onRead([...new Set(this.#own === undefined ? others : [identity, ...others])])
  }

  async #read(): Promise<void> {
    const { client, namespace, label, clock } = this.#options
    const limits = this.#limits(this.#stopping.signal)
    const query = { labelSelector: `${label.name}=${label.value}` }
    const leases = await listLeases(client, namespace, query, limits)
    const seen = leases.map((lease): readonly [string, Observed] => {
      const text = JSON.stringify(lease.spec ?? {})
      const before = this.#seen.get(lease.metadata.name)
      const at = before?.text === text ? before.at : clock.monotonic()
      return [lease.metadata.name, { lease, text, at }]
    })
    this.#seen = new Map(seen)
  }

  async #renew(own: LeaseObject): Promise<void> {
    const { client } = this.#options
    this.#own = await writeLease(client, own, this.#ours(own), this.#limits(this.#stopping.signal))
  }

  /** Our own of before, where the answer to taking it was lost; else the first that is free. */
  async #join(): Promise<void> {
    const { client, places, identity } = this.#options
    const free = places.filter((each) => !this.#isAlive(each))
    const place =
      places.find((each) => this.#holder(each) === identity) ??
      free.find((each) => this.#seen.has(each) || !this.#unlabelled.has(each)) ??
      free[0]
    if (place === undefined) return
    const lease = this.#seen.get(place)?.lease
    this.#own =
      lease === undefined
        ? await this.#create(place)
        : await writeLease(client, lease, this.#ours(lease), this.#limits(this.#stopping.signal))
  }

  async #create(place: string): Promise<LeaseObject> {
    const { client, namespace } = this.#options
    const limits = this.#limits(this.#stopping.signal)
    try {
      const lease = { namespace, name: place, labels: this.#labels() }
      return await createLease(client, lease, this.#ours(undefined), limits)
    } catch (error) {
      if (isAlreadyExists(error)) await this.#relabel(place)
      throw error
    }
  }

  /** Somebody was faster, or took the label off: then it is put on again, and the next look tells who holds the lease. */
  async #relabel(place: string): Promise<void> {
    const { client, namespace, label, log } = this.#options
    const limits = this.#limits(this.#stopping.signal)
    const [lease] = await listLeases(client, namespace, { fieldSelector: `metadata.name=${place}` }, limits)
    if (lease === undefined || lease.metadata.labels?.[label.name] === label.value) return
    if (!this.#unlabelled.has(place)) {
      const fields = { lease: place, label: `${label.name}=${label.value}` }
      log.warn(
        'a lease has lost its label, by which the replicas find each other: it is given it again',
        fields,
      )
    }
    this.#unlabelled.add(place)
    const metadata = { ...lease.metadata, labels: { ...lease.metadata.labels, ...this.#labels() } }
    await writeLease(client, { ...lease, metadata }, lease.spec ?? {}, limits)
  }

  #labels(): Readonly<Record<string, string>> {
    const { name, value } = this.#options.label
    return { [name]: value }
  }

  #ours(before: LeaseObject | undefined) {
    const { identity, leaseDuration, clock } = this.#options
    return heldBy(before?.spec, identity, leaseDuration, clock.now())
  }

  #holder(place: string): string {
    return this.#seen.get(place)?.lease.spec?.holderIdentity ?? ''
  }

  /** Somebody holds it, and its record has changed within its own duration. */
  #isAlive(place: string): boolean {
    const seen = this.#seen.get(place)
    if (seen === undefined || this.#holder(place) === '') return false
    const seconds = seen.lease.spec?.leaseDurationSeconds ?? 0
    return this.#options.clock.monotonic() - seen.at < seconds * 1000
  }

  /** Once for each cause in a row. */
  #tellTrouble(error: unknown): void {
    const cause = String(error)
    if (cause === this.#trouble) return
    this.#trouble = cause
    const { log, remedy } = this.#options
    const what = 'the other replicas cannot be told: what is held is kept, and nothing more is taken'
    log.warn(isForbidden(error) ? `${what}: ${remedy}` : what, { cause })
  }

  #limits(signal: AbortSignal | undefined): RequestLimits {
    return { timeoutMs: Math.max(1000, this.#options.leaseDuration / 2), signal }
  }
}
