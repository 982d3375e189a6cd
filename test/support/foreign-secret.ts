// This file is about the Secrets and marks of the External Secrets Operator, as a stand-in for it makes them.
//
// Nothing of the product is used here: what is compared with it must not share its mistakes.
import { createHash } from 'node:crypto'
import type { KubeObject, SecretObject } from '../../src/kube/resource.ts'

export type Values = Readonly<Record<string, string>>
type Policy = 'Owner' | 'Orphan' | 'Merge' | 'CreateOrMerge' | 'None'

export interface ForeignObject extends KubeObject {
  readonly spec: {
    readonly refreshInterval?: string
    readonly refreshPolicy?: string
    readonly secretStoreRef?: { readonly name: string }
    readonly target?: {
      readonly name?: string
      readonly creationPolicy?: Policy
      readonly template?: { readonly type?: string; readonly data?: Values; readonly metadata?: Metadata }
    }
    readonly dataFrom?: readonly {
      readonly sourceRef?: { readonly generatorRef?: { readonly kind: string; readonly name: string } }
    }[]
  }
  readonly status?: {
    readonly refreshTime?: string
    readonly syncedResourceVersion?: string
    readonly conditions?: readonly unknown[]
  }
}

interface Metadata {
  readonly labels?: Values
  readonly annotations?: Values
}

const MANAGED = 'reconcile.external-secrets.io/managed'
const CREATED_BY = 'reconcile.external-secrets.io/created-by'
const DATA_HASH = 'reconcile.external-secrets.io/data-hash'

const sha3 = (text: string): string => createHash('sha3-224').update(text).digest('hex')
const sorted = <T>(map: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1))

/** Go's `%+v` of a map of bytes, hashed; `data` is base64. */
const hashOf = (data: Values): string =>
  sha3(
    `map[${sorted(data)
      .map(([key, value]) => `${key}:[${[...Buffer.from(value, 'base64')].join(' ')}]`)
      .join(' ')}]`,
  )

const goMap = (map: Values = {}): string =>
  `map[${sorted(map)
    .map(([key, value]) => `${key}:${value}`)
    .join(' ')}]`

export const versionOf = ({ metadata: { generation, annotations, labels } }: ForeignObject): string =>
  `${generation}-${sha3(`{annotations:${goMap(annotations)} labels:${goMap(labels)}}`)}`

export const foreignManager = (name: string): string => `externalsecrets.external-secrets.io/${name}`
export const policyOf = ({ spec }: ForeignObject): Policy => spec.target?.creationPolicy ?? 'Owner'
export const secretNameOf = ({ spec, metadata }: ForeignObject): string => spec.target?.name ?? metadata.name

/** Whether the Secret is as it was left. */
export function isAsLeft(asked: ForeignObject, secret: SecretObject | undefined): boolean {
  if (policyOf(asked) === 'Orphan') return true
  const { labels, annotations } = secret?.metadata ?? {}
  return (
    secret !== undefined &&
    labels?.[MANAGED] === 'true' &&
    annotations?.[DATA_HASH] === hashOf(secret.data ?? {})
  )
}

/** The Secret as it is to be written, over the one that is there. */
export function foreignSecret(
  asked: ForeignObject,
  there: SecretObject | undefined,
  values: Values,
): SecretObject {
  const { namespace = '', name } = asked.metadata
  const policy = policyOf(asked)
  const template = asked.spec.target?.template
  const data = {
    ...(policy.includes('Merge') ? notOurs(there, name) : {}),
    ...encoded(values, template?.data),
  }
  const around = template === undefined ? asked.metadata : (template.metadata ?? {})
  const labels = {
    ...there?.metadata.labels,
    ...around.labels,
    [MANAGED]: 'true',
    ...(policy === 'Owner' ? { [CREATED_BY]: sha3(`${namespace}/${name}`) } : {}),
  }
  const annotations = { ...there?.metadata.annotations, ...around.annotations, [DATA_HASH]: hashOf(data) }
  const owners = policy === 'Owner' ? { ownerReferences: [ownerOf(asked)] } : {}
  const metadata = {
    ...there?.metadata,
    namespace,
    name: secretNameOf(asked),
    labels,
    annotations,
    ...owners,
  }
  const type = template?.type === undefined ? {} : { type: template.type }
  return { apiVersion: 'v1', kind: 'Secret', ...there, ...type, metadata, data }
}

/** What another than this object's manager wrote stays under the merging policies. */
function notOurs(there: SecretObject | undefined, name: string): Values {
  const entries =
    there?.metadata.managedFields?.filter(({ manager }) => manager === foreignManager(name)) ?? []
  const ours = new Set(entries.flatMap(({ fieldsV1 }) => Object.keys(fieldsV1?.['f:data'] ?? {})))
  return Object.fromEntries(Object.entries(there?.data ?? {}).filter(([key]) => !ours.has(`f:${key}`)))
}

/** Of templates it knows `{{ .name }}` alone. */
function encoded(values: Values, template: Values | undefined): Values {
  const texts = Object.entries(template ?? values).map(([key, text]) => [
    key,
    template === undefined
      ? text
      : text.replaceAll(/\{\{ \.(\w+) \}\}/g, (_all, value: string) => values[value] ?? ''),
  ])
  return Object.fromEntries(
    texts.map(([key, text = '']) => [key, Buffer.from(text).toString('base64')]),
  ) as Values
}

const ownerOf = ({ apiVersion, kind, metadata: { name, uid = '' } }: ForeignObject) => ({
  apiVersion,
  kind,
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
})
