// This file is about what is remembered of a Secret one only watches: whose it is, and which keys who wrote. No values.
import { ownedKeys } from './managed-fields.ts'
import type { KubeObject, ManagedFieldsEntry, OwnerReference } from './resource.ts'

/** The key names one manager owns. */
export interface OwnedKeys {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  /** RFC 3339; when this entry last changed. */
  readonly time: string | undefined
  readonly data: readonly string[]
  readonly labels: readonly string[]
  readonly annotations: readonly string[]
}

export interface SecretRecord {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly isDeleting: boolean
  readonly labels: Readonly<Record<string, string>>
  /** Only those that were asked for: `last-applied-configuration` would carry values. */
  readonly annotations: Readonly<Record<string, string>>
  readonly owners: readonly OwnerReference[]
  readonly owned: readonly OwnedKeys[]
}

export interface SecretRecordOptions {
  readonly keepsAnnotation: (key: string) => boolean
}

const NONE = Object.freeze({})

/** Works on a whole Secret and on its metadata alone. */
export function secretRecord(
  { metadata }: KubeObject,
  { keepsAnnotation }: SecretRecordOptions,
): SecretRecord {
  const annotations = Object.entries(metadata.annotations ?? NONE).filter(([key]) => keepsAnnotation(key))
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    isDeleting: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels ?? NONE,
    annotations: annotations.length === 0 ? NONE : Object.fromEntries(annotations),
    owners: metadata.ownerReferences ?? [],
    owned: (metadata.managedFields ?? []).map(ownedBy),
  }
}

const ownedBy = (entry: ManagedFieldsEntry): OwnedKeys => ({
  manager: entry.manager ?? '',
  operation: entry.operation ?? 'Update',
  time: entry.time,
  data: ownedKeys(entry, 'data'),
  labels: ownedKeys(entry, 'metadata', 'labels'),
  annotations: ownedKeys(entry, 'metadata', 'annotations'),
})
