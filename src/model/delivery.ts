// This file is about an order: which logins, in which shape, into which Secret, kept how fresh.
import { hash } from 'node:crypto'
import type { Instant } from '../base/clock.ts'
import type { Cadence } from './cadence.ts'
import type { Fault } from './fault.ts'
import type { Want } from './login.ts'
import type { Ref } from './ref.ts'
import { refKey } from './ref.ts'
import type { Resource } from './resource.ts'
import type { Shape } from './shape.ts'

/** The object that ordered; what an ownerReference needs, and what the arbiter ranks by. */
export interface Orderer {
  readonly ref: Ref
  readonly apiVersion: string
  readonly uid: string
  readonly createdAt: Instant
}

export const ordererOf = ({ ref, apiVersion, uid, createdAt }: Resource): Orderer => ({
  ref,
  apiVersion,
  uid,
  createdAt,
})

export interface Target {
  readonly namespace: string
  readonly name: string
  /**
   * The fieldManager of our writes (`operation: Update` in managedFields). What it owns and nobody wants any more is
   * taken off: where others may write the Secret too, it is the orderer's alone.
   */
  readonly fieldManager: string
  /** `wait`: somebody else creates it; we only ever add to it. */
  readonly whenMissing: 'create' | 'wait'
  /** `whole`: foreign data keys are removed. `keys`: they are kept. */
  readonly writes: 'whole' | 'keys'
  /**
   * `controller`: the orderer becomes the controlling owner and the Secret goes with it. `creator`: so it does of a
   * Secret that it creates; one that was there, or whose owner it is no more, stays without. `none`: our reference is
   * taken off.
   */
  readonly owner: 'controller' | 'creator' | 'none'
  /**
   * `given`: an existing Secret may be written. `needed`: only one that is ours already, that looks exactly like ours,
   * or whose annotation `everpull.dev/adopt` consents.
   */
  readonly consent: 'given' | 'needed'
  /** What the orderer says about the Secret's type; undefined keeps what is there (Opaque for a new one). */
  readonly type?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Labels that tell whose the Secret is, kept right even where nothing else of it may change any more; null: it carries none of that name. */
  readonly marks?: Readonly<Record<string, string | null>>
  /** An annotation carrying a digest over the Secret's final data, in the format its readers know. */
  readonly stamp?: { readonly annotation: string; readonly digest: 'go-map-sha3-224' }
  /** Set with each write, never taken off. */
  readonly finalizers?: readonly string[]
  /** It is made immutable. Once it exists only marks, stamp and owner are written; it is not made mutable again. */
  readonly immutable?: true
  /** What others do to it, deleting included, stays until the next renewal. */
  readonly leavesEdits?: true
  /** What becomes of it when there is not a single value to write. Absent: it is written, without any. */
  readonly whenEmpty?: 'keep' | 'delete'
  /** Other Secrets of the namespace with this label were made for the orderer under another name: they are deleted. */
  readonly orphans?: { readonly label: string; readonly value: string }
}

export interface Delivery {
  readonly orderedBy: Orderer
  readonly logins: readonly Want[]
  readonly shape: Shape
  readonly target: Target
  readonly cadence: Cadence
  /** The orderer's own records say that this very order was fulfilled then; they count where nothing else is known. */
  readonly fulfilledAt?: Instant
  /** How the orderer's own API gives the target's consent, told to who lacks it: "set adopt: true on the output". */
  readonly consentBy?: string
  /** What it is made from cannot be had: it fares well only as long as nothing has to be written. */
  readonly lacks?: Fault
}

/** Never renewed by time: what it is written with must be as new as can be. */
export const isWrittenOnce = ({ cadence, target }: Delivery): boolean =>
  cadence.is === 'once' || target.immutable === true

/** Nothing that may still change about such an order is acted upon: it is written once, and mended at most. */
export const isSetForGood = ({ cadence, target }: Delivery): boolean =>
  target.immutable === true || (cadence.is === 'once' && cadence.ignoresChanges === true)

/** On an existing Secret, its consent to be written: `true`, or who may, as in `RegistryLogin/pull`. */
export const ADOPT_ANNOTATION = 'everpull.dev/adopt'

/** What every `deliveryAnnotation` begins with. */
export const DELIVERY_PREFIX = 'everpull.dev/delivery-'

/** A pass asks several times about the orderer it has in hand; forgotten with it. Depends on nothing but its key: it is no state. */
const digested = new WeakMap<Ref, string>()

/** `everpull.dev/delivery-<16 hex>`: one annotation per orderer on a target, so that two merging deliveries keep apart. */
export function deliveryAnnotation(orderedBy: Ref): string {
  const known = digested.get(orderedBy)
  if (known !== undefined) return known
  const annotation = `${DELIVERY_PREFIX}${hash('sha256', refKey(orderedBy)).slice(0, 16)}`
  digested.set(orderedBy, annotation)
  return annotation
}

/**
 * A fieldManager of the orderer's own, for what it writes beside others: what that manager owns, nobody else wrote, so it
 * may be taken off again.
 */
export const managerOf = (orderedBy: Ref): string =>
  `everpull/${deliveryAnnotation(orderedBy).slice(DELIVERY_PREFIX.length)}`
