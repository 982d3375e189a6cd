// This file is about the controllers we replace while they still run: where they work, and what they have left unanswered.
import type { Clock, Instant } from '../base/clock.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import { targetOf } from '../engine/pass.ts'
import type { Glance } from '../engine/ports.ts'
import type { Manifest } from '../model/child.ts'
import { ordererOf } from '../model/delivery.ts'
import type { DialectName } from '../model/dialect-name.ts'
import { type Ref, refKey, type SecretRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { Parents } from './parents.ts'
import { type Dormant, dormancy, foreignWriter, leaving } from './dormancy.ts'

export interface ForeignParts {
  /** Dialects whose objects are served at once, whoever wrote their status. */
  readonly takeOver: ReadonlySet<DialectName>
  readonly glance: (ref: SecretRef) => Glance
  /** What is known of objects that orders own; absent where nobody follows them. */
  readonly parents?: Pick<Parents, 'owned' | 'lacking'>
  readonly clock: Clock
}

/** Far more than the clocks of two machines differ, and than the watch of Secrets is behind that of objects. */
const SKEW_MS = 10_000

interface TargetsSeen {
  /** Versions as the watch showed them. */
  readonly versions: string
  /** The controller's last word when they were first seen. */
  readonly wordAt: Instant
  /** When they were first seen to differ from what the controller left; undefined while they do not. */
  readonly changedAt: Instant | undefined
}

export class ForeignControllers {
  readonly #parts: ForeignParts
  /** By dialect and namespace: the objects whose status somebody else wrote last. */
  readonly #byNamespace = new Map<string, Set<string>>()
  readonly #targets = new Map<string, TargetsSeen>()
  /** Since when each thing is left undone, by object. */
  readonly #undone = new Map<string, ReadonlyMap<string, Instant>>()

  constructor(parts: ForeignParts) {
    this.#parts = parts
  }

  /** Keeps track of where foreign controllers work; told of every object and every change of one. */
  note(now: Resource | undefined, before: Resource | undefined, dialect: Dialect): void {
    const ref = (now ?? before)?.ref
    if (ref === undefined) return
    const isForeign = now !== undefined && foreignWriter(now, dialect.statusManager) !== undefined
    if (isForeign) this.#arrive(ref, dialect)
    else this.#depart(ref, dialect)
    if (now !== undefined) return
    this.#targets.delete(refKey(ref))
    this.#undone.delete(refKey(ref))
  }

  /** Why an object is left to its own controller; undefined when it is ours. */
  judge(asked: Resource, dialect: Dialect, translation: Translation): Dormant | undefined {
    if (this.#parts.takeOver.has(dialect.name)) return undefined
    const now = this.#parts.clock.now()
    if (asked.deletingSince !== undefined) return leaving(asked, dialect.statusManager, now)
    const seen = this.#throughChildren(asked, dialect)
    const word = foreignWriter(seen, dialect.statusManager)
    const surroundings = {
      hasForeignController: this.#isWorkedIn(asked.ref, dialect),
      targetChangedAt: word === undefined ? undefined : this.#changedAt(asked, translation, word.at),
    }
    const dormant = dormancy(seen, dialect.statusManager, translation, surroundings, now)
    // A controller that let go of an object is no reason for a new neighbour to wait, until it says something again.
    if (dormant === undefined && word !== undefined) this.#depart(asked.ref, dialect)
    return dormant
  }

  #arrive(ref: Ref, dialect: Dialect): void {
    const place = placeOf(ref, dialect)
    this.#byNamespace.set(place, (this.#byNamespace.get(place) ?? new Set()).add(refKey(ref)))
  }

  #depart(ref: Ref, dialect: Dialect): void {
    const place = placeOf(ref, dialect)
    const around = this.#byNamespace.get(place)
    around?.delete(refKey(ref))
    if (around?.size === 0) this.#byNamespace.delete(place)
  }

  /** Whoever looks after objects outside of namespaces may work in any of them. */
  #isWorkedIn(ref: Ref, dialect: Dialect): boolean {
    if (ref.namespace !== '') return this.#byNamespace.has(placeOf(ref, dialect))
    const anywhere = placeOf(ref, dialect)
    return this.#byNamespace.keys().some((place) => place.startsWith(anywhere))
  }

  /**
   * The status of an object that owns others stands still while they change: what is said of them counts as said of
   * it, and a change of it is answered when they are as ordered, which is looked at apart.
   */
  #throughChildren(asked: Resource, dialect: Dialect): Resource {
    const { parents } = this.#parts
    const isParent = dialect.kinds.some(
      ({ group, kind, children }) =>
        children !== undefined && group === asked.ref.group && kind === asked.ref.kind,
    )
    const manager = dialect.statusManager
    if (parents === undefined || !isParent || foreignWriter(asked, manager) === undefined) return asked
    const answered = parents.owned(asked.ref).filter(({ statusWriters }) => statusWriters.length > 0)
    const words = answered.flatMap((child) => foreignWriter(child, manager) ?? [])
    // We answer all of them: what another said of their owner, which may stand for ever, is no word of somebody alive.
    if (answered.length > 0 && words.length === 0) {
      return { ...asked, statusWriters: answered.flatMap(({ statusWriters }) => statusWriters) }
    }
    return { ...asked, changedAt: asked.createdAt, statusWriters: [...asked.statusWriters, ...words] }
  }

  #changedAt(asked: Resource, translation: Translation, wordAt: Instant): Instant | undefined {
    return translation.is === 'order' && translation.children !== undefined
      ? this.#undoneSince(asked, translation.children)
      : this.#lookAtTargets(asked, translation, wordAt)
  }

  /** Since when the first of what is to be done for an order's children is left undone. */
  #undoneSince(asked: Resource, wanted: readonly Manifest[]): Instant | undefined {
    const key = refKey(asked.ref)
    const now = this.#parts.clock.now()
    const before = this.#undone.get(key)
    const todo = this.#parts.parents?.lacking(ordererOf(asked), wanted) ?? []
    const since = new Map(todo.map((one) => [one, before?.get(one) ?? now]))
    if (since.size === 0) {
      this.#undone.delete(key)
      return undefined
    }
    this.#undone.set(key, since)
    return Math.min(...since.values()) as Instant
  }

  /**
   * Since when the targets are other than the controller left them. A controller writes the Secret before it says so,
   * and the two watches may show that in either order: what it says at that time, or later, answers the change.
   */
  #lookAtTargets(asked: Resource, translation: Translation, wordAt: Instant): Instant | undefined {
    if (translation.is !== 'order') return undefined
    const glances = translation.deliveries.map((delivery) => this.#parts.glance(targetOf(delivery)))
    const versions = glances
      .map((glance) => (typeof glance === 'object' ? glance.resourceVersion : glance))
      .join()
    const before = this.#targets.get(refKey(asked.ref))
    if (before?.versions === versions) return before.wordAt === wordAt ? before.changedAt : undefined
    const now = this.#parts.clock.now()
    const isRightAfter = Math.abs(now - wordAt) < SKEW_MS
    const isMissing = translation.deliveries.some(
      ({ target }, at) => target.whenMissing === 'create' && glances[at] === 'absent',
    )
    // At the first look only a missing target can be other than it was left: no controller deletes one and says so.
    // Where the watch is only behind, the target appears before the minute is over.
    const isOther = isMissing || (before !== undefined && !isRightAfter)
    const changedAt = isOther ? now : undefined
    this.#targets.set(refKey(asked.ref), { versions, wordAt, changedAt })
    return changedAt
  }
}

const placeOf = ({ namespace }: Ref, { name }: Dialect): string => `${name} ${namespace}`
