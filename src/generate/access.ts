// This file is about the rights the operator needs, each with the features it is for: roles are made of them, and checked against them.
import type { Dialect } from '../dialects/dialect.ts'
import { configRepoGrants } from './config-repo-access.ts'
import { distinctAccess } from './distinct-access.ts'
import type { FeatureName } from './features.ts'
import { identityGrants } from './identity-access.ts'
import { clusterScopedGrants, distinctKinds, leftFinalizerGrants, servingGrants } from './kind-access.ts'
import { leaseGrants } from './lease-access.ts'
import { chosenGrants, credentialsGrants, nudgeGrants } from './secret-access.ts'
import { tokenEndpointGrants } from './token-endpoint-access.ts'

export interface AccountName {
  readonly namespace: string
  readonly name: string
}

export interface AccessOptions {
  /** What the operator runs as; its namespace is the operator's own. */
  readonly serviceAccount: AccountName
  /** Namespaces served; empty: the whole cluster. */
  readonly namespaces: readonly string[]
  /** Whose tokens it may ask for. */
  readonly serviceAccountIdentities:
    | { readonly is: 'none' }
    | { readonly is: 'all' }
    | { readonly is: 'named'; readonly accounts: readonly AccountName[] }
  /** Whether it watches Secrets, which takes the right to read them all. */
  readonly driftWatch: boolean
  /** Where Argo CD keeps its repository Secrets. */
  readonly argocdNamespace: string
  /** Whether it asks Applications there that paused to try again. */
  readonly nudgeArgocd?: boolean
  /** Present: it keeps the cluster in line with a Git repository, whose credentials are in this Secret. */
  readonly configRepo?: { readonly secret?: string }
  /** Whether it gives logins to whoever shows a token. */
  readonly tokenEndpoint?: boolean
  /** Where the lease lives; the operator's own namespace unless told. */
  readonly leaseNamespace?: string
  /** What the lease is called, and what those of shards begin with; `everpull` unless told. */
  readonly leaseName?: string
  /** How many shards the work is dealt out to; one unless told. */
  readonly shards?: number
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** Roles are cut by what can be left out or lives elsewhere. */
export type RoleName =
  | 'serving'
  | 'argocd'
  | 'argocd-nudge'
  | 'cluster-scoped'
  | 'config-repo'
  | 'left-finalizers'
  | 'credentials'
  | 'identities'
  | 'token-endpoint'
  | 'lease'

/** What one feature takes, in one place. */
export interface Grant {
  readonly role: RoleName
  readonly feature: FeatureName
  /** Absent: cluster-wide. */
  readonly namespace?: string
  readonly group: string
  /** Plurals, with a subresource after a slash. */
  readonly resources: readonly string[]
  readonly verbs: readonly Verb[]
  /** Absent: objects of any name. */
  readonly names?: readonly string[]
}

export type PlacelessGrant = Omit<Grant, 'role' | 'namespace'>

/** One thing that may be asked of the API server, as a SelfSubjectAccessReview names it. */
export interface Access {
  readonly role: RoleName
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: Verb
  /** Absent: cluster-wide. */
  readonly namespace?: string
  readonly name?: string
  /** All that stops without it. */
  readonly features: readonly FeatureName[]
}

/**
 * Everything the operator does with these options, and nothing else, one by one. None covers another, save one that may be
 * left out together with its role: each is needed.
 */
export function requiredAccess(options: AccessOptions, dialects: readonly Dialect[]): readonly Access[] {
  return distinctAccess(options, grantsFor(options, dialects).flatMap(oneByOne))
}

/** By feature, whatever the others take. */
function grantsFor(options: AccessOptions, dialects: readonly Dialect[]): readonly Grant[] {
  const kinds = distinctKinds(dialects)
  const scopes = options.namespaces.length === 0 ? [undefined] : [...new Set(options.namespaces)]
  return [
    ...scopes.flatMap((namespace) => servingGrants(options, kinds, namespace)),
    ...clusterScopedGrants(kinds),
    ...leftFinalizerGrants(options, kinds),
    ...chosenGrants(options, kinds),
    ...nudgeGrants(options),
    ...configRepoGrants(options),
    ...credentialsGrants(options, dialects),
    ...identityGrants(options),
    ...tokenEndpointGrants(options.tokenEndpoint),
    ...leaseGrants(options),
  ]
}

const oneByOne = ({ role, feature, namespace, group, resources, verbs, names }: Grant): readonly Access[] =>
  resources.flatMap((path) => {
    const [resource = '', subresource] = path.split('/')
    return verbs.flatMap((verb) =>
      (names ?? [undefined]).map((name) => ({
        role,
        group,
        resource,
        ...(subresource === undefined ? {} : { subresource }),
        verb,
        ...(namespace === undefined ? {} : { namespace }),
        ...(name === undefined ? {} : { name }),
        features: [feature],
      })),
    )
  })
