// This file is about what the API server serves: kinds, names, objects and the paths they live at.

/** One kind as it is served. `group` is '' for the core API. */
export interface ResourceType {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** Names one object of a kind; `namespace` is absent for cluster-scoped kinds. */
export interface ObjectName {
  readonly namespace?: string | undefined
  readonly name: string
}

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: 'Apply' | 'Update'
  readonly apiVersion?: string
  readonly time?: string
  readonly subresource?: string
  readonly fieldsType?: string
  readonly fieldsV1?: Readonly<Record<string, unknown>>
}

/** What objects carry when they are written; the server fills in the rest. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly ManagedFieldsEntry[]
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [member: string]: unknown
}

export interface SecretObject extends KubeObject {
  readonly type?: string
  readonly immutable?: boolean
  /** Values are base64. */
  readonly data?: Readonly<Record<string, string>>
}

export const apiVersionOf = (type: Pick<ResourceType, 'group' | 'version'>): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`

const segment = encodeURIComponent

/** `/api/v1/namespaces/a/secrets`, or over all namespaces when none is given. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root =
    type.group === ''
      ? `/api/${segment(type.version)}`
      : `/apis/${segment(type.group)}/${segment(type.version)}`
  const scope = type.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace)}` : ''
  return `${root}${scope}/${segment(type.plural)}`
}

/** The path of one object, or of a subresource of it. Throws on a namespaced kind without a namespace. */
export function objectPath(type: ResourceType, object: ObjectName, subresource?: string): string {
  if (type.namespaced && object.namespace === undefined) {
    throw new TypeError(`${type.kind} ${object.name} needs a namespace`)
  }
  if (object.name === '') throw new TypeError(`a ${type.kind} needs a name`)
  const own = `${collectionPath(type, object.namespace)}/${segment(object.name)}`
  return subresource === undefined ? own : `${own}/${subresource}`
}

const core = (kind: string, plural: string, namespaced = true): ResourceType => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
})

export const SECRETS = core('Secret', 'secrets')
export const CONFIG_MAPS = core('ConfigMap', 'configmaps')
export const SERVICE_ACCOUNTS = core('ServiceAccount', 'serviceaccounts')
export const SERVICES = core('Service', 'services')
export const EVENTS = core('Event', 'events')
export const NAMESPACES = core('Namespace', 'namespaces', false)
export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
}
export const CUSTOM_RESOURCE_DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}
