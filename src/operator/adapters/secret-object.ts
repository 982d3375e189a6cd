// This file is about Secrets on the wire: what is read becomes a CurrentSecret, what is wanted becomes an object.
import { SecretData } from '../../base/secret-text.ts'
import type { CurrentSecret, OwnedFields, SecretWrite } from '../../engine/ports.ts'
import { ownedKeys } from '../../kube/managed-fields.ts'
import type { ManagedFieldsEntry, SecretObject } from '../../kube/resource.ts'

export function asCurrent(object: SecretObject): CurrentSecret {
  const { metadata } = object
  const entries = Object.entries(object.data ?? {})
  return {
    is: 'secret',
    ref: { namespace: metadata.namespace ?? '', name: metadata.name },
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    type: object.type ?? 'Opaque',
    immutable: object.immutable === true,
    deleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    owners: metadata.ownerReferences ?? [],
    finalizers: metadata.finalizers ?? [],
    data: new SecretData(new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64')]))),
    ownedBy: ownership(metadata.managedFields ?? []),
  }
}

/** Without managedFields: left out of a PUT, the server keeps its own record of them. */
export function asObject(wanted: SecretWrite): SecretObject {
  const data = [...wanted.data.reveal()].map(([key, value]) => [key, value.toString('base64')])
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: wanted.ref.name,
      namespace: wanted.ref.namespace,
      ...wanted.replaces,
      labels: wanted.labels,
      annotations: wanted.annotations,
      ...(wanted.owners.length === 0 ? {} : { ownerReferences: wanted.owners }),
      ...(wanted.finalizers.length === 0 ? {} : { finalizers: wanted.finalizers }),
    },
    type: wanted.type,
    ...(wanted.immutable ? { immutable: true } : {}),
    data: Object.fromEntries(data),
  }
}

/** Whether a Secret that was written has labels, annotations, owners or finalizers besides those that were wanted. */
export function isAltered(wanted: SecretWrite, { metadata }: Pick<SecretObject, 'metadata'>): boolean {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [] } = metadata
  const uids = new Set(wanted.owners.map(({ uid }) => uid))
  return (
    Object.keys(labels).some((key) => !Object.hasOwn(wanted.labels, key)) ||
    Object.keys(annotations).some((key) => !Object.hasOwn(wanted.annotations, key)) ||
    ownerReferences.some(({ uid }) => !uids.has(uid)) ||
    finalizers.some((finalizer) => !wanted.finalizers.includes(finalizer))
  )
}

/** Many share a Secret, and each asks about all of them. */
function ownership(entries: readonly ManagedFieldsEntry[]): CurrentSecret['ownedBy'] {
  const byManager = Map.groupBy(entries, ({ manager }) => manager)
  return (manager) => ownedBy(byManager.get(manager) ?? [], manager)
}

/** What every entry of one manager owns; what it wrote to a subresource is none of that. */
export function ownedBy(entries: readonly ManagedFieldsEntry[], manager: string): OwnedFields {
  const own = entries.filter((entry) => entry.manager === manager && entry.subresource === undefined)
  const under = (...path: readonly string[]): ReadonlySet<string> =>
    new Set(own.flatMap((entry) => ownedKeys(entry, ...path)))
  return {
    data: under('data'),
    labels: under('metadata', 'labels'),
    annotations: under('metadata', 'annotations'),
  }
}
