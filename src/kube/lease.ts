// This file is about leader election on a Lease: who may write, and until when.
//
// Flow: every retry period (jittered) the lease is tried, or as soon as the try before is over. Nobody's, ours, or
// expired: it is written with our name, at the resourceVersion it was read at, so of two candidates one gets 409. Held by another: it counts as expired when the
// record has not changed for *its* duration on *our* steady clock; clocks of two machines are never compared.
// Once held it is renewed every retry period. `leading` ends when the renew deadline has passed since the last renewal
// was sent, when another is seen holding it, or by `stop`, which gives it back so that the next need not wait.
//
// Guarantees: with lease duration > renew deadline + the drift of two clocks over one lease, this process stops writing
// before another can start. `mayWrite` does not wait for a timer: it asks the clocks, so a process that was stopped
// (SIGSTOP, a frozen VM) and continued says no at once. Both clocks are asked, because the steady one may stand still
// while a machine sleeps and the wall clock may be set back: the longer elapsed time counts.
// What it cannot promise: a write sent before the deadline may arrive after it. No fencing token exists in the API.
//
// A lease may be shared: several processes hold it under one name, to keep out all who go by another. A renewal by one is
// good for all, so nobody loses it to the others being faster: a record that differs from the one before was written
// after that one was asked for, and counts from then. None gives it back, as the others may still work.
import type { Clock, Instant, Monotonic } from '../base/clock.ts'
import { pause } from '../base/clock.ts'
import type { Duration } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import type { KubeClient } from './client.ts'
import { isAlreadyExists, isConflict, isNotFound } from './error.ts'
import type { LeaseObject, LeaseRecord, RequestLimits } from './lease-record.ts'
import { createLease, heldBy, heldByNobody, readLease, writeLease } from './lease-record.ts'

export interface ElectionOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** Unique to this process: pod name and a random part. */
  readonly identity: string
  readonly leaseDuration: Duration
  readonly renewDeadline: Duration
  readonly retryPeriod: Duration
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Leading begins. The signal aborts when it ends, by loss or by `stop`. May be called again after a loss. */
  readonly onLeading: (signal: AbortSignal) => void
  readonly onHolder?: ((holder: string) => void) | undefined
  /** Others hold it under the same identity. */
  readonly isShared?: boolean
  /** Of a lease that is created. */
  readonly labels?: Readonly<Record<string, string>>
  /** What somebody who watched the lease knows of it: its holder need not be given the whole time again. */
  readonly known?: Observed | undefined
}

export interface Election {
  /** Asks both clocks: false from the renew deadline on, even in a process that was stopped and continued. */
  mayWrite(): boolean
  leading(): boolean
  /** Who held the lease when it was last read; '' for nobody. */
  holder(): string
  /** Ends the loop; gives the lease back if it is held. Call it after the last write. */
  stop(): Promise<void>
}

/** The record as last seen, and when it was first seen like this. */
export interface Observed {
  readonly lease: LeaseObject
  readonly text: string
  readonly at: Monotonic
}

interface Moment {
  readonly steady: Monotonic
  readonly wall: Instant
}

/** Added to the retry period, at most: candidates that started together must not ask together. The settings are held to it. */
export const JITTER = 0.2

export function startElection(options: ElectionOptions): Election {
  if (
    !(
      options.leaseDuration > options.renewDeadline &&
      options.renewDeadline > options.retryPeriod * (1 + JITTER)
    )
  ) {
    throw new RangeError('lease duration > renew deadline > retry period (with its jitter) must hold')
  }
  const candidate = new Candidate(options)
  const running = candidate.run()
  return {
    mayWrite: () => candidate.mayWrite(),
    leading: () => candidate.leading(),
    holder: () => candidate.holder(),
    stop: async () => {
      candidate.stop()
      await running
      await candidate.release()
    },
  }
}

class Candidate {
  readonly #options: ElectionOptions
  readonly #stopping = new AbortController()
  #observed: Observed | undefined
  /** When the request was sent that was answered with what is observed. */
  #askedAt: Moment | undefined
  /** A write that may have been done or not: nobody has answered. */
  #isUnanswered = false
  /** No later than the last renewal was written. */
  #renewed: Moment | undefined
  /** Set while leading; aborted when it ends. */
  #term: AbortController | undefined
  #cancelDeadline: () => void = () => {}
  #trouble = ''

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#observed = options.known
  }

  mayWrite(): boolean {
    return this.#term !== undefined && this.#sinceRenewal() < this.#options.renewDeadline
  }

  leading(): boolean {
    return this.mayWrite()
  }

  holder(): string {
    return this.#observed?.lease.spec?.holderIdentity ?? ''
  }

  stop(): void {
    this.#stopping.abort(new Error('the election is stopped'))
  }

  async run(): Promise<void> {
    const { clock, random, retryPeriod } = this.#options
    while (!this.#stopping.signal.aborted) {
      const begun = clock.monotonic()
      try {
        await this.#tryOnce()
        this.#trouble = ''
      } catch (error) {
        if (this.#stopping.signal.aborted) break
        this.#tellTrouble(String(error))
      }
      // From try to try: what the answers took is not waited again, or slow ones would cost twice.
      const wait = retryPeriod * (1 + random() * JITTER) - (clock.monotonic() - begun)
      await pause(clock, Math.max(0, wait), this.#stopping.signal).catch(() => {})
    }
    this.#loseTerm('stopped')
  }

  /** Once for each cause in a row: it is tried every few seconds. */
  #tellTrouble(cause: string): void {
    if (cause === this.#trouble) return
    this.#trouble = cause
    this.#options.log.warn('the lease could not be had', { lease: this.#leaseName(), cause })
  }

  /** Gives the lease back, if it is ours by the last look. Best effort: it expires by itself. */
  async release(): Promise<void> {
    const { identity, log, isShared } = this.#options
    if (isShared === true || (this.holder() !== identity && !this.#isUnanswered)) return
    try {
      // What is under way and comes later finds another version. If it came first, the lease is ours after all.
      if (!(await this.#putBack())) {
        await this.#look(undefined)
        if (this.holder() !== identity || !(await this.#putBack())) return
      }
      log.info('gave the lease back', { lease: this.#leaseName() })
    } catch (error) {
      log.debug('the lease could not be given back', { lease: this.#leaseName(), cause: String(error) })
    }
  }

  /** False when it changed since it was read, or was not there. */
  async #putBack(): Promise<boolean> {
    const lease = this.#observed?.lease
    if (lease === undefined) return false
    const { client, clock } = this.#options
    try {
      await writeLease(client, lease, heldByNobody(lease.spec, clock.now()), this.#limits(undefined))
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  #moment(): Moment {
    const { clock } = this.#options
    return { steady: clock.monotonic(), wall: clock.now() }
  }

  #sinceRenewal(): number {
    return this.#renewed === undefined ? Number.POSITIVE_INFINITY : this.#since(this.#renewed)
  }

  #since({ steady, wall }: Moment): number {
    const { clock } = this.#options
    return Math.max(clock.monotonic() - steady, clock.now() - wall)
  }

  #leaseName(): string {
    return `${this.#options.namespace}/${this.#options.name}`
  }

  async #tryOnce(): Promise<void> {
    const { client, identity, isShared } = this.#options
    // A leader renews what it wrote last; only a conflict makes it look. A candidate looks every time.
    const isToLook = this.#term === undefined || isShared === true
    const lease = isToLook ? await this.#look(this.#stopping.signal) : this.#observed?.lease
    if (lease === undefined) return this.#createOwn()
    const { holderIdentity: holder = '' } = lease.spec ?? {}
    if (holder !== '' && holder !== identity && !this.#hasExpired()) return this.#lostTo(holder)
    try {
      const limits = this.#limits(this.#stopping.signal)
      await this.#write(() => writeLease(client, lease, this.#ours(lease.spec), limits))
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error
      const seen = await this.#look(this.#stopping.signal)
      const now = seen?.spec?.holderIdentity ?? ''
      if (now !== identity) this.#lostTo(now)
    }
  }

  async #write(write: () => Promise<LeaseObject>): Promise<void> {
    const sent = this.#moment()
    this.#isUnanswered = true
    this.#show(await write(), sent)
    this.#won(sent)
  }

  async #look(signal: AbortSignal | undefined): Promise<LeaseObject | undefined> {
    const { client, isShared } = this.#options
    const sent = this.#moment()
    const lease = await readLease(client, this.#options, this.#limits(signal))
    const before = this.#askedAt
    const isNews = this.#show(lease, sent)
    if (isShared === true && isNews && before !== undefined) this.#renewedByAnother(before)
    return lease
  }

  /** It prolongs a term at any age; what is half over already is not worth beginning one. */
  #renewedByAnother(since: Moment): void {
    const { identity, renewDeadline } = this.#options
    const isWorth = this.mayWrite() || this.#since(since) < renewDeadline / 2
    if (this.holder() === identity && isWorth) this.#won(since)
  }

  /** Whether the record differs from the one that was observed before. */
  #show(lease: LeaseObject | undefined, sent: Moment): boolean {
    const { clock, onHolder } = this.#options
    const before = this.#observed
    const text = JSON.stringify(lease?.spec ?? {})
    const isNews = before?.text !== text
    const was = this.holder()
    this.#observed = lease && { lease, text, at: isNews ? clock.monotonic() : before.at }
    this.#askedAt = sent
    this.#isUnanswered = false
    if (lease !== undefined && this.holder() !== was) onHolder?.(this.holder())
    return isNews
  }

  /** The record has stood still for the time its holder asked for. */
  #hasExpired(): boolean {
    if (this.#observed === undefined) return true
    const seconds = this.#observed.lease.spec?.leaseDurationSeconds ?? 0
    return this.#options.clock.monotonic() - this.#observed.at >= seconds * 1000
  }

  #ours(before: LeaseRecord | undefined): LeaseRecord {
    const { identity, leaseDuration, clock } = this.#options
    return heldBy(before, identity, leaseDuration, clock.now())
  }

  /** Of several who find no lease one creates it; the others look again. */
  async #createOwn(): Promise<void> {
    const { client } = this.#options
    const limits = this.#limits(this.#stopping.signal)
    try {
      await this.#write(() => createLease(client, this.#options, this.#ours(undefined), limits))
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      await this.#look(this.#stopping.signal)
    }
  }

  /** One try must not outlast the deadline it is to meet. */
  #limits(signal: AbortSignal | undefined): RequestLimits {
    return { timeoutMs: Math.max(1000, this.#options.renewDeadline / 2), signal }
  }

  /** It is held in our name, by a record that was not written before `since`. */
  #won(since: Moment): void {
    const { clock, renewDeadline, log, identity, onLeading } = this.#options
    const wasLeading = this.mayWrite()
    this.#renewed = since
    this.#cancelDeadline()
    const left = renewDeadline - this.#sinceRenewal()
    if (left <= 0) return this.#loseTerm('the renewal came too late')
    this.#cancelDeadline = clock.after(left, () => this.#loseTerm('the renew deadline has passed'))
    if (wasLeading) return
    // A term that ran out unnoticed (a stopped process) ends before the next one begins.
    this.#term?.abort(new Error('another term begins'))
    this.#term = new AbortController()
    log.info('leading', { lease: this.#leaseName(), identity })
    onLeading(this.#term.signal)
  }

  #lostTo(holder: string): void {
    if (this.#term !== undefined) this.#loseTerm(`the lease is held by ${holder === '' ? 'nobody' : holder}`)
  }

  #loseTerm(because: string): void {
    this.#cancelDeadline()
    const term = this.#term
    if (term === undefined) return
    this.#term = undefined
    const fields = { lease: this.#leaseName(), because }
    if (this.#stopping.signal.aborted) this.#options.log.info('leading no more', fields)
    else this.#options.log.warn('leading no more', fields)
    term.abort(new Error(because))
  }
}
