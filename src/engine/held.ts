// This file is about what the engine remembers of a delivery, and whether a Secret still carries it.
import type { Instant } from '../base/clock.ts'
import type { SecretData } from '../base/secret-text.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { type Delivery, deliveryAnnotation, isSetForGood, type Target } from '../model/delivery.ts'
import { keysAreKnown, keysOf, mergedHosts } from '../model/shape.ts'
import { isOrderer } from '../model/owner.ts'
import { type Imprint, type Names, outputsOf, readImprint } from './imprint.ts'
import type { CurrentSecret } from './ports.ts'
import { pickHosts } from './render/config-hosts.ts'
import type { Rendered } from './render/rendered.ts'

export interface Held {
  readonly imprint: Imprint
  /** The version of the Secret in which all this was last seen to be true. */
  readonly resourceVersion: string
  /** What the logins were minted with; undefined after a restart, when nobody knows any more. */
  readonly identityKeys?: readonly string[]
  readonly force?: string
  /** The version in which the Secret held nothing but what was written: that one is replaced without being read. */
  readonly pureIn?: string
}

/** When the first of the written logins dies; undefined where none is known. */
export const diesAt = ({ logins }: Imprint): Instant | undefined =>
  logins.length === 0 ? undefined : (Math.min(...logins.map((life) => life.expiresAt)) as Instant)

/** A Secret that was found right without knowing what login it holds is held, but nothing of it is known. */
export const isKnown = (held: Held | undefined): held is Held =>
  held !== undefined && held.imprint.logins.length > 0

/** Whether the order says by itself what is written. Where it does not, the imprint records it. */
export const tellsNames = (delivery: Delivery): boolean =>
  keysAreKnown(delivery.shape) && !isSetForGood(delivery)

/**
 * managedFields would tell too, but not of a value that somebody else had written before us and that we left as it was:
 * the API server goes on counting that as theirs.
 */
function namesIn({ shape }: Delivery, imprint: Pick<Imprint, 'names'>): Names {
  if (imprint.names !== undefined) return imprint.names
  const isTemplate = shape.is === 'template'
  return {
    data: keysOf(shape),
    labels: isTemplate ? Object.keys(shape.labels) : [],
    annotations: isTemplate ? Object.keys(shape.annotations) : [],
  }
}

/** What the delivery wrote, as it stands on the Secret now. */
export function pick(
  delivery: Delivery,
  secret: CurrentSecret,
  imprint: Pick<Imprint, 'names'> = {},
): Rendered {
  const names = namesIn(delivery, imprint)
  const merged = mergedHosts(delivery.shape)
  const data = secret.data.reveal()
  return {
    data: new Map(
      names.data.flatMap((key) => {
        const value = data.get(key)
        if (value === undefined) return []
        return [[key, key === merged?.key ? pickHosts(value, merged.hosts) : value]]
      }),
    ),
    labels: pickText(names.labels, secret.labels),
    annotations: pickText(names.annotations, secret.annotations),
  }
}

/** What it asks for may have changed since it was written, and is not acted upon. */
export const isFulfilledForGood = (delivery: Delivery): boolean =>
  isSetForGood(delivery) && delivery.fulfilledAt !== undefined

/**
 * After a restart: what the annotation says, if both digests match and its times are possible. What was written may have
 * changed where that is left to others.
 */
export function believe(
  delivery: Delivery,
  secret: CurrentSecret,
  inputs: string,
  now: Instant,
): Held | undefined {
  const imprint = readImprint(
    secret.annotations[deliveryAnnotation(delivery.orderedBy.ref)],
    now,
    delivery.logins,
  )
  if (imprint === undefined) return undefined
  if (imprint.inputs !== inputs && !isFulfilledForGood(delivery)) return undefined
  const isUntouched = imprint.outputs === outputsOf(pick(delivery, secret, imprint))
  if (!isUntouched && delivery.target.leavesEdits !== true) return undefined
  const { force } = delivery.cadence
  return {
    imprint,
    resourceVersion: secret.resourceVersion,
    ...(force === undefined ? {} : { force }),
  }
}

export const carriesOutputs = (delivery: Delivery, secret: CurrentSecret, { imprint }: Held): boolean =>
  outputsOf(pick(delivery, secret, imprint)) === imprint.outputs

/**
 * Everything around the written keys: fixed metadata, type, owner, stamp, and nothing foreign where we own the whole. Of
 * a Secret that is set for good only what may still be written.
 */
export function isDressed(delivery: Delivery, secret: CurrentSecret, held: Held | undefined): boolean {
  const { target } = delivery
  if (!isStamped(target, secret) || !isMarked(delivery, secret)) return false
  if (target.immutable === true || held === undefined) return true
  const wrote = new Set(namesIn(delivery, held.imprint).data)
  const hasNoOther = target.writes === 'keys' || secret.data.keys.every((key) => wrote.has(key))
  return (
    hasNoOther &&
    (isSetForGood(delivery) ||
      (includes(secret.labels, target.labels) &&
        includes(secret.annotations, target.annotations) &&
        (target.type === undefined || target.type === secret.type)))
  )
}

/** Its data is what whoever stamped it last has written. */
export const isStamped = ({ stamp }: Target, secret: CurrentSecret): boolean =>
  stamp === undefined || secret.annotations[stamp.annotation] === digestOf(secret.data)

/** A look asks for it twice; forgotten with the data. What it says depends on nothing but its key: it is no state. */
const digested = new WeakMap<SecretData, string>()

function digestOf(data: SecretData): string {
  const digest = digested.get(data) ?? goMapSha3(data.reveal())
  digested.set(data, digest)
  return digest
}

function isMarked(delivery: Delivery, secret: CurrentSecret): boolean {
  const { marks = {}, immutable } = delivery.target
  return (
    Object.entries(marks).every(([key, value]) => (secret.labels[key] ?? null) === value) &&
    isOwnedRight(delivery, secret) &&
    (immutable !== true || secret.immutable)
  )
}

/**
 * Exactly our present incarnation controls it, or none of ours is named at all. The version counts too: the garbage
 * collector cannot find an owner of a version that is no longer served.
 */
function isOwnedRight({ target, orderedBy }: Delivery, secret: CurrentSecret): boolean {
  const ours = secret.owners.filter((owner) => isOrderer(orderedBy.ref, owner))
  const [first] = ours
  if (first === undefined) return target.owner !== 'controller'
  if (target.owner === 'none') return false
  const { uid, apiVersion, controller } = first
  return (
    ours.length === 1 && uid === orderedBy.uid && apiVersion === orderedBy.apiVersion && controller === true
  )
}

function pickText(wanted: readonly string[], there: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    wanted.flatMap((key) => {
      const value = there[key]
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

const includes = (
  there: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([key, value]) => there[key] === value)
