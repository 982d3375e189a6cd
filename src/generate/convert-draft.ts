// This file is about what a conversion comes to: objects of our own API, and words about what has no counterpart there.
import { canonicalJson } from '../base/canonical-json.ts'
import { parseDuration } from '../base/duration.ts'
import type { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import type { ClusterRegistryLoginSpec, LoginSpec } from '../dialects/everpull/login-spec-schema.ts'
import type { NamespacesFields } from '../dialects/everpull/namespaces-schema.ts'
import type { OutputFields } from '../dialects/everpull/output-schema.ts'
import type { RegistryFields } from '../dialects/everpull/registry-schema.ts'
import { parseHost } from '../model/registry.ts'

export type { ClusterRegistryLoginSpec, LoginSpec, NamespacesFields, OutputFields, RegistryFields }

export type Draft = {
  /** "ExternalSecret argocd/repo": what it is made of. */
  readonly from: string
  /** What somebody should know who compares the two. */
  readonly notes: readonly string[]
  /** What is left to be done by hand before it works. */
  readonly open: readonly string[]
} & (
  | {
      readonly kind: 'RegistryLogin'
      readonly namespace: string
      readonly name: string
      readonly spec: LoginSpec
    }
  | { readonly kind: 'ClusterRegistryLogin'; readonly name: string; readonly spec: ClusterRegistryLoginSpec }
)

export interface IntegrationDraft {
  readonly kind: 'EcrIntegration'
  readonly name: string
  readonly spec: EcrIntegrationSpec
  readonly notes: readonly string[]
}

/** One manifest turned into ours, or why it is not. Without drafts, its notes say why there is nothing to write. */
export type Converted =
  | { readonly is: 'converted'; readonly drafts: readonly Draft[]; readonly notes?: readonly string[] }
  | { readonly is: 'refused'; readonly because: string }

/** Gathered while one manifest is read. */
export class Remarks {
  readonly notes: string[] = []
  readonly open: string[] = []

  note(text: string): void {
    this.notes.push(text)
  }

  /** Something is left to do. */
  leave(text: string): void {
    this.open.push(text)
  }
}

type Auth = EcrIntegrationSpec['auth']

/** Who asks AWS for whom, as the tool before said it. */
export interface Need {
  readonly auth: Auth
  readonly region: string
  readonly registries: readonly RegistryFields[]
  readonly namespaces: NamespacesFields
  readonly notes?: readonly string[]
}

interface Found {
  readonly name: string
  need: Need
}

/** The integrations that all objects need together: one for each identity and way of sharing. */
export class Integrations {
  readonly #found = new Map<string, Found>()

  /** The name of the one that fits. */
  use(need: Need): string {
    const { selector, exclude } = need.namespaces
    const key = canonicalJson([need.auth, selector ?? null, exclude ?? null])
    const found = this.#found.get(key)
    if (found !== undefined) {
      found.need = merged(found.need, need)
      return found.name
    }
    const name = this.#freeName(nameFor(need.auth))
    this.#found.set(key, { name, need })
    return name
  }

  list(): readonly IntegrationDraft[] {
    return [...this.#found.values()].map(({ name, need }) => ({
      kind: 'EcrIntegration',
      name,
      spec: {
        region: need.region,
        auth: need.auth,
        ...(need.registries.length === 0 ? {} : { registries: [...need.registries] }),
        sharing: { namespaces: need.namespaces },
      },
      notes: need.notes ?? [],
    }))
  }

  #freeName(wanted: string): string {
    const taken = new Set([...this.#found.values()].map(({ name }) => name))
    let name = wanted
    for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`
    return name
  }
}

/** Whoever names none uses the default, and so do the objects of tools that know one identity only. */
function nameFor({ iamRole, accessKey }: Auth): string {
  const given = iamRole?.roleArn.replace(/^.*\//, '') ?? accessKey?.secretName
  return given === undefined ? 'default' : objectNameOf(given)
}

export const objectNameOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^-a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63) || 'ecr'

function merged(one: Need, other: Need): Need {
  const names = [...new Set([...(one.namespaces.names ?? []), ...(other.namespaces.names ?? [])])]
  const registries = [...one.registries, ...other.registries].map(
    (each) => [canonicalJson(each), each] as const,
  )
  return {
    ...one,
    registries: [...new Map(registries).values()],
    namespaces: { ...one.namespaces, ...(names.length === 0 ? {} : { names: names.toSorted() }) },
    notes: [...new Set([...(one.notes ?? []), ...(other.notes ?? [])])],
  }
}

/** Stands where nobody has said which account. */
export const UNKNOWN_ACCOUNT = '000000000000'

/** A registry by its host, whatever scheme or path it was written with. */
export function registryOf(text: string, region: string): RegistryFields {
  const host = bareHost(text)
  const read = parseHost(host)
  if (read.is === 'public') return read.dualStack ? { public: true, dualStack: true } : { public: true }
  return read.is === 'private' ? { host } : { host, region }
}

export const bareHost = (text: string): string =>
  text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/s, '')
    .toLowerCase()

/** An interval that our API takes; said otherwise where it was none, or meant "never". */
export function intervalOf(
  text: string | undefined,
  field: string,
  remarks: Remarks,
): { readonly refreshInterval?: string } {
  if (text === undefined) return {}
  const read = parseDuration(text)
  if (read === undefined) {
    remarks.note(`${field} is no duration: logins are renewed at two thirds of their life`)
    return {}
  }
  if (read < 1000) {
    remarks.note(`${field}: ${text} meant that it is not repeated by time; here its expiry renews a login`)
    return {}
  }
  return { refreshInterval: text }
}
