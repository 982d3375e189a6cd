// This file is about what the server serves: versions of a group, kinds of a version, and the schema of a kind.
import type { KubeClient } from './client.ts'
import { isNotFound } from './error.ts'
import type { ResourceType } from './resource.ts'
import { apiVersionOf } from './resource.ts'

interface GroupList {
  readonly versions: readonly { readonly version: string }[]
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string
    readonly kind: string
    readonly namespaced: boolean
    readonly verbs: readonly string[]
  }[]
}

/** One kind of a version, as served. */
export interface ServedResource extends ResourceType {
  readonly verbs: readonly string[]
  /** "status", "scale", "token", … */
  readonly subresources: readonly string[]
}

/** The versions of a group in the server's order (its preferred one first); empty when the group is not served. */
export async function versionsOf(
  client: KubeClient,
  group: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (group === '') return ['v1']
  const found = await present<GroupList>(client, `/apis/${encodeURIComponent(group)}`, signal)
  return found?.versions.map(({ version }) => version) ?? []
}

/** The kinds one version serves; empty when the version is not served. */
export async function resourcesOf(
  client: KubeClient,
  { group, version }: Pick<ResourceType, 'group' | 'version'>,
  signal?: AbortSignal,
): Promise<readonly ServedResource[]> {
  const root = group === '' ? '/api' : '/apis'
  const found = await present<ResourceList>(client, `${root}/${apiVersionOf({ group, version })}`, signal)
  const all = found?.resources ?? []
  return all
    .filter(({ name }) => !name.includes('/'))
    .map(({ name: plural, kind, namespaced, verbs }) => ({
      group,
      version,
      plural,
      kind,
      namespaced,
      verbs,
      subresources: all
        .filter(({ name }) => name.startsWith(`${plural}/`))
        .map(({ name }) => name.slice(plural.length + 1)),
    }))
}

/** The versions in which a group serves `plural`, in the server's order; empty when there is no such kind. */
export async function servedVersions(
  client: KubeClient,
  group: string,
  plural: string,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const versions = await versionsOf(client, group, signal)
  const served = await Promise.all(versions.map((version) => resourcesOf(client, { group, version }, signal)))
  return versions.filter((_version, at) => served[at]?.some((resource) => resource.plural === plural))
}

/** The parts of an OpenAPI schema that tell whether a field is admitted. */
export interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string
    readonly version: string
    readonly kind: string
  }[]
}

interface OpenApi {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

/**
 * The schema of a custom kind, from the server's OpenAPI v3 document: every authenticated user may read it, while
 * reading a CustomResourceDefinition needs a ClusterRole. Undefined when the kind is not (or not yet) published.
 */
export async function schemaOf(
  client: KubeClient,
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
  signal?: AbortSignal,
): Promise<Schema | undefined> {
  const path = `/openapi/v3/${type.group === '' ? 'api' : 'apis'}/${apiVersionOf(type)}`
  const document = await present<OpenApi>(client, path, signal)
  return Object.values(document?.components?.schemas ?? {}).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some(
      ({ group, version, kind }) => group === type.group && version === type.version && kind === type.kind,
    ),
  )
}

/** Whether a write of the field at `path` would be kept; "[]" steps into a list. Undeclared fields are pruned. */
export function admits(schema: Schema | undefined, path: readonly string[]): boolean {
  const [step, ...rest] = path
  if (schema === undefined) return false
  if (step === undefined) return true
  if (step === '[]') return admits(schema.items, rest)
  const declared = schema.properties?.[step]
  if (declared !== undefined) return admits(declared, rest)
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return true
  const others = schema.additionalProperties
  return typeof others === 'object' ? admits(others, rest) : others === true
}

async function present<T>(
  client: KubeClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  try {
    return await client.request<T>({ method: 'GET', path, signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
