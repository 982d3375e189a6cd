// This file is about what the engine remembers of a delivery, and whether a Secret still carries it.
import type { Instant } from '../base/clock.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import { keysOf } from '../model/shape.ts'
import { isOrderer } from './compose.ts'
import { type Imprint, outputsOf, readImprint } from './imprint.ts'
import type { CurrentSecret } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

export interface Held {
  readonly imprint: Imprint
  /** The version of the Secret in which all this was last seen to be true. */
  readonly resourceVersion: string
  /** What the logins were minted with; undefined after a restart, when nobody knows any more. */
  readonly identityKeys?: readonly string[]
  readonly force?: string
}

/** When the first of the written logins dies. */
export const diesAt = (imprint: Imprint): Instant =>
  Math.min(...imprint.logins.map((life) => life.expiresAt)) as Instant

/** What the delivery wrote, as it stands on the Secret now. */
export function pick(delivery: Delivery, secret: CurrentSecret): Rendered {
  const data = secret.data.reveal()
  const { shape } = delivery
  return {
    data: new Map(
      keysOf(shape).flatMap((key) => {
        const value = data.get(key)
        return value === undefined ? [] : [[key, value]]
      }),
    ),
    labels: shape.is === 'template' ? pickText(shape.labels, secret.labels) : {},
    annotations: shape.is === 'template' ? pickText(shape.annotations, secret.annotations) : {},
  }
}

/** After a restart: what the annotation says, if both digests match and its times are possible. */
export function believe(
  delivery: Delivery,
  secret: CurrentSecret,
  inputs: string,
  now: Instant,
): Held | undefined {
  const imprint = readImprint(secret.annotations[deliveryAnnotation(delivery.orderedBy.ref)], now)
  if (imprint === undefined || imprint.inputs !== inputs) return undefined
  if (imprint.outputs !== outputsOf(pick(delivery, secret))) return undefined
  const { force } = delivery.cadence
  return {
    imprint,
    resourceVersion: secret.resourceVersion,
    ...(force === undefined ? {} : { force }),
  }
}

export const carriesOutputs = (delivery: Delivery, secret: CurrentSecret, held: Held): boolean =>
  outputsOf(pick(delivery, secret)) === held.imprint.outputs

/** Everything around the written keys: fixed metadata, type, owner, stamp, and nothing foreign where we own the whole. */
export function isDressed(delivery: Delivery, secret: CurrentSecret): boolean {
  const { target, shape } = delivery
  const wrote = new Set(keysOf(shape))
  return (
    includes(secret.labels, target.labels) &&
    includes(secret.annotations, target.annotations) &&
    (target.type === undefined || target.type === secret.type) &&
    isOwnedRight(delivery, secret) &&
    (target.writes === 'keys' || secret.data.keys.every((key) => wrote.has(key))) &&
    (target.stamp === undefined ||
      secret.annotations[target.stamp.annotation] === goMapSha3(secret.data.reveal()))
  )
}

/**
 * Exactly our present incarnation controls it, or none of ours is named at all. The version counts too: the garbage
 * collector cannot find an owner of a version that is no longer served.
 */
function isOwnedRight({ target, orderedBy }: Delivery, secret: CurrentSecret): boolean {
  const ours = secret.owners.filter((owner) => isOrderer(orderedBy.ref, owner))
  const [first] = ours
  if (target.owner === 'none' || first === undefined) return target.owner === 'none' && ours.length === 0
  const { uid, apiVersion, controller } = first
  return (
    ours.length === 1 && uid === orderedBy.uid && apiVersion === orderedBy.apiVersion && controller === true
  )
}

function pickText(wanted: Readonly<Record<string, string>>, there: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.keys(wanted).flatMap((key) => {
      const value = there[key]
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

const includes = (
  there: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => Object.entries(wanted).every(([key, value]) => there[key] === value)
