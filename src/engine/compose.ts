// This file is about the Secret wanted: what was rendered, over what is there, by the delivery's rules.
import { SecretData } from '../base/secret-text.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { DELIVERY_PREFIX, type Delivery, deliveryAnnotation, type Target } from '../model/delivery.ts'
import type { Ref } from '../model/ref.ts'
import { type Imprint, imprintText } from './imprint.ts'
import type { CurrentSecret, OwnerReference, SecretWrite } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

/** Without the labels and annotations that the target fixes, or that are the engine's own: they are not a template's to say. */
export function leaveFixed<T extends { readonly labels: Texts; readonly annotations: Texts }>(
  said: T,
  target: Target,
): T {
  const fixedLabels = { ...target.marks, ...target.labels }
  const isFixed = (annotation: string): boolean =>
    Object.hasOwn(target.annotations, annotation) ||
    annotation === target.stamp?.annotation ||
    annotation.startsWith(DELIVERY_PREFIX)
  return {
    ...said,
    labels: leaveOut(said.labels, (label) => Object.hasOwn(fixedLabels, label)),
    annotations: leaveOut(said.annotations, isFixed),
  }
}

/** The same delivery without templates for what is fixed: the Secret is not looked over for their drift either. */
export const templatesYield = (delivery: Delivery): Delivery =>
  delivery.shape.is === 'template'
    ? { ...delivery, shape: leaveFixed(delivery.shape, delivery.target) }
    : delivery

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
    immutable: target.immutable ?? current?.immutable ?? false,
    labels: withMarks(target, {
      ...leaveOut(current?.labels, (key) => owned?.labels.has(key) === true),
      ...rendered.labels,
      ...target.labels,
    }),
    annotations: {
      ...leaveOut(
        current?.annotations,
        (key) => owned?.annotations.has(key) === true && !key.startsWith(DELIVERY_PREFIX),
      ),
      ...rendered.annotations,
      ...target.annotations,
      ...stampOf(target, data),
      [deliveryAnnotation(delivery.orderedBy.ref)]: imprintText(imprint),
    },
    owners: ownersWanted(delivery, current?.owners ?? []),
    finalizers: [...new Set([...(current?.finalizers ?? []), ...(target.finalizers ?? [])])],
    data: new SecretData(data),
  }
}

/** The Secret as it is, save for its data where given, and for whose it is: all that is done to one that is set for good. */
export function remark(
  delivery: Delivery,
  current: CurrentSecret,
  data: ReadonlyMap<string, Buffer>,
  imprint: Imprint | undefined,
): SecretWrite {
  const { target, orderedBy } = delivery
  const { ref, uid, resourceVersion, type, immutable, labels, annotations, owners, finalizers } = current
  return {
    ref,
    fieldManager: target.fieldManager,
    replaces: { uid, resourceVersion },
    type,
    immutable: target.immutable ?? immutable,
    labels: withMarks(target, labels),
    annotations: {
      ...annotations,
      ...stampOf(target, data),
      ...(imprint === undefined ? {} : { [deliveryAnnotation(orderedBy.ref)]: imprintText(imprint) }),
    },
    owners: ownersWanted(delivery, owners),
    finalizers,
    data: new SecretData(data),
  }
}

const stampOf = ({ stamp }: Target, data: ReadonlyMap<string, Buffer>): Record<string, string> =>
  stamp === undefined ? {} : { [stamp.annotation]: goMapSha3(data) }

type Texts = Readonly<Record<string, string>>

function withMarks({ marks = {} }: Target, labels: Texts): Texts {
  const wanted = Object.entries({ ...labels, ...marks })
  return Object.fromEntries(wanted.flatMap(([key, value]) => (value === null ? [] : [[key, value]])))
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
