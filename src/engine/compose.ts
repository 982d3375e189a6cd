// This file is about the Secret wanted: what was rendered, over what is there, by the delivery's rules.
import { SecretData } from '../base/secret-text.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { DELIVERY_PREFIX, type Delivery, deliveryAnnotation, type Target } from '../model/delivery.ts'
import { isOrderer, ownersWith } from '../model/owner.ts'
import type { Owner } from '../model/resource.ts'
import { type MergedHosts, mergedHosts } from '../model/shape.ts'
import { type Imprint, imprintText } from './imprint.ts'
import type { CurrentSecret, SecretWrite } from './ports.ts'
import { mergedByOthers } from './leaving-hosts.ts'
import { dropHosts, putHosts } from './render/config-hosts.ts'
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

/**
 * The whole Secret to write. Keys, labels and annotations that our fieldManager owned and nobody wants any more go, and so
 * do the hosts that are `leaving` a docker config.
 */
export function compose(
  delivery: Delivery,
  rendered: Rendered,
  current: CurrentSecret | undefined,
  imprint: Imprint,
  leaving?: MergedHosts,
): SecretWrite {
  const { target } = delivery
  const owned = current?.ownedBy(target.fieldManager)
  const data = dataOver(delivery, rendered.data, current, leaving)
  const owners = ownersWanted(delivery, current)
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
      ...markOf(delivery, imprint, owners),
    },
    owners,
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
  const { target } = delivery
  const { ref, uid, resourceVersion, type, immutable, labels, annotations, finalizers } = current
  const owners = ownersWanted(delivery, current)
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
      ...(imprint === undefined ? {} : markOf(delivery, imprint, owners)),
    },
    owners,
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

/** Who ordered is told where no owner reference of ours does: nobody else knows it once the orderer is gone. */
function markOf({ orderedBy: { ref } }: Delivery, imprint: Imprint, owners: readonly Owner[]): Texts {
  const isOwner = owners.some((owner) => isOrderer(ref, owner))
  return { [deliveryAnnotation(ref)]: imprintText(imprint, isOwner ? undefined : ref) }
}

/** The data to write: what was rendered, over what stays of what is there. */
function dataOver(
  { orderedBy, target, shape }: Delivery,
  rendered: Rendered['data'],
  current: CurrentSecret | undefined,
  leaving: MergedHosts | undefined,
): ReadonlyMap<string, Buffer> {
  const merged = mergedHosts(shape)
  if (target.writes === 'whole' && merged === undefined) return rendered
  const owned = current?.ownedBy(target.fieldManager).data
  // In a docker config that others use too, whoever wrote last owns the key.
  const isShared = (key: string): boolean =>
    key === merged?.key ||
    key === leaving?.key ||
    (current !== undefined && mergedByOthers(orderedBy.ref, current).some((one) => one.key === key))
  const goes = (key: string): boolean =>
    (target.writes === 'whole' || owned?.has(key) === true) && !rendered.has(key) && !isShared(key)
  const data = new Map([...(current?.data.reveal() ?? [])].filter(([key]) => !goes(key)))
  const left = leaving === undefined ? undefined : data.get(leaving.key)
  if (leaving !== undefined && left !== undefined) data.set(leaving.key, dropHosts(left, leaving.hosts))
  for (const [key, value] of rendered) {
    data.set(key, key === merged?.key ? putHosts(data.get(key), value) : value)
  }
  return data
}

/** Our reference first made right or taken off; foreign ones stay. */
export function ownersWanted(
  delivery: Delivery,
  current: Pick<CurrentSecret, 'owners'> | undefined,
): readonly Owner[] {
  const { orderedBy, target } = delivery
  const owners = current?.owners ?? []
  const others = owners.filter((owner) => !isOrderer(orderedBy.ref, owner))
  const isOwner = target.owner === 'controller' || current === undefined || others.length < owners.length
  return target.owner === 'none' || !isOwner ? others : ownersWith(orderedBy, owners)
}

const leaveOut = (
  texts: Readonly<Record<string, string>> | undefined,
  isLeftOut: (key: string) => boolean,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => !isLeftOut(key)))
