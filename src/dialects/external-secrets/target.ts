// This file is about the Secret an ExternalSecret names: how it is created, owned, marked and written.
import { DELIVERY_PREFIX, type Orderer, type Target } from '../../model/delivery.ts'
import type { Resource } from '../../model/resource.ts'
import type { KeyValues, Shape } from '../../model/shape.ts'
import { CREATED_BY_LABEL, createdBy, DATA_HASH_ANNOTATION, fieldManager, MANAGED_LABEL } from './marks.ts'
import { CLEANUP_FINALIZER } from './kinds.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { templatesFrom } from './template-from.ts'
import type { Template } from './template-schema.ts'

type CreationPolicy = ExternalSecretSpec['target']['creationPolicy']

export const targetName = (asked: Resource, spec: ExternalSecretSpec): string =>
  spec.target.name ?? asked.ref.name

export const ordererOf = ({ ref, apiVersion, uid, createdAt }: Resource): Orderer => ({
  ref,
  apiVersion,
  uid,
  createdAt,
})

const without = (
  texts: Readonly<Record<string, string>> | undefined,
  isDropped: (key: string) => boolean,
): Record<string, string> =>
  Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => !isDropped(key)))

const isOurLabel = (key: string): boolean => key === MANAGED_LABEL || key === CREATED_BY_LABEL
/** The engine's own bookkeeping too, should anybody have copied it to an ExternalSecret. */
const isOurAnnotation = (key: string): boolean =>
  key === DATA_HASH_ANNOTATION || key.startsWith(DELIVERY_PREFIX)

/**
 * Owner creates the Secret and owns it; Orphan creates and fills it, and leaves it to others until the next refresh;
 * CreateOrMerge creates it only; Merge waits for it.
 */
const ways = (policy: CreationPolicy): Pick<Target, 'whenMissing' | 'writes' | 'owner' | 'leavesEdits'> => ({
  whenMissing: policy === 'Merge' ? 'wait' : 'create',
  writes: policy === 'Owner' || policy === 'Orphan' ? 'whole' : 'keys',
  owner: policy === 'Owner' ? 'controller' : 'none',
  ...(policy === 'Orphan' ? { leavesEdits: true } : {}),
})

/** The Secret of an owner that is deleted for good is deleted before it: without a finalizer it might outlive it. */
export const finalizerOf = ({ target }: ExternalSecretSpec): { readonly finalizer?: string } =>
  target.creationPolicy === 'Owner' && target.deletionPolicy === 'Delete'
    ? { finalizer: CLEANUP_FINALIZER }
    : {}

const WHEN_EMPTY = { Retain: { whenEmpty: 'keep' }, Delete: { whenEmpty: 'delete' }, Merge: {} } as const

/** Without a template the labels and annotations of the ExternalSecret go onto the Secret; with one, only its own do. */
export function targetOf(asked: Resource, spec: ExternalSecretSpec): Target {
  const { creationPolicy, deletionPolicy, immutable, template } = spec.target
  const copies = template === undefined
  const type = template?.type ?? ''
  const finalizers = template?.metadata?.finalizers ?? []
  const mine = { label: CREATED_BY_LABEL, value: createdBy(asked.ref) }
  const isOwner = creationPolicy === 'Owner'
  return {
    namespace: asked.ref.namespace,
    name: targetName(asked, spec),
    fieldManager: fieldManager(asked.ref.name),
    ...ways(creationPolicy),
    consent: 'given',
    ...(type === '' ? {} : { type }),
    labels: copies ? without(asked.labels, isOurLabel) : {},
    annotations: copies ? without(asked.annotations, isOurAnnotation) : {},
    marks: { [MANAGED_LABEL]: 'true', [CREATED_BY_LABEL]: isOwner ? mine.value : null },
    stamp: { annotation: DATA_HASH_ANNOTATION, digest: 'go-map-sha3-224' },
    ...(finalizers.length === 0 ? {} : { finalizers }),
    ...(immutable === true ? { immutable } : {}),
    ...WHEN_EMPTY[deletionPolicy],
    ...(isOwner ? { orphans: mine } : {}),
  }
}

/**
 * The values are written themselves where the template says so, or says nothing of data. Templates kept elsewhere are
 * kept in `namespace`.
 */
export function shapeOf(values: KeyValues, template: Template | undefined, namespace: string): Shape {
  if (template === undefined) return values
  const { data = {}, metadata = {}, mergePolicy } = template
  const from = templatesFrom(template, namespace)
  const isWithoutData = Object.keys(data).length === 0 && (template.templateFrom ?? []).length === 0
  return {
    is: 'template',
    values,
    ...(from.length === 0 ? {} : { from }),
    data,
    labels: without(metadata.labels, isOurLabel),
    annotations: without(metadata.annotations, isOurAnnotation),
    keepsValues: mergePolicy === 'Merge' || isWithoutData,
  }
}
