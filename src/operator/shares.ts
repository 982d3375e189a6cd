// This file is about orders that are spread over namespaces: each namespace's share is an order of its own in memory.
//
// A share is named as its order is, with the namespace in the Ref, which no object of a cluster-scoped kind has. It is
// worked on under that name: queued, translated, delivered, claimed, retried and let go of by itself, so that a
// namespace in trouble costs the others nothing. Its order comes back when shares have news, at its own pace.
import type { Share } from '../dialects/dialect.ts'
import type { Answer } from '../model/answer.ts'
import type { Kind } from '../model/kind.ts'
import type { Linked } from '../model/link.ts'
import { type Ref, refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { isNews } from './news.ts'

/** One Ref for all passes: what is remembered by it, or of it, is not kept anew with each of them. */
interface Kept {
  readonly ref: Ref
  share: Share
}

interface Spread {
  /** The order as its shares were last told of it. */
  told: Resource
  readonly shares: Map<string, Kept>
  /** Namespaces that are being let go of. */
  readonly leaving: Set<string>
}

/** Work keys to look at: those that are new, and those that were there. */
export interface SharesToLookAt {
  readonly first: readonly string[]
  readonly again: readonly string[]
}

/** Whether a Ref names one namespace's share of an order. */
export const isShare = (ref: Ref, kind: Pick<Kind, 'namespaced'>): boolean =>
  !kind.namespaced && ref.namespace !== ''

export const orderOf = (share: Ref): Ref => ({ ...share, namespace: '' })

export const shareOf = (order: Ref, namespace: string): Ref => ({ ...order, namespace })

export class Shares {
  readonly #spreads = new Map<string, Spread>()

  /** Makes the shares of an order exactly these, and tells which have to be looked at because of it. */
  state(order: Resource, namespaces: readonly string[]): SharesToLookAt {
    const spread = this.#spreadOf(order)
    const isOther = isNews(order, spread.told)
    spread.told = order
    const wanted = new Set(namespaces)
    const gone = [...spread.shares.keys()].filter((namespace) => !wanted.has(namespace))
    for (const namespace of gone) {
      spread.shares.delete(namespace)
      spread.leaving.add(namespace)
    }
    const kept = isOther ? [...spread.shares.keys()] : []
    const first = namespaces.filter((namespace) => !spread.shares.has(namespace))
    for (const namespace of first) {
      spread.leaving.delete(namespace)
      const share: Share = { namespace, answers: [], links: [] }
      spread.shares.set(namespace, { ref: shareOf(order.ref, namespace), share })
    }
    const keyOf = (namespace: string): string => refKey(shareOf(order.ref, namespace))
    return { first: first.map(keyOf), again: [...gone, ...kept].map(keyOf) }
  }

  /** The order as if it lived in the share's namespace; undefined where it is not served there. */
  resource(share: Ref, order: Resource | undefined): Resource | undefined {
    if (order === undefined || order.deletingSince !== undefined) return undefined
    const kept = this.#spreads.get(refKey(order.ref))?.shares.get(share.namespace)
    return kept === undefined ? undefined : { ...order, ref: kept.ref }
  }

  /** True where the order has something new to tell. */
  answered(share: Ref, answers: readonly Answer[], links: readonly Linked[]): boolean {
    const { namespace } = share
    const kept = this.#spreads.get(refKey(orderOf(share)))?.shares.get(namespace)
    if (kept === undefined) return false
    kept.share = { namespace, answers, links }
    return true
  }

  /** In the order the namespaces were chosen. */
  of(order: Ref): readonly Share[] {
    return [...(this.#spreads.get(refKey(order))?.shares.values() ?? [])].map(({ share }) => share)
  }

  /** Everything of an order is to be let go of, in these namespaces too. Tells which have to be looked at. */
  leave(order: Resource, alsoIn: readonly string[]): readonly string[] {
    const spread = this.#spreadOf(order)
    const fresh = [...spread.shares.keys(), ...alsoIn].filter((namespace) => !spread.leaving.has(namespace))
    for (const namespace of fresh) spread.leaving.add(namespace)
    spread.shares.clear()
    return fresh.map((namespace) => refKey(shareOf(order.ref, namespace)))
  }

  /** Of this namespace nothing has to be let go of any more. True where it was waited for. */
  left(share: Ref): boolean {
    return this.#spreads.get(refKey(orderOf(share)))?.leaving.delete(share.namespace) === true
  }

  isKnown(order: Ref): boolean {
    return this.#spreads.has(refKey(order))
  }

  isLeaving(order: Ref): boolean {
    return (this.#spreads.get(refKey(order))?.leaving.size ?? 0) > 0
  }

  /** Where something has still to be let go of. */
  leaving(order: Ref): readonly string[] {
    return [...(this.#spreads.get(refKey(order))?.leaving ?? [])]
  }

  /** The order is gone. Tells which shares have to be looked at. */
  forget(order: Ref): readonly string[] {
    const spread = this.#spreads.get(refKey(order))
    this.#spreads.delete(refKey(order))
    return [...(spread?.shares.keys() ?? [])].map((namespace) => refKey(shareOf(order, namespace)))
  }

  #spreadOf(order: Resource): Spread {
    const key = refKey(order.ref)
    const known = this.#spreads.get(key)
    if (known !== undefined) return known
    const spread: Spread = { told: order, shares: new Map(), leaving: new Set() }
    this.#spreads.set(key, spread)
    return spread
  }
}
