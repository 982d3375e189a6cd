// This file is about what only rendering tells: names that are not an order's to write, because of what they mean or whose they are, and names that are missing.
import type { Delivery } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import { refText } from '../model/ref.ts'
import { keysOf } from '../model/shape.ts'
import type { Claims } from './claims.ts'
import { SERVICE_ACCOUNT_ANNOTATION } from './decide.ts'
import type { CurrentSecret, SecretWrite } from './ports.ts'
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

/** What the API server wants in a Secret of a type (core validation, ValidateSecret): all of these keys, or one of them. */
const KEYS_OF_TYPES: Readonly<
  Record<string, { readonly of: 'all' | 'one'; readonly keys: readonly string[] }>
> = {
  'kubernetes.io/dockerconfigjson': { of: 'all', keys: ['.dockerconfigjson'] },
  'kubernetes.io/dockercfg': { of: 'all', keys: ['.dockercfg'] },
  'kubernetes.io/basic-auth': { of: 'one', keys: ['username', 'password'] },
  'kubernetes.io/ssh-auth': { of: 'all', keys: ['ssh-privatekey'] },
  'kubernetes.io/tls': { of: 'all', keys: ['tls.crt', 'tls.key'] },
}

/** Why the API server would refuse the Secret for its type; undefined when it would not. */
export function typeFault({ ref, type, data }: SecretWrite): Fault | undefined {
  const wanted = Object.hasOwn(KEYS_OF_TYPES, type) ? KEYS_OF_TYPES[type] : undefined
  if (wanted === undefined) return undefined
  const missing = wanted.keys.filter((key) => !data.reveal().has(key))
  if (missing.length === 0 || (wanted.of === 'one' && missing.length < wanted.keys.length)) return undefined
  const names = wanted.keys.map((key) => `"${key}"`).join(wanted.of === 'one' ? ' or ' : ' and ')
  const text = `Secret ${ref.name} of type ${type} must have the key ${names}: write it, or choose another type`
  return fault('output-invalid', text)
}
