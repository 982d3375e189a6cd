// This file is about what only rendering tells: names that are not a template's to write, because of what they mean or whose they are.
import type { Delivery } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { refText } from '../model/ref.ts'
import { keysOf } from '../model/shape.ts'
import type { Claims } from './claims.ts'
import { SERVICE_ACCOUNT_ANNOTATION } from './decide.ts'
import type { CurrentSecret } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

/** Why what was rendered is not written: where its keys were known before, everything else has been found out by then. */
export function madeFault(
  claims: Claims,
  delivery: Delivery,
  rendered: Rendered,
  secret: CurrentSecret | undefined,
): Fault | undefined {
  return Object.hasOwn(rendered.annotations, SERVICE_ACCOUNT_ANNOTATION)
    ? fault('target-forbidden', `a Secret with the annotation ${SERVICE_ACCOUNT_ANNOTATION} is never written`)
    : takenFault(claims, delivery, rendered, secret)
}

/**
 * Keys that several orders name beforehand are the arbiter's. One that a template made belongs to whoever has written
 * it, for as long as that order stands.
 */
function takenFault(
  claims: Claims,
  delivery: Delivery,
  { data }: Rendered,
  secret: CurrentSecret | undefined,
): Fault | undefined {
  if (secret === undefined || delivery.target.writes === 'whole') return undefined
  const mine = new Set(keysOf(delivery.shape))
  for (const { by, fieldManager, keys } of claims.sharersOf(delivery)) {
    const theirs = secret.ownedBy(fieldManager).data
    const taken = [...data.keys()].find((key) => theirs.has(key) && !(mine.has(key) && keys.includes(key)))
    if (taken === undefined) continue
    // A key that a template made may hold anything.
    const which = mine.has(taken) ? `key "${taken}"` : 'a key that its templates make'
    const text = `${which} of Secret ${secret.ref.name} is written by ${refText(by.ref)} already: choose another key, or another Secret`
    return { ...fault('target-owned', text), owner: by.ref }
  }
  return undefined
}
