// This file is about keeping the shares of spread orders at work: who is queued, when their order tells of them, and how they end.
import type { Clock, Instant } from '../base/clock.ts'
import type { Share, Translation } from '../dialects/dialect.ts'
import type { SecretStore } from '../engine/ports.ts'
import type { Lane } from '../kube/control/queue.ts'
import type { Answer } from '../model/answer.ts'
import { deliveryAnnotation, type Orderer, ordererOf } from '../model/delivery.ts'
import type { Fault } from '../model/fault.ts'
import type { Linked } from '../model/link.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import type { KindWatch } from './kind-watch.ts'
import type { Served } from './reconcile.ts'
import { isShare, orderOf, shareOf, Shares } from './shares.ts'
import { kindKey } from './world.ts'

export interface SpreadsParts {
  readonly served: ReadonlyMap<string, Served>
  readonly store: Pick<SecretStore, 'carrying' | 'marks'>
  /** Whether service accounts name Secrets for it. */
  readonly hasLinks: (by: Ref) => boolean
  /** Where accounts name Secrets for anybody, as far as they are followed. */
  readonly linkedIn: () => Iterable<string>
  /** All there are in scope, as far as they are followed. */
  readonly namespaces: () => readonly Resource[]
  readonly lookAgain: (key: string, lane?: Lane) => void
  readonly lookAt: (key: string, at: Instant) => void
  readonly clock: Clock
}

/** Nothing of it is left in any namespace, or something is. */
type LetGo = { readonly is: 'free' } | { readonly is: 'leaving'; readonly fault?: Fault }

/** Shares answer one after the other: their order waits for more of them, and is told of once a second at most. */
const TELLING = { delay: 300, spacing: 1000 } as const
const NEVER = 0 as Instant
/** What a forced login takes: others who force one are waited for, and AWS answers. */
const AHEAD_MS = 800

export class Spreads {
  readonly #parts: SpreadsParts
  readonly #shares = new Shares()
  /** Orders that are spread, or have been. */
  readonly #toldAt = new Map<string, Instant>()
  /** Why shares cannot be let go of, by order. */
  readonly #problems = new Map<string, Fault>()

  constructor(parts: SpreadsParts) {
    this.#parts = parts
  }

  /** Has the shares of an order worked on, and tells how they fare; undefined where it is not spread. */
  serve(asked: Resource, translation: Translation): readonly Share[] | undefined {
    const { lookAgain } = this.#parts
    if (translation.is !== 'order') return this.#known(asked.ref)
    if (translation.spread === undefined) return undefined
    const isKnown = this.#shares.isKnown(asked.ref)
    const { first, again } = this.#shares.state(asked, translation.spread)
    // As at any start: who has been answered before is most likely as it was left.
    const lane = isKnown || asked.statusWriters.length === 0 ? 'first' : 'refresh'
    for (const key of first) lookAgain(key, lane)
    this.#lookAgainAt(again)
    if (!isKnown) this.#begin(asked.ref, translation.spread)
    return this.#shares.of(asked.ref)
  }

  /** One goes ahead: what it obtains is there for all others, who would else wait for it by the thousand. */
  #lookAgainAt(keys: Iterable<string>): void {
    const { lookAgain, lookAt, clock } = this.#parts
    const [ahead, ...others] = keys
    if (ahead !== undefined) lookAgain(ahead)
    const then = (clock.now() + AHEAD_MS) as Instant
    for (const key of others) lookAt(key, then)
  }

  /** Each once, with the order in place of its shares. */
  ordersOf(refs: readonly Ref[]): readonly Ref[] {
    const orders = refs.map((ref) => (this.#servedShare(ref) === undefined ? ref : orderOf(ref)))
    return [...new Map(orders.map((ref) => [refKey(ref), ref])).values()]
  }

  /** When an order may be told of; undefined: now, and it is taken for told. */
  waitsUntil(order: Ref): Instant | undefined {
    const key = refKey(order)
    const told = this.#toldAt.get(key)
    if (told === undefined) return undefined
    const now = this.#parts.clock.now()
    const next = (told + TELLING.spacing) as Instant
    if (now < next) return next
    this.#toldAt.set(key, now)
    return undefined
  }

  /** A share of an order that is there, and has not been looked at in this term. */
  isUnstated(share: Ref): boolean {
    const order = this.#servedShare(share)?.watch.get(orderOf(share))
    return order !== undefined && !this.#shares.isKnown(order.ref)
  }

  resource(share: Ref, watch: Pick<KindWatch, 'get'>): Resource | undefined {
    return this.#shares.resource(share, watch.get(orderOf(share)))
  }

  answered(share: Ref, answers: readonly Answer[], links: readonly Linked[]): void {
    if (this.#shares.answered(share, answers, links)) this.#wakeOrder(share)
  }

  /** Before an order goes, every namespace has to be free of it; its shares see to that, and bring it back. */
  letGo(asked: Resource): LetGo {
    // An order that lives in a namespace has no shares: what it left is its own to see to.
    if (asked.ref.namespace !== '') return { is: 'free' }
    const left = this.#leftIn(asked.ref, () => true).map(({ namespace }) => namespace)
    for (const key of this.#shares.leave(asked, left)) this.#parts.lookAgain(key)
    if (!this.#isHeldBack(asked.ref)) return { is: 'free' }
    const fault = this.#problems.get(refKey(asked.ref))
    return { is: 'leaving', ...(fault === undefined ? {} : { fault }) }
  }

  /** Who owns what a share has left; undefined where its order is gone, and the garbage collector sees to it. */
  ownerOf(share: Ref): Orderer | undefined {
    const served = this.#servedShare(share)
    const order = served?.watch.get(orderOf(share))
    return order === undefined ? undefined : { ...ordererOf(order), ref: share }
  }

  /** A share has been let go of, save for what `problem` says; or an order is gone. */
  left(ref: Ref, problem: Fault | undefined): void {
    if (this.#servedShare(ref) !== undefined) this.#shareLeft(ref, problem)
    else this.#orderGone(ref)
  }

  #shareLeft(share: Ref, problem: Fault | undefined): void {
    const order = refKey(orderOf(share))
    if (problem !== undefined) this.#problems.set(order, problem)
    else if (!this.#shares.left(share)) return
    else if (!this.#shares.isLeaving(orderOf(share))) this.#problems.delete(order)
    this.#wakeOrder(share)
  }

  /** A namespace that goes takes all with it, and is not waited for. */
  #isHeldBack(order: Ref): boolean {
    const going = this.#parts.namespaces().filter(({ deletingSince }) => deletingSince !== undefined)
    const names = new Set(going.map(({ ref }) => ref.name))
    return this.#shares.leaving(order).some((namespace) => !names.has(namespace))
  }

  #orderGone(order: Ref): void {
    this.#toldAt.delete(refKey(order))
    this.#problems.delete(refKey(order))
    for (const key of this.#shares.forget(order)) this.#parts.lookAgain(key)
  }

  /** What an earlier term left where it is served no more is let go of; what this one leaves, its shares see to. */
  #begin(order: Ref, namespaces: readonly string[]): void {
    this.#toldAt.set(refKey(order), NEVER)
    const chosen = new Set(namespaces)
    for (const share of this.#leftIn(order, (namespace) => !chosen.has(namespace)))
      this.#parts.lookAgain(refKey(share))
  }

  #known(order: Ref): readonly Share[] | undefined {
    return this.#shares.isKnown(order) ? this.#shares.of(order) : undefined
  }

  #wakeOrder(share: Ref): void {
    const key = refKey(orderOf(share))
    const now = this.#parts.clock.now()
    const told = this.#toldAt.get(key) ?? NEVER
    this.#parts.lookAt(key, Math.max(now + TELLING.delay, told + TELLING.spacing) as Instant)
  }

  /** Namespaces in which something was left in the order's name, by this process or one before. */
  #leftIn(order: Ref, isAskedOf: (namespace: string) => boolean): readonly Ref[] {
    const { store, hasLinks } = this.#parts
    return this.#places().flatMap((name) => {
      if (!isAskedOf(name)) return []
      const share = shareOf(order, name)
      const isMarked = store.carrying(deliveryAnnotation(share)).some(({ namespace }) => namespace === name)
      return isMarked || hasLinks(share) ? [share] : []
    })
  }

  /**
   * Namespaces in which somebody left something, save those that are going anyway. They are not read off the namespaces
   * there are: an order that is wrong or suspended follows none, and leaves all the same.
   */
  #places(): readonly string[] {
    const { store, linkedIn, namespaces } = this.#parts
    const places = new Set(linkedIn())
    for (const mark of store.marks()) for (const { namespace } of store.carrying(mark)) places.add(namespace)
    for (const { ref, deletingSince } of namespaces())
      if (deletingSince !== undefined) places.delete(ref.name)
    return [...places]
  }

  #servedShare(ref: Ref): Served | undefined {
    const served = this.#parts.served.get(kindKey(ref))
    return served !== undefined && isShare(ref, served.watch.kind) ? served : undefined
  }
}
