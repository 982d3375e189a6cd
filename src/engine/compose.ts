// This file is about the Secret wanted: what was rendered, over what is there, by the delivery's rules.
import { SecretData } from '../base/secret-text.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { DELIVERY_PREFIX, type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import type { Ref } from '../model/ref.ts'
import { type Imprint, imprintText } from './imprint.ts'
import type { CurrentSecret, OwnerReference, SecretWrite } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

/**
 * The same delivery without templates for labels and annotations that its target fixes, or that are the engine's own:
 * those are not a template's to say, neither when it is rendered nor when the Secret is looked over for drift.
 */
export function templatesYield(delivery: Delivery): Delivery {
  const { shape, target } = delivery
  if (shape.is !== 'template') return delivery
  const isFixed = (key: string): boolean =>
    Object.hasOwn(target.annotations, key) ||
    key === target.stamp?.annotation ||
    key.startsWith(DELIVERY_PREFIX)
  return {
    ...delivery,
    shape: {
      ...shape,
      labels: leaveOut(shape.labels, (key) => Object.hasOwn(target.labels, key)),
      annotations: leaveOut(shape.annotations, isFixed),
    },
  }
}

/** The whole Secret to write. Keys, labels and annotations that our fieldManager owned and nobody wants any more go. */
export function compose(
  delivery: Delivery,
  rendered: Rendered,
  current: CurrentSecret | undefined,
  imprint: Imprint,
): SecretWrite {
  const { target } = delivery
  const owned = current?.ownedBy(target.fieldManager)
  const data =
    target.writes === 'whole'
      ? rendered.data
      : new Map([...without(current?.data.reveal() ?? new Map(), owned?.data), ...rendered.data])
  return {
    ref: { namespace: target.namespace, name: target.name },
    fieldManager: target.fieldManager,
    ...(current === undefined
      ? {}
      : { replaces: { uid: current.uid, resourceVersion: current.resourceVersion } }),
    type: target.type ?? current?.type ?? 'Opaque',
    immutable: current?.immutable ?? false,
    labels: {
      ...leaveOut(current?.labels, (key) => owned?.labels.has(key) === true),
      ...rendered.labels,
      ...target.labels,
    },
    annotations: {
      ...leaveOut(
        current?.annotations,
        (key) => owned?.annotations.has(key) === true && !key.startsWith(DELIVERY_PREFIX),
      ),
      ...rendered.annotations,
      ...target.annotations,
      ...(target.stamp === undefined ? {} : { [target.stamp.annotation]: goMapSha3(data) }),
      [deliveryAnnotation(delivery.orderedBy.ref)]: imprintText(imprint),
    },
    owners: ownersWanted(delivery, current?.owners ?? []),
    finalizers: current?.finalizers ?? [],
    data: new SecretData(data),
  }
}

/** Our reference first made right or taken off; foreign ones stay. */
export function ownersWanted(
  delivery: Delivery,
  owners: readonly OwnerReference[],
): readonly OwnerReference[] {
  const others = owners.filter((owner) => !isOrderer(delivery.orderedBy.ref, owner))
  if (delivery.target.owner === 'none') return others
  const { orderedBy } = delivery
  const ours: OwnerReference = {
    apiVersion: orderedBy.apiVersion,
    kind: orderedBy.ref.kind,
    name: orderedBy.ref.name,
    uid: orderedBy.uid,
    controller: true,
    blockOwnerDeletion: true,
  }
  return [...others, ours]
}

/** Same group, kind and name; the uid may be an earlier incarnation's. */
export const isOrderer = (by: Ref, owner: OwnerReference): boolean =>
  groupOf(owner) === by.group && owner.kind === by.kind && owner.name === by.name

export const groupOf = (owner: OwnerReference): string =>
  owner.apiVersion.includes('/') ? (owner.apiVersion.split('/')[0] ?? '') : ''

function without(
  data: ReadonlyMap<string, Buffer>,
  owned?: ReadonlySet<string>,
): ReadonlyMap<string, Buffer> {
  return owned === undefined ? data : new Map([...data].filter(([key]) => !owned.has(key)))
}

const leaveOut = (
  texts: Readonly<Record<string, string>> | undefined,
  isLeftOut: (key: string) => boolean,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => !isLeftOut(key)))
