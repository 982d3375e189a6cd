// This file is about what of an object in a file is applied: its spec, labels and annotations, if they stay where we are.
//
// A repository speaks for the operator's own namespace and for integrations. Whatever would reach elsewhere is refused:
// another namespace, a store of the whole cluster, an object that owns or is owned, a host that is none of ECR's, a Secret
// that the operator itself depends on or that another controller takes for its own.
import { ADOPT_ANNOTATION, MARK_LABEL, PATH_ANNOTATION } from '../config-repo/sync-record.ts'
import type { WrittenObject } from '../config-repo/tree.ts'
import type { ResourceType } from '../kube/resource.ts'
import { parseHost } from '../model/registry.ts'
import { isIntegration, syncedKind } from './kinds.ts'
import { madeSecretFlaw } from './made-secret.ts'

type Texts = Readonly<Record<string, string>>
type Metadata = WrittenObject['metadata']

export interface Admitted {
  readonly is: 'admitted'
  readonly type: ResourceType
  readonly namespace?: string
  readonly name: string
  readonly labels: Texts
  readonly annotations: Texts
  readonly spec: object
}

/** What nothing from a repository reaches beyond. */
export interface Bounds {
  readonly ownNamespace: string
  /** Secrets there that the operator itself depends on: nothing that comes from a repository makes them. */
  readonly reservedSecrets: readonly string[]
}

export interface Refused {
  readonly is: 'refused'
  /** A sentence's end: "… is skipped: because". */
  readonly because: string
}

const refused = (because: string): Refused => ({ is: 'refused', because })

/** What a server adds; whoever commits what kubectl printed means the rest. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
])
const TAKEN: ReadonlySet<string> = new Set(['name', 'namespace', 'labels', 'annotations'])
const MEMBERS: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'status'])
/** Ours to set, and kubectl's to keep. */
const NOT_FROM_FILES: ReadonlySet<string> = new Set([
  MARK_LABEL,
  PATH_ANNOTATION,
  ADOPT_ANNOTATION,
  'kubectl.kubernetes.io/last-applied-configuration',
])

const NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export function admit(object: WrittenObject, bounds: Bounds): Admitted | Refused {
  const type = syncedKind(object.apiVersion, object.kind)
  if (type === undefined) {
    return refused(
      `a ${object.kind} (${object.apiVersion}) is not applied: only EcrIntegration, SealedSecret and ExternalSecret are`,
    )
  }
  const { metadata } = object
  const { spec } = object
  if (!isRecord(spec)) return refused('it has no spec')
  const because = flawOf(object, spec, type, bounds)
  if (because !== undefined) return refused(because)
  return {
    is: 'admitted',
    type,
    ...(type.namespaced ? { namespace: bounds.ownNamespace } : {}),
    name: metadata.name,
    labels: ours(metadata.labels),
    annotations: ours(metadata.annotations),
    spec,
  }
}

const ours = (texts: Texts | undefined): Texts =>
  Object.fromEntries(Object.entries(texts ?? {}).filter(([key]) => !NOT_FROM_FILES.has(key)))

function flawOf(object: WrittenObject, spec: object, type: ResourceType, bounds: Bounds): string | undefined {
  const { metadata } = object
  if (typeof metadata.name !== 'string' || !NAME.test(metadata.name))
    return 'metadata.name is no name of an object'
  const strange = Object.keys(metadata).find((key) => !TAKEN.has(key) && !LEFT_OUT.has(key))
  if (strange !== undefined) return `metadata.${strange} may not be set from a repository`
  const member = Object.keys(object).find((key) => !MEMBERS.has(key))
  if (member !== undefined) return `${member} is no field that is applied`
  if (![metadata.labels, metadata.annotations].every(isTexts))
    return 'labels and annotations have to be texts'
  const elsewhere = elsewhereOf(metadata.namespace, type, bounds.ownNamespace)
  if (elsewhere !== undefined) return elsewhere
  if (isIntegration(type)) return integrationFlaw(spec, bounds)
  return type.kind === 'SealedSecret'
    ? sealedFlaw(metadata, spec, bounds)
    : externalFlaw(metadata, spec, bounds)
}

function elsewhereOf(
  namespace: string | undefined,
  type: ResourceType,
  ownNamespace: string,
): string | undefined {
  if (namespace === undefined || namespace === '') return undefined
  if (!type.namespaced) return `metadata.namespace has no meaning for a ${type.kind}: leave it out`
  return namespace === ownNamespace
    ? undefined
    : otherNamespace('metadata.namespace', namespace, ownNamespace)
}

const otherNamespace = (at: string, namespace: unknown, ownNamespace: string): string =>
  `${at} is ${String(namespace)}: nothing is put or read but in the operator's own namespace, ${ownNamespace}`

/** The first of these places that names a namespace other than ours. */
function foreignNamespace(
  spec: unknown,
  places: readonly (readonly string[])[],
  ownNamespace: string,
): string | undefined {
  for (const place of places) {
    const found = at(spec, place)
    if (found !== undefined && found !== '' && found !== ownNamespace) {
      return otherNamespace(`spec.${place.join('.')}`, found, ownNamespace)
    }
  }
  return undefined
}

const integrationFlaw = (spec: unknown, { ownNamespace }: Bounds): string | undefined =>
  foreignNamespace(spec, [['auth', 'accessKey', 'secretNamespace']], ownNamespace) ?? aliasFlaw(spec)

/** Testing a connection shows each registry a login for hours: whose host an alias is, only the cluster's own may say. */
function aliasFlaw(spec: unknown): string | undefined {
  const registries = at(spec, ['registries'])
  if (!Array.isArray(registries)) return undefined
  for (const [i, registry] of registries.entries()) {
    const host = at(registry, ['host'])
    if (typeof host !== 'string') continue
    const read = parseHost(host)
    if (read.is === 'not-ecr')
      return `spec.registries[${i}].host is no Amazon ECR host: ${read.because}. Testing the connection would send it a login: an integration with an alias is made in the cluster itself, not from a repository`
  }
  return undefined
}

function sealedFlaw(metadata: Metadata, spec: unknown, bounds: Bounds): string | undefined {
  const foreign = foreignNamespace(spec, [['template', 'metadata', 'namespace']], bounds.ownNamespace)
  if (foreign !== undefined) return foreign
  if (at(spec, ['data']) !== undefined)
    return 'spec.data hides what Secret it makes: seal each value of its own, as spec.encryptedData'
  const template = ['template', 'metadata'] as const
  return madeSecretFlaw(
    {
      names: [metadata.name, at(spec, [...template, 'name'])],
      labels: [metadata.labels, at(spec, [...template, 'labels'])],
      type: at(spec, ['template', 'type']),
    },
    bounds.reservedSecrets,
  )
}

/** Without a template, what it makes carries its own labels. */
function externalFlaw(metadata: Metadata, spec: unknown, bounds: Bounds): string | undefined {
  const foreign = foreignNamespace(
    spec,
    [
      ['target', 'namespace'],
      ['target', 'template', 'metadata', 'namespace'],
    ],
    bounds.ownNamespace,
  )
  if (foreign !== undefined) return foreign
  const manifest = at(spec, ['target', 'manifest'])
  if (manifest !== undefined && at(manifest, ['kind']) !== 'Secret')
    return 'spec.target.manifest makes no Secret'
  return (
    clusterReference(spec, 'spec') ??
    computedFlaw(spec) ??
    madeSecretFlaw(
      {
        names: [at(spec, ['target', 'name']) || metadata.name],
        labels: [metadata.labels, at(spec, ['target', 'template', 'metadata', 'labels'])],
        type: at(spec, ['target', 'template', 'type']),
      },
      bounds.reservedSecrets,
    )
  )
}

/** By default templates give data. */
const COMPUTED: ReadonlySet<unknown> = new Set([undefined, '', 'Data', 'Annotations'])

/** Labels that are computed are not known until they are there. */
function computedFlaw(spec: unknown): string | undefined {
  const templates = at(spec, ['target', 'template', 'templateFrom'])
  if (!Array.isArray(templates)) return undefined
  const i = templates.findIndex((one) => !COMPUTED.has(at(one, ['target'])))
  return i < 0
    ? undefined
    : `spec.target.template.templateFrom[${i}].target may be Data or Annotations and nothing else`
}

/** References to a store or a generator, wherever they stand in an ExternalSecret. */
const REFERENCES: ReadonlySet<string> = new Set(['secretStoreRef', 'storeRef', 'generatorRef'])

/** Any depth: a kind that is added to the API later is found as well. */
function clusterReference(value: unknown, path: string): string | undefined {
  if (Array.isArray(value))
    return firstOf(value.map((one, i) => () => clusterReference(one, `${path}[${i}]`)))
  if (!isRecord(value)) return undefined
  return firstOf(
    Object.entries(value).map(([key, one]) => () => {
      const here = `${path}.${key}`
      if (!REFERENCES.has(key) || !isRecord(one)) return clusterReference(one, here)
      const kind = typeof one['kind'] === 'string' ? one['kind'] : ''
      if (kind.startsWith('Cluster'))
        return `${here} is a ${kind}: only what is in the operator's own namespace may be named`
      return one['namespace'] === undefined ? undefined : `${here}.namespace may not be set`
    }),
  )
}

function firstOf(asked: readonly (() => string | undefined)[]): string | undefined {
  for (const ask of asked) {
    const found = ask()
    if (found !== undefined) return found
  }
  return undefined
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTexts = (value: unknown): boolean =>
  (value ?? undefined) === undefined ||
  (isRecord(value) && Object.values(value).every((one) => typeof one === 'string'))

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const step of path) found = isRecord(found) ? found[step] : undefined
  return found ?? undefined
}
