// This file is about the Secret an ExternalSecret names: how it is created, owned, marked and written.
import { DELIVERY_PREFIX, type Orderer, type Target } from '../../model/delivery.ts'
import type { Resource } from '../../model/resource.ts'
import type { KeyValues, Shape } from '../../model/shape.ts'
import { CREATED_BY_LABEL, createdBy, DATA_HASH_ANNOTATION, fieldManager, MANAGED_LABEL } from './marks.ts'
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

/** Owner creates the Secret and owns it; CreateOrMerge creates it only; Merge waits for it. */
const ways = (policy: CreationPolicy): Pick<Target, 'whenMissing' | 'writes' | 'owner'> => ({
  whenMissing: policy === 'Merge' ? 'wait' : 'create',
  writes: policy === 'Owner' ? 'whole' : 'keys',
  owner: policy === 'Owner' ? 'controller' : 'none',
})

/** Without a template the labels and annotations of the ExternalSecret go onto the Secret; with one, only its own do. */
export function targetOf(asked: Resource, spec: ExternalSecretSpec): Target {
  const { creationPolicy, template } = spec.target
  const copies = template === undefined
  const type = template?.type ?? ''
  return {
    namespace: asked.ref.namespace,
    name: targetName(asked, spec),
    fieldManager: fieldManager(asked.ref.name),
    ...ways(creationPolicy),
    consent: 'given',
    ...(type === '' ? {} : { type }),
    labels: {
      ...(copies ? without(asked.labels, isOurLabel) : {}),
      [MANAGED_LABEL]: 'true',
      ...(creationPolicy === 'Owner' ? { [CREATED_BY_LABEL]: createdBy(asked.ref) } : {}),
    },
    annotations: copies ? without(asked.annotations, isOurAnnotation) : {},
    stamp: { annotation: DATA_HASH_ANNOTATION, digest: 'go-map-sha3-224' },
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
