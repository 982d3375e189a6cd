// This file is about the Secret wanted: what was rendered, over what is there, by the delivery's rules.
import { SecretData } from '../base/secret-text.ts'
import { goMapSha3 } from '../model/data-digest.ts'
import { type Delivery, deliveryAnnotation } from '../model/delivery.ts'
import { type Imprint, imprintText } from './imprint.ts'
import type { CurrentSecret, OwnerReference, SecretWrite } from './ports.ts'
import type { Rendered } from './render/rendered.ts'

const DELIVERY_PREFIX = 'everpull.dev/delivery-'

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
      ...keep(current?.labels, owned?.labels, () => false),
      ...target.labels,
      ...rendered.labels,
    },
    annotations: {
      ...keep(current?.annotations, owned?.annotations, (key) => key.startsWith(DELIVERY_PREFIX)),
      ...target.annotations,
      ...rendered.annotations,
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
  const others = owners.filter((owner) => !isOrderer(delivery, owner))
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
export const isOrderer = (delivery: Delivery, owner: OwnerReference): boolean =>
  groupOf(owner) === delivery.orderedBy.ref.group &&
  owner.kind === delivery.orderedBy.ref.kind &&
  owner.name === delivery.orderedBy.ref.name

export const groupOf = (owner: OwnerReference): string =>
  owner.apiVersion.includes('/') ? (owner.apiVersion.split('/')[0] ?? '') : ''

function without(
  data: ReadonlyMap<string, Buffer>,
  owned?: ReadonlySet<string>,
): ReadonlyMap<string, Buffer> {
  return owned === undefined ? data : new Map([...data].filter(([key]) => !owned.has(key)))
}

function keep(
  current: Readonly<Record<string, string>> | undefined,
  owned: ReadonlySet<string> | undefined,
  isKept: (key: string) => boolean,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(current ?? {}).filter(([key]) => owned?.has(key) !== true || isKept(key)),
  )
}
