// This file is about a Secret that holds nothing but what one delivery wrote: whoever knows that replaces it without reading it.
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import { isOrderer } from '../model/owner.ts'
import { keysAreKnown, mergedHosts } from '../model/shape.ts'
import { ownersWanted } from './compose.ts'
import type { Held } from './held.ts'
import type { SecretWrite, Written } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

/**
 * Whether what was written would have been the same over nothing, and will be. Of what the API server made of it only
 * metadata is known: so whatever else there is in its data must be none of anybody's, as where the whole is ours.
 */
export function isPure(
  delivery: Delivery,
  rendered: Rendered,
  wanted: SecretWrite,
  { isAltered }: Written,
): boolean {
  const { target, shape } = delivery
  return (
    !isAltered &&
    target.writes === 'whole' &&
    // A name that is rendered no more stays where its value had been somebody else's, which only a look tells.
    keysAreKnown(shape) &&
    mergedHosts(shape) === undefined &&
    wanted.type === (target.type ?? DEFAULT_TYPE) &&
    isDressedAlone(delivery, rendered, wanted)
  )
}

/** What a Secret has that names none. */
const DEFAULT_TYPE = 'Opaque'

function isDressedAlone(delivery: Delivery, rendered: Rendered, wanted: SecretWrite): boolean {
  const { orderedBy, target } = delivery
  const { marks = {}, stamp, finalizers = [] } = target
  const isOurLabel = (key: string): boolean =>
    has(rendered.labels, key) || has(target.labels, key) || has(marks, key)
  const isOurAnnotation = (key: string): boolean =>
    key === deliveryAnnotation(orderedBy.ref) ||
    key === stamp?.annotation ||
    has(rendered.annotations, key) ||
    has(target.annotations, key)
  return (
    Object.keys(wanted.labels).every(isOurLabel) &&
    Object.keys(wanted.annotations).every(isOurAnnotation) &&
    wanted.owners.length === ownersWanted(delivery, undefined).length &&
    wanted.owners.every((owner) => isOrderer(orderedBy.ref, owner)) &&
    wanted.finalizers.every((finalizer) => finalizers.includes(finalizer))
  )
}

const has = (texts: object, key: string): boolean => Object.hasOwn(texts, key)

/** Whether the version that was last seen to be right is the one that was pure. */
export const standsPure = ({ pureIn, resourceVersion }: Held): boolean => pureIn === resourceVersion
