// This file is about Secrets on the wire: what is read becomes a CurrentSecret, what is wanted becomes an object.
import { SecretData } from '../../base/secret-text.ts'
import type { CurrentSecret, OwnedFields, SecretWrite } from '../../engine/ports.ts'
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
    ownedBy: (manager) => ownedBy(metadata.managedFields ?? [], manager),
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

/** The keys below `f:data`, `f:metadata.f:labels` and `f:metadata.f:annotations` of every entry of one manager. */
export function ownedBy(entries: readonly ManagedFieldsEntry[], manager: string): OwnedFields {
  const own = entries.filter((entry) => entry.manager === manager && entry.subresource === undefined)
  const under = (...path: readonly string[]): ReadonlySet<string> =>
    new Set(own.flatMap((entry) => fieldNames(entry.fieldsV1, path)))
  return {
    data: under('f:data'),
    labels: under('f:metadata', 'f:labels'),
    annotations: under('f:metadata', 'f:annotations'),
  }
}

/** fieldsV1 spells a member `f:name`; `.` stands for the map itself. */
function fieldNames(fields: unknown, path: readonly string[]): readonly string[] {
  let at: unknown = fields
  for (const step of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined
  if (typeof at !== 'object' || at === null) return []
  return Object.keys(at).flatMap((key) => (key.startsWith('f:') ? [key.slice(2)] : []))
}
