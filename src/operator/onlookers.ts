// This file is about who looks again when something changes: what a term is told of becomes work keys and times.
import type { Clock, Instant } from '../base/clock.ts'
import type { Claims } from '../engine/claims.ts'
import type { Memory } from '../engine/memory.ts'
import type { OwnVersions } from '../engine/own-versions.ts'
import type { Turns } from '../engine/turns.ts'
import type { WorkQueue } from '../kube/control/queue.ts'
import type { KindName } from '../model/kind.ts'
import { type Ref, refKey, type SecretRef, secretAsRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Account } from './account-links.ts'
import type { Dependencies } from './dependencies.ts'
import type { ForeignControllers } from './foreign-controllers.ts'
import type { Links } from './links.ts'
import { isNews } from './news.ts'
import type { Parents, Wake } from './parents.ts'
import type { SecretRecord } from './raw-object.ts'
import { refOf, type Served } from './reconcile.ts'
import type { Shard } from './shards.ts'
import { kindKey } from './world.ts'

/** How long who lends an identity waits for more users to come or go. */
const USERS_PACE_MS = 1000

export interface OnlookerParts {
  readonly served: ReadonlyMap<string, Served>
  readonly parents: Parents
  readonly dependencies: Dependencies
  readonly foreign: ForeignControllers
  readonly links: Links
  readonly claims: Claims
  readonly memory: Memory
  readonly turns: Turns
  readonly versions: OwnVersions
  readonly shard: Shard
  readonly add: WorkQueue['add']
  readonly clock: Clock
}

export class Onlookers {
  readonly #parts: OnlookerParts

  constructor(parts: OnlookerParts) {
    this.#parts = parts
  }

  /** An object of a dialect's kind changed. A status write alone, ours or another's, brings nobody back. */
  onObject(now: Resource | undefined, before: Resource | undefined): void {
    const resource = now ?? before
    if (resource === undefined) return
    const { served, foreign, parents, shard, add, clock } = this.#parts
    // What lives outside of namespaces concerns everybody.
    if (resource.ref.namespace !== '' && shard.stance(resource.ref) === 'ignores') {
      if (isNews(now, before)) this.onReferred(resource.ref)
      return
    }
    const found = served.get(kindKey(resource.ref))
    // One that is selected no more is gone from here, and one that was not is new.
    const selected = (one: Resource | undefined): Resource | undefined =>
      one !== undefined && found?.watch.isSelected(one) === true ? one : undefined
    const [ours, oursBefore] = [selected(now), selected(before)]
    if (found !== undefined) foreign.note(ours, oursBefore, found.dialect)
    const isAny = isNews(now, before)
    this.wake(parents.note(now, before, isAny))
    if (!isAny) return
    if (ours !== undefined || oursBefore !== undefined) {
      add(refKey(resource.ref), clock.now(), oursBefore === undefined ? 'first' : 'refresh')
    }
    this.onReferred(resource.ref)
  }

  /** A Secret changed: its writers look again unless all they left stands in it, its onlookers always. */
  onSecret(ref: SecretRef, record: SecretRecord | undefined): void {
    this.#parts.turns.between(ref, () => this.#wakeClaimants(ref, record?.resourceVersion))
    this.onReferred(secretAsRef(ref))
  }

  /** Something changed that translations have looked at. */
  onReferred(ref: Ref): void {
    const { dependencies, parents, add } = this.#parts
    for (const key of dependencies.onlookersOf(ref)) add(key, parents.onlookerAt(key, refOf(key)))
  }

  /** A service account changed that links Secrets, or is to. */
  onAccount(now: Account | undefined, before: Account | undefined): void {
    const { links, add, clock } = this.#parts
    for (const { key } of links.note(now, before)) add(key, clock.now())
  }

  /** Orders of what was not installed look again. */
  onKind(kind: KindName): void {
    this.wake(this.#parts.parents.installed(kind))
  }

  /** The users of who lends an identity come or go: those that come together are one pass, but for the first. */
  onUsers(lender: string): void {
    const { add, clock, claims } = this.#parts
    // Until it is held it could be deleted under its user.
    const isFirst = claims.usersOf(refOf(lender)).length === 1
    add(lender, (clock.now() + (isFirst ? 0 : USERS_PACE_MS)) as Instant)
  }

  wake(wakes: readonly Wake[]): void {
    for (const { key, at, lane } of wakes) this.#parts.add(key, at, lane)
  }

  #wakeClaimants(ref: SecretRef, version: string | undefined): void {
    const { versions, claims, memory, shard, add, clock } = this.#parts
    versions.shown(ref, version)
    for (const claimant of claims.claimantsOf(ref)) {
      // What others wrote there changes nothing of what they want.
      if (shard.stance(claimant) !== 'owns') continue
      const held = memory.get(claimant, ref)?.resourceVersion
      const isRight = held !== undefined && (held === version || versions.isUnshown(ref, held))
      if (!isRight) add(refKey(claimant), clock.now())
    }
  }
}
