// This file is about the orders that somebody asks about by name: objects as the operator translates them, and their shares.
import type { Translation } from '../dialects/dialect.ts'
import type { Delivery } from '../model/delivery.ts'
import type { Resource } from '../model/resource.ts'
import { translateFully, type TranslationParts } from './full-translation.ts'
import type { Served } from './reconcile.ts'
import { shareOf } from './shares.ts'

export interface Ordered {
  /** Of a share, with its namespace in the Ref. */
  readonly asked: Resource
  readonly served: Served
  readonly translation: Translation
}

export interface OrdersParts extends Omit<TranslationParts, 'onLooked'> {
  readonly served: ReadonlyMap<string, Served>
}

export interface Named {
  readonly name: string
  /** Absent: any. */
  readonly namespace?: string
}

/** All objects there are, each translated; those of a definition that nobody orders with are left out. */
export async function allOrders(parts: OrdersParts, signal: AbortSignal): Promise<readonly Ordered[]> {
  const orders: Ordered[] = []
  for (const served of parts.served.values()) {
    for (const asked of served.watch.list()) orders.push(await orderOf(asked, served, parts, signal))
  }
  return orders
}

/** Those of that name, in that namespace or of the cluster. */
export async function ordersNamed(
  parts: OrdersParts,
  named: Named,
  signal: AbortSignal,
): Promise<readonly Ordered[]> {
  const orders: Ordered[] = []
  for (const served of parts.served.values()) {
    for (const asked of served.watch.list()) {
      if (isNamed(asked, named)) orders.push(await orderOf(asked, served, parts, signal))
    }
  }
  return orders
}

export const isNamed = ({ ref }: Resource, { name, namespace }: Named): boolean =>
  ref.name === name && (namespace === undefined || ref.namespace === '' || ref.namespace === namespace)

async function orderOf(
  asked: Resource,
  served: Served,
  parts: OrdersParts,
  signal: AbortSignal,
): Promise<Ordered> {
  return { asked, served, translation: await translateFully(asked, served.dialect, parts, signal) }
}

/** One for each namespace that an order is spread over, of those wanted; the order itself where it is not spread. */
export async function sharesOf(
  order: Ordered,
  parts: OrdersParts,
  isWanted: (namespace: string) => boolean,
  signal: AbortSignal,
): Promise<readonly Ordered[]> {
  const { asked, served, translation } = order
  if (translation.is !== 'order' || translation.spread === undefined) return [order]
  const shares: Ordered[] = []
  for (const namespace of translation.spread) {
    if (!isWanted(namespace)) continue
    shares.push(await orderOf({ ...asked, ref: shareOf(asked.ref, namespace) }, served, parts, signal))
  }
  return shares
}

export const deliveriesOf = (translation: Translation): readonly Delivery[] =>
  translation.is === 'order' ? translation.deliveries : []
