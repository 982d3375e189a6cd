// This file is about the controllers we replace while they still run: where they work, and what they have left unanswered.
import type { Clock, Instant } from '../base/clock.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import { targetOf } from '../engine/pass.ts'
import type { Glance } from '../engine/ports.ts'
import type { DialectName } from '../model/dialect-name.ts'
import { refKey, type SecretRef } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { type Dormant, dormancy, foreignWriter, leaving } from './dormancy.ts'

export interface ForeignParts {
  /** Dialects whose objects are served at once, whoever wrote their status. */
  readonly takeOver: ReadonlySet<DialectName>
  readonly glance: (ref: SecretRef) => Glance
  readonly clock: Clock
}

interface TargetsSeen {
  /** Versions as the watch showed them. */
  readonly versions: string
  /** When they were first seen to differ from what the controller left; undefined while they do not. */
  readonly changedAt: Instant | undefined
}

export class ForeignControllers {
  readonly #parts: ForeignParts
  /** By namespace: the objects whose status somebody else wrote last. */
  readonly #byNamespace = new Map<string, Set<string>>()
  readonly #targets = new Map<string, TargetsSeen>()

  constructor(parts: ForeignParts) {
    this.#parts = parts
  }

  /** Keeps track of where foreign controllers work; told of every object and every change of one. */
  note(now: Resource | undefined, before: Resource | undefined, { statusManager }: Dialect): void {
    const ref = (now ?? before)?.ref
    if (ref === undefined) return
    const isForeign = now !== undefined && foreignWriter(now, statusManager) !== undefined
    const around = this.#byNamespace.get(ref.namespace) ?? new Set()
    if (isForeign) this.#byNamespace.set(ref.namespace, around.add(refKey(ref)))
    else around.delete(refKey(ref))
    if (around.size === 0) this.#byNamespace.delete(ref.namespace)
    if (now === undefined) this.#targets.delete(refKey(ref))
  }

  /** Why an object is left to its own controller; undefined when it is ours. */
  judge(asked: Resource, dialect: Dialect, translation: Translation): Dormant | undefined {
    if (this.#parts.takeOver.has(dialect.name)) return undefined
    const now = this.#parts.clock.now()
    if (asked.deletingSince !== undefined) return leaving(asked, dialect.statusManager, now)
    const around = this.#byNamespace.get(asked.ref.namespace)
    const surroundings = {
      hasForeignController: around !== undefined,
      targetChangedAt:
        around?.has(refKey(asked.ref)) === true ? this.#lookAtTargets(asked, translation) : undefined,
    }
    return dormancy(asked, dialect.statusManager, translation, surroundings, now)
  }

  #lookAtTargets(asked: Resource, translation: Translation): Instant | undefined {
    if (translation.is !== 'order') return undefined
    const glances = translation.deliveries.map((delivery) => this.#parts.glance(targetOf(delivery)))
    const versions = glances
      .map((glance) => (typeof glance === 'object' ? glance.resourceVersion : glance))
      .join()
    const before = this.#targets.get(refKey(asked.ref))
    if (before?.versions === versions) return before.changedAt
    // At the first look only a missing target is known to be other than it was left.
    const isOther = before !== undefined || glances.includes('absent')
    const changedAt = isOther ? this.#parts.clock.now() : undefined
    this.#targets.set(refKey(asked.ref), { versions, changedAt })
    return changedAt
  }
}
