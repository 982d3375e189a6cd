// This file is about orders that own other objects: what they own, what others left in their name, and when they come back.
//
// A parent comes back at once when its selection changes; when its children change, a moment later, so that what
// changes together is one pass; and never more often than its pace allows.
import type { Clock, Instant } from '../base/clock.ts'
import type { ChildAnswer, Manifest } from '../model/child.ts'
import type { Orderer } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import type { Kind } from '../model/kind.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { Children, type ChildrenParts } from './children.ts'
import type { Dependencies } from './dependencies.ts'
import { LeftFinalizers } from './left-finalizers.ts'
import { Offspring } from './offspring.ts'
import { isSameReadiness, readinessOf } from './readiness.ts'

export interface ParentsParts extends Omit<ChildrenParts, 'offspring'> {
  readonly dependencies: Dependencies
  readonly clock: Clock
}

/** A work key, and when to look. */
export interface Wake {
  readonly key: string
  readonly at: Instant
}

/** Children answer one after the other: their parent waits for more of them, and says a thing once a second. */
const CHILDREN = { delay: 300, spacing: 1000 } as const
/** Who is new in a selection must not wait; hundreds that come together are a few passes. */
const SELECTION = { delay: 0, spacing: 200 } as const

type Pace = typeof CHILDREN | typeof SELECTION

export class Parents {
  readonly #clock: Clock
  readonly #dependencies: Dependencies
  readonly #offspring: Offspring
  readonly #children: Children
  readonly #left: LeftFinalizers
  readonly #begun = new Map<string, Instant>()

  constructor(parts: ParentsParts) {
    const kinds: readonly Kind[] = [...parts.served.values()].map(({ watch }) => watch.kind)
    this.#clock = parts.clock
    this.#dependencies = parts.dependencies
    this.#offspring = new Offspring(kinds)
    this.#children = new Children({ ...parts, offspring: this.#offspring })
    this.#left = new LeftFinalizers({ ...parts, kinds })
  }

  /** Keeps track of what is there; tells who looks again because of the change. */
  note(now: Resource | undefined, before: Resource | undefined, isNews: boolean): readonly Wake[] {
    if (now === undefined && before !== undefined) this.#children.gone(before.ref)
    const owners = this.#offspring.note(now, before)
    const isHeard = isNews || !isSameReadiness(readinessOf(now?.status), readinessOf(before?.status))
    return [
      ...(isHeard ? owners.map((key) => this.#wake(key, CHILDREN)) : []),
      ...this.#left.note(now, before).map((key) => this.#wake(key, SELECTION)),
      ...this.#dependencies.selectorsOf(now, before).map((key) => this.#wake(key, SELECTION)),
    ]
  }

  /** When an onlooker looks again at what has changed. */
  onlookerAt(key: string, kind: Pick<Kind, 'group' | 'kind'>): Instant {
    return this.#offspring.isParent(kind) ? this.#wake(key, CHILDREN).at : this.#clock.now()
  }

  /** A pass over an object begins. */
  begun(key: string, kind: Pick<Kind, 'group' | 'kind'>): void {
    if (this.#offspring.isParent(kind)) this.#begun.set(key, this.#clock.now())
  }

  keep(
    by: Orderer,
    wanted: readonly Manifest[],
    fieldManager: string,
    signal: AbortSignal,
  ): Promise<readonly ChildAnswer[]> {
    return this.#children.keep(by, wanted, fieldManager, signal)
  }

  /** Takes off what a system we replace left in the object's name. */
  release(of: Ref, signal: AbortSignal): Promise<Fault | undefined> {
    return this.#left.takeOff(of, signal)
  }

  gone(ref: Ref): void {
    this.#begun.delete(refKey(ref))
  }

  owned(by: Ref): readonly Resource[] {
    return this.#children.owned(by)
  }

  /** What somebody who looks after the order would do now, one text each. */
  lacking(by: Orderer, wanted: readonly Manifest[]): readonly string[] {
    return [...this.#children.lacking(by, wanted), ...this.#left.holdingUp(by.ref)]
  }

  #wake(key: string, { delay, spacing }: Pace): Wake {
    const begun = this.#begun.get(key)
    const soonest = begun === undefined ? 0 : begun + spacing
    return { key, at: Math.max(this.#clock.now() + delay, soonest) as Instant }
  }
}
