// This file is about orders that own other objects: what they own, what others left in their name, and when they come back.
//
// A parent comes back at once when its selection changes; when its children change, a moment later, so that what
// changes together is one pass; and never more often than its pace allows.
import type { Clock, Instant } from '../base/clock.ts'
import type { Random } from '../base/random.ts'
import type { Translation } from '../dialects/dialect.ts'
import { type Failed, failed } from '../model/answer.ts'
import type { ChildAnswer, Manifest } from '../model/child.ts'
import { type Orderer, ordererOf } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import type { Kind } from '../model/kind.ts'
import type { Lane } from '../kube/control/queue.ts'
import { type Ref, refKey } from '../model/ref.ts'
import { isSameReadiness, readinessOf } from '../model/readiness.ts'
import type { Resource } from '../model/resource.ts'
import { Children, type ChildrenParts } from './children.ts'
import type { Dependencies } from './dependencies.ts'
import { LeftFinalizers } from './left-finalizers.ts'
import { Offspring } from './offspring.ts'
import { kindKey } from './world.ts'

export interface ParentsParts extends Omit<ChildrenParts, 'offspring'> {
  readonly dependencies: Dependencies
  readonly clock: Clock
  readonly random: Random
}

/** What came of an order's children. */
export interface Family {
  /** Absent where none were ordered. */
  readonly children?: readonly ChildAnswer[]
  /** What is to be tried again. */
  readonly troubles: readonly Failed[]
  /** When the children are gone through again though nothing has changed. */
  readonly resyncAt?: Instant
}

/** A work key, and when to look. */
export interface Wake {
  readonly key: string
  readonly at: Instant
  readonly lane?: Lane
}

/** Children answer one after the other: their parent waits for more of them, and says a thing once a second. */
const CHILDREN = { delay: 300, spacing: 1000 } as const
/** Who is new in a selection must not wait, not even for renewals; hundreds that come together are a few passes. */
const SELECTION = { delay: 0, spacing: 200, lane: 'first' } as const

/** Whatever an object asks for: changes are noticed at once in any case. */
const SOONEST_RESYNC_MS = 60_000

type Pace = typeof CHILDREN | typeof SELECTION

export class Parents {
  readonly #clock: Clock
  readonly #random: Random
  readonly #dependencies: Dependencies
  readonly #offspring: Offspring
  readonly #children: Children
  readonly #left: LeftFinalizers
  readonly #served: ParentsParts['served']
  readonly #begun = new Map<string, Instant>()

  constructor(parts: ParentsParts) {
    const kinds: readonly Kind[] = [...parts.served.values()].map(({ watch }) => watch.kind)
    this.#clock = parts.clock
    this.#served = parts.served
    this.#random = parts.random
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

  /** Who looks again as a kind that it orders is there. */
  installed(kind: Pick<Kind, 'group' | 'kind'>): readonly Wake[] {
    const isIt = (child: Pick<Kind, 'group' | 'kind'>): boolean => kindKey(child) === kindKey(kind)
    return [...this.#served.values()]
      .filter(({ watch }) => watch.kind.children?.some(isIt))
      .flatMap(({ watch }) => watch.list())
      .map(({ ref }) => this.#wake(refKey(ref), CHILDREN))
  }

  /** When an onlooker looks again at what has changed. */
  onlookerAt(key: string, kind: Pick<Kind, 'group' | 'kind'>): Instant {
    return this.#offspring.isParent(kind) ? this.#wake(key, CHILDREN).at : this.#clock.now()
  }

  /** A pass over an object begins. */
  begun(key: string, kind: Pick<Kind, 'group' | 'kind'>): void {
    const isPaced = this.#offspring.isParent(kind) || this.#dependencies.isSelecting(key)
    if (isPaced) this.#begun.set(key, this.#clock.now())
  }

  /**
   * Sees to what an order owns. What others left in its name is taken off now that it is ours; where that fails, the
   * order fares no worse for it.
   */
  async serve(
    asked: Resource,
    translation: Translation,
    fieldManager: string,
    signal: AbortSignal,
  ): Promise<Family> {
    const problem = await this.release(asked.ref, signal)
    const left = problem === undefined ? [] : [failed(problem, this.#clock.now())]
    if (translation.is !== 'order' || translation.children === undefined) return { troubles: left }
    this.#dependencies.add(refKey(asked.ref), childKeys(translation))
    const by = ordererOf(asked)
    const children = await this.#children.keep(by, translation.children, fieldManager, signal)
    const now = this.#clock.now()
    const troubles = children.flatMap((child) => (child.is === 'failed' ? [failed(child.fault, now)] : []))
    return { children, troubles: [...troubles, ...left], ...this.#resync(translation.resync) }
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

  #resync(resync: number | undefined): Pick<Family, 'resyncAt'> {
    if (resync === undefined) return {}
    const wait = Math.max(resync, SOONEST_RESYNC_MS) * (0.9 + this.#random() / 10)
    return { resyncAt: (this.#clock.now() + wait) as Instant }
  }

  #wake(key: string, { delay, spacing, ...rest }: Pace): Wake {
    const begun = this.#begun.get(key)
    const soonest = begun === undefined ? 0 : begun + spacing
    return { key, at: Math.max(this.#clock.now() + delay, soonest) as Instant, ...rest }
  }
}

/** Keys of what an order wants to own. */
export const childKeys = (translation: Translation): readonly string[] =>
  translation.is === 'order' ? (translation.children ?? []).map(({ ref }) => refKey(ref)) : []
