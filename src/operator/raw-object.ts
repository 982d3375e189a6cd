// This file is about what is kept of an object as the API server sends it.
import { type Instant, instant, parseInstant } from '../base/clock.ts'
import type { KubeObject, ManagedFieldsEntry, SecretObject } from '../kube/resource.ts'
import { DELIVERY_PREFIX } from '../model/delivery.ts'
import type { Chosen, Kind } from '../model/kind.ts'
import type { Resource, StatusWriter } from '../model/resource.ts'

/**
 * The object as dialects see it. managedFields shrink to who wrote the status and when. `share` may give back an equal
 * part of another object.
 */
export function asResource(
  kind: Pick<Kind, 'group' | 'kind'>,
  apiVersion: string,
  raw: KubeObject,
  share: <T>(part: T) => T = (part) => part,
): Resource {
  const { metadata } = raw
  const createdAt = parseInstant(metadata.creationTimestamp) ?? instant(0)
  const deletingSince = parseInstant(metadata.deletionTimestamp)
  return {
    ref: { group: kind.group, kind: kind.kind, namespace: metadata.namespace ?? '', name: metadata.name },
    apiVersion,
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    generation: metadata.generation ?? 0,
    createdAt,
    changedAt: changedAt(metadata.managedFields ?? [], createdAt),
    ...(deletingSince === undefined ? {} : { deletingSince }),
    labels: share(metadata.labels ?? {}),
    annotations: share(metadata.annotations ?? {}),
    finalizers: share(metadata.finalizers ?? []),
    ...(metadata.ownerReferences === undefined ? {} : { owners: share(metadata.ownerReferences) }),
    statusWriters: share((metadata.managedFields ?? []).flatMap(asStatusWriter)),
    ...('spec' in raw ? { spec: share(raw['spec']) } : {}),
    ...('status' in raw ? { status: share(raw['status']) } : {}),
  }
}

const isStatusWrite = (entry: ManagedFieldsEntry): boolean =>
  entry.subresource === 'status' || entry.fieldsV1?.['f:status'] !== undefined

/** Parts of the metadata that say nothing to the object's controller: nobody answers a change of those. */
const UNANSWERED: ReadonlySet<string> = new Set(['f:finalizers', 'f:ownerReferences'])

/** False for whoever owns nothing but such parts. An entry that does not say what it owns may be of anything. */
function isAboutOrder({ fieldsV1 = {} }: ManagedFieldsEntry): boolean {
  const { 'f:metadata': metadata, ...rest } = fieldsV1
  if (typeof metadata !== 'object' || metadata === null || Object.keys(rest).length > 0) return true
  return Object.keys(metadata).some((part) => !UNANSWERED.has(part))
}

function changedAt(entries: readonly ManagedFieldsEntry[], createdAt: Instant): Instant {
  const times = entries
    .filter((entry) => !isStatusWrite(entry) && isAboutOrder(entry))
    .map((entry) => parseInstant(entry.time) ?? 0)
  return Math.max(createdAt, ...times) as Instant
}

function asStatusWriter(entry: ManagedFieldsEntry): StatusWriter[] {
  const at = parseInstant(entry.time)
  return isStatusWrite(entry) && at !== undefined && entry.manager !== undefined
    ? [{ manager: entry.manager, at }]
    : []
}

const OURS = 'everpull.dev/'

/**
 * What may be seen of an object that is no order by itself; undefined where it is not to be one. Foreign annotations are dropped while parsing, as
 * `last-applied-configuration` carries values; so are marks of deliveries, which change with every renewal.
 */
export function asChosen(
  { data, metadata, ...rest }: SecretObject,
  { dataKeys, optIn }: Chosen,
): KubeObject | undefined {
  if (!Object.entries(optIn).some(([label, value]) => metadata.labels?.[label] === value)) return undefined
  const { managedFields: _managedFields, annotations = {}, ...others } = metadata
  const seen = dataKeys.flatMap((key) => {
    const value = data?.[key]
    return value === undefined ? [] : [[key, Buffer.from(value, 'base64').toString('utf8')]]
  })
  const ours = Object.entries(annotations).filter(
    ([name]) => name.startsWith(OURS) && !name.startsWith(DELIVERY_PREFIX),
  )
  return {
    apiVersion: rest.apiVersion,
    kind: rest.kind,
    metadata: { ...others, annotations: Object.fromEntries(ours) },
    spec: { data: Object.fromEntries(seen) },
  }
}

/** What is remembered of every Secret in scope: its version, its incarnation, and which deliveries left their mark. */
export interface SecretRecord {
  readonly uid: string
  readonly resourceVersion: string
  /** Annotations of deliveries, by name, and labels that dialects know, as `labelMark` spells them. */
  readonly marks: readonly string[]
}

/** No annotation has such a name. */
export const labelMark = (label: string, value: string): string => `${label}=${value}`

/** Foreign annotations are dropped while parsing: `last-applied-configuration` carries values. */
export function asSecretRecord(raw: KubeObject, labels: readonly string[] = []): SecretRecord {
  const { annotations = {}, labels: given = {} } = raw.metadata
  const marks = Object.keys(annotations)
    .filter((key) => key.startsWith(DELIVERY_PREFIX))
    .concat(labels.flatMap((label) => (given[label] === undefined ? [] : [labelMark(label, given[label])])))
  return {
    uid: raw.metadata.uid ?? '',
    resourceVersion: raw.metadata.resourceVersion ?? '',
    marks,
  }
}
