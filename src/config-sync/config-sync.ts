// This file is about keeping the cluster in line with a Git repository, for one term of leadership.
//
// Flow: look where the branch stands; where it moved, read what it wants; compare that with what is there; write what
// differs. Between two looks the watches wake it when something that came from the repository was changed by hand.
// Guarantees: one request at a time, and none in a round that finds nothing new; whatever fails, what is there stays.
import { type Clock, type Instant, rfc3339 } from '../base/clock.ts'
import { type Duration, minutes, seconds } from '../base/duration.ts'
import type { Log } from '../base/log.ts'
import type { Random } from '../base/random.ts'
import {
  markOf,
  MOST_PROBLEMS,
  type KeptObject,
  type SyncFailure,
  type SyncRecord,
  type SyncSource,
} from '../config-repo/sync-record.ts'
import type { ConfigTree } from '../config-repo/tree.ts'
import type { GitFault, GitRepository, RepoFile } from '../git/repository.ts'
import type { KubeClient } from '../kube/client.ts'
import { isRoleMissing, KubeError } from '../kube/error.ts'
import type { StartReflector } from '../kube/reflector.ts'
import { SECRETS, type SecretObject } from '../kube/resource.ts'
import { getObject } from '../kube/writes.ts'
import { Checkout, type Unread } from './checkout.ts'
import { ClusterWrites } from './cluster-writes.ts'
import { credentialsIn, type RepoCredentials, type WrongCredentials } from './credentials.ts'
import { type Wanted, wantedOf } from './desired.ts'
import { type Kept, Keeping } from './keeping.ts'
import { Ledger } from './ledger.ts'
import { MarkedObjects } from './marked-objects.ts'
import type { SyncRecorder } from './recorder.ts'
import { Setbacks } from './setbacks.ts'
import { Told, type ToldParts } from './told.ts'

export interface ConfigSyncOptions {
  readonly source: SyncSource
  readonly ownNamespace: string
  readonly interval: Duration
  /** In the operator's own namespace; undefined: nobody in particular. */
  readonly secret: string | undefined
  /** Besides it: Secrets there that an installation keeps for itself. */
  readonly reservedSecrets: readonly string[]
}

export interface ConfigSyncParts {
  /** Writes through it fail once leadership may be gone. */
  readonly client: KubeClient
  readonly openRepository: (credentials: RepoCredentials) => Promise<GitRepository | GitFault>
  readonly readTree: (files: readonly RepoFile[]) => ConfigTree
  readonly startReflector: StartReflector
  readonly tellEvent: ToldParts['tellEvent']
  readonly recorder: SyncRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Changes come in swarms. */
const SETTLING_MS = seconds(1)
/** Somebody may be at odds with us: what is put back again and again is put back ever more rarely. */
const FIRST_PAUSE_MS = seconds(2)
const MOST_DOUBLINGS = 3
const LONGEST_WAIT_MS = minutes(5)
const OVER = 'the term of leadership is over'

export class ConfigSync {
  readonly #options: ConfigSyncOptions
  readonly #parts: ConfigSyncParts
  readonly #ending = new AbortController()
  readonly #checkout: Checkout
  readonly #ledger: Ledger
  readonly #objects: MarkedObjects
  readonly #told: Told
  readonly #setbacks: Setbacks
  readonly #loop: Promise<void>
  #keeping: Keeping | undefined
  #wanted: Wanted | undefined
  #branch = ''
  #failure: SyncFailure | undefined
  #failures = 0
  /** When the repository is looked at next. */
  #lookAt: Instant
  #isChanged = false
  #pauseMs: number = FIRST_PAUSE_MS
  #wake: () => void = () => {}
  #syncedAt: string | undefined
  #commit: string | undefined
  /** What the record says of the last round that came to an end. */
  #lastKept: Pick<Kept, 'problems' | 'held'> | undefined

  /** Begins at once. */
  constructor(options: ConfigSyncOptions, parts: ConfigSyncParts) {
    this.#options = options
    this.#parts = parts
    const { client, clock, openRepository } = parts
    const { ownNamespace, interval } = options
    this.#checkout = new Checkout({ open: openRepository, credentials: () => this.#credentials() })
    this.#ledger = new Ledger(client, ownNamespace, this.#ending.signal)
    this.#objects = new MarkedObjects({ ...parts, ownNamespace, onChange: () => this.#changed() })
    this.#told = new Told({ ...parts, ownNamespace, uid: () => this.#ledger.uid })
    this.#setbacks = new Setbacks(clock, interval)
    this.#lookAt = clock.now()
    this.#loop = this.#run()
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error(OVER))
    this.#wake()
    await this.#loop
    await this.#objects.stop()
    await this.#checkout.close()
    this.#parts.recorder.ended()
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      const waitMs = await this.#round().catch((error: unknown) => this.#crashed(error))
      if (!signal.aborted) await this.#wait(waitMs)
    }
  }

  /** How long to wait for the next, unless something is changed before. */
  async #round(): Promise<number> {
    const { clock } = this.#parts
    this.#isChanged = false
    const isLook = clock.now() >= this.#lookAt
    try {
      this.#keeping ??= await this.#remembered()
      const unread = isLook ? await this.#look() : undefined
      if (unread !== undefined) await this.#failed(unread)
      else if (isLook) this.#failure = undefined
      if (this.#wanted !== undefined) await this.#keep(this.#wanted, this.#keeping, isLook)
      if (unread === undefined && isLook) this.#failures = 0
      if (isLook) this.#lookAt = (clock.now() + this.#untilNextLook()) as Instant
    } catch (error) {
      if (this.#ending.signal.aborted) return 0
      if (!(error instanceof KubeError)) throw error
      await this.#cutOff(error)
    }
    return Math.max(0, this.#lookAt - clock.now())
  }

  /** What whoever led before wrote down. */
  async #remembered(): Promise<Keeping> {
    const { log, client } = this.#parts
    const { record, isBroken } = await this.#ledger.read()
    if (isBroken) log.warn('the record of the Git sync is not readable: what it named is not pruned')
    this.#commit = record?.commit
    this.#syncedAt = record?.syncedAt
    this.#failure = record?.failure
    if (record !== undefined) this.#lastKept = { problems: record.problems, held: record.held }
    return new Keeping(
      {
        mark: markOf(this.#options.source),
        objects: this.#objects,
        writes: new ClusterWrites(client, this.#ending.signal),
        setbacks: this.#setbacks,
        writeDown: (kept) => this.#writeDown(kept),
        isApproved: (commit) => this.#ledger.isApproved(commit),
        log,
      },
      record?.objects ?? [],
    )
  }

  /** Undefined: it is known what the repository wants now. */
  async #look(): Promise<Unread | undefined> {
    const read = await this.#checkout.read(this.#ending.signal, this.#wanted?.commit)
    if (read.is === 'unread') return read
    this.#branch = read.branch
    if (read.is === 'head') return undefined
    const { source, ownNamespace, secret, reservedSecrets: others } = this.#options
    const reservedSecrets = secret === undefined ? others : [secret, ...others]
    const place = { runtime: source.runtime, ownNamespace, reservedSecrets, mark: markOf(source) }
    this.#wanted = wantedOf(this.#parts.readTree(read.files), read.commit, place)
    return undefined
  }

  async #keep(wanted: Wanted, keeping: Keeping, isLook: boolean): Promise<void> {
    const { recorder, clock } = this.#parts
    const kept = await keeping.bringInLine(wanted)
    recorder.counted(kept.counts)
    this.#paceBy(kept.changes, isLook)
    if (kept.isBlind) return
    if (this.#failure === undefined) this.#commit = wanted.commit
    await this.#writeDown(keeping.all(), kept)
    // Events are about the record, which is there by now.
    this.#told.problems(kept.problems)
    this.#told.held(kept.held)
    if (this.#failure !== undefined) return
    if (isLook) recorder.succeeded(clock.now(), wanted.commit, this.#branch)
    this.#told.synced(wanted.commit, kept.changes)
  }

  /** What has to be put back twice in a row may be at odds with somebody. */
  #paceBy(changes: number, isLook: boolean): void {
    if (changes === 0 && isLook) this.#pauseMs = FIRST_PAUSE_MS
    else if (changes > 0 && !isLook)
      this.#pauseMs = Math.min(this.#pauseMs * 2, Math.max(this.#options.interval, FIRST_PAUSE_MS))
  }

  /** The instant changes only with what else is written. */
  async #writeDown(objects: readonly KeptObject[], kept?: Kept): Promise<void> {
    if (kept !== undefined) this.#lastKept = kept
    const before = this.#recordOf(objects, this.#syncedAt)
    if (!this.#ledger.isNews(before)) return
    const syncedAt =
      kept === undefined || this.#failure !== undefined ? this.#syncedAt : rfc3339(this.#parts.clock.now())
    await this.#ledger.write(this.#recordOf(objects, syncedAt))
    this.#syncedAt = syncedAt
  }

  #recordOf(objects: readonly KeptObject[], syncedAt: string | undefined): SyncRecord {
    const { problems = [], held } = this.#lastKept ?? {}
    return {
      source: this.#options.source,
      ...(this.#commit === undefined ? {} : { commit: this.#commit }),
      ...(syncedAt === undefined ? {} : { syncedAt }),
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      ...(held === undefined ? {} : { held }),
      problems: problems.slice(0, MOST_PROBLEMS),
      moreProblems: Math.max(0, problems.length - MOST_PROBLEMS),
      objects,
    }
  }

  async #failed({ reason, message }: Unread): Promise<void> {
    const { recorder, clock } = this.#parts
    this.#failures += 1
    recorder.failed(reason)
    if (this.#failure?.reason !== reason || this.#failure.message !== message) {
      this.#failure = { reason, message, since: rfc3339(clock.now()) }
      if (this.#keeping !== undefined) await this.#writeDown(this.#keeping.all())
    }
    this.#told.failed(reason, message)
  }

  /** The API server does not do what is asked: nothing can be written down of that. */
  async #cutOff(error: KubeError): Promise<void> {
    const { recorder, clock } = this.#parts
    if (error.is('NotLeader')) {
      // The term ends in a moment, or goes on: either is waited for, and not asked of the Git server again and again.
      this.#lookAt = Math.max(this.#lookAt, clock.now() + FIRST_PAUSE_MS) as Instant
      return
    }
    this.#failures += 1
    const reason = isRoleMissing(error) ? 'RightsMissing' : 'ClusterUnavailable'
    const remedy = isRoleMissing(error) ? ': apply the output of "everpull rbac --config-repo"' : ''
    recorder.failed(reason)
    this.#told.failed(reason, `${error.message}${remedy}`)
    this.#lookAt = (clock.now() + this.#untilNextLook()) as Instant
  }

  #crashed(error: unknown): number {
    if (this.#ending.signal.aborted) return 0
    this.#failures += 1
    this.#parts.log.error('a round of the Git sync ended in an unexpected error', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    this.#parts.recorder.failed('Unexpected')
    const waitMs = this.#untilNextLook()
    this.#lookAt = (this.#parts.clock.now() + waitMs) as Instant
    return waitMs
  }

  /** Within a tenth of the interval, so that a fleet does not come all at once; ever longer while it fails. */
  #untilNextLook(): number {
    const { interval } = this.#options
    const doubled = interval * 2 ** Math.min(Math.max(this.#failures - 1, 0), MOST_DOUBLINGS)
    const waitMs = Math.min(doubled, Math.max(interval, LONGEST_WAIT_MS))
    return waitMs * (0.9 + 0.2 * this.#parts.random())
  }

  async #credentials(): Promise<RepoCredentials | WrongCredentials> {
    const { secret, ownNamespace: namespace, source } = this.#options
    if (secret === undefined) return { is: 'credentials', credentials: { is: 'none' } }
    try {
      const { signal } = this.#ending
      const found = await getObject<SecretObject>(
        this.#parts.client,
        SECRETS,
        { namespace, name: secret },
        { signal },
      )
      return credentialsIn(found, source.url)
    } catch (error) {
      if (!(error instanceof KubeError) || (error.status !== 404 && !isRoleMissing(error))) throw error
      const because =
        error.status === 404
          ? `there is no Secret ${namespace}/${secret}: make it with the credentials of the repository`
          : `Secret ${namespace}/${secret} may not be read: apply the output of "everpull rbac --config-repo --config-repo-secret=${secret}"`
      return { is: 'wrong', because }
    }
  }

  #changed(): void {
    this.#isChanged = true
    this.#wake()
  }

  /** Until then, or until something has changed; never sooner than what came last has settled. */
  async #wait(ms: number): Promise<void> {
    const { clock } = this.#parts
    const begun = clock.now()
    await this.#pause(ms, () => this.#isChanged)
    if (!this.#isChanged) return
    const least = Math.max(SETTLING_MS, this.#pauseMs - (clock.now() - begun))
    await this.#pause(least, () => false)
  }

  #pause(ms: number, isOver: () => boolean): Promise<void> {
    if (this.#ending.signal.aborted || isOver()) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        if (!this.#ending.signal.aborted && !isOver()) return
        cancel()
        resolve()
      }
      const cancel = this.#parts.clock.after(ms, resolve)
      this.#wake = end
    })
  }
}
