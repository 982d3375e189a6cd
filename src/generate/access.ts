// This file is about the rights the operator needs, each with the reason: roles are made of them, and checked against them.
import type { Dialect } from '../dialects/dialect.ts'
import { CONFIG_MAP, isOrderedAtHome, type Kind } from '../model/kind.ts'
import { tokenEndpointGrants } from './token-endpoint-access.ts'
import { configRepoGrants } from './config-repo-access.ts'

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
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** One rule of one role. */
export interface Grant {
  /** Roles are cut by what can be left out or lives elsewhere. */
  readonly role:
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
  /** Absent: cluster-wide. */
  readonly namespace?: string
  readonly group: string
  /** Plurals, with a subresource after a slash. */
  readonly resources: readonly string[]
  readonly verbs: readonly Verb[]
  /** Absent: objects of any name. */
  readonly names?: readonly string[]
  /** Completes "needed to …". */
  readonly neededFor: string
}

/** One thing that may be asked of the API server, as a SelfSubjectAccessReview names it. */
export interface Access {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly verb: Verb
  /** Absent: cluster-wide. */
  readonly namespace?: string
  readonly name?: string
  /** Completes "needed to …". */
  readonly neededFor: string
}

/** The lease of the leader election; its name is part of the right to it. */
export const LEASE_NAME = 'everpull'

/** Everything the operator does with these options, and nothing else. */
export function grantsFor(options: AccessOptions, dialects: readonly Dialect[]): readonly Grant[] {
  const kinds = distinctKinds(dialects)
  const scopes = options.namespaces.length === 0 ? [undefined] : [...new Set(options.namespaces)]
  return [
    ...scopes.flatMap((namespace) => servingGrants(options, kinds, namespace)),
    ...clusterScopedGrants(options, kinds),
    ...leftFinalizerGrants(options, kinds),
    ...chosenGrants(options, kinds),
    ...nudgeGrants(options),
    ...configRepoGrants(options),
    ...credentialsGrants(options, dialects, kinds),
    ...identityGrants(options),
    ...tokenEndpointGrants(options.tokenEndpoint),
    ...leaseGrants(options),
  ]
}

/** The same, one by one. */
export function requiredAccess(options: AccessOptions, dialects: readonly Dialect[]): readonly Access[] {
  return grantsFor(options, dialects).flatMap(({ group, resources, verbs, names, namespace, neededFor }) =>
    resources.flatMap((path) => {
      const [resource = '', subresource] = path.split('/')
      return verbs.flatMap((verb) =>
        (names ?? [undefined]).map((name) => ({
          group,
          resource,
          ...(subresource === undefined ? {} : { subresource }),
          verb,
          ...(namespace === undefined ? {} : { namespace }),
          ...(name === undefined ? {} : { name }),
          neededFor,
        })),
      )
    }),
  )
}

/** Kinds of the API server itself: what is done with them is said below, kind by kind. */
const isOwnRule = (kind: Kind): boolean =>
  kind.group === '' && (kind.kind === 'Secret' || kind.kind === 'ServiceAccount')

function distinctKinds(dialects: readonly Dialect[]): readonly Kind[] {
  const all = dialects
    .flatMap(({ kinds }) => kinds)
    .filter((kind) => kind.chosen !== undefined || !isOwnRule(kind))
    // One dialect's orders may be what another only looks at.
    .toSorted((a, b) => Number(a.use === 'ordered') - Number(b.use === 'ordered'))
  return [...new Map(all.map((kind) => [`${kind.plural}.${kind.group}`, kind])).values()]
}

const pluralsByGroup = (
  kinds: readonly Kind[],
): readonly { readonly group: string; readonly plurals: readonly string[] }[] =>
  [...Map.groupBy(kinds, (kind) => kind.group)].map(([group, members]) => ({
    group,
    plurals: members.map((kind) => kind.plural),
  }))

function servingGrants(
  options: AccessOptions,
  kinds: readonly Kind[],
  namespace: string | undefined,
): readonly Grant[] {
  const here = { role: 'serving' as const, ...(namespace === undefined ? {} : { namespace }) }
  return [
    ...kindGrants(kinds.filter((kind) => kind.namespaced && kind.chosen === undefined)).map((grant) => ({
      ...here,
      ...grant,
    })),
    ...childGrants(kinds).map((grant) => ({ ...here, ...grant })),
    ...linkGrants(kinds).map((grant) => ({ ...here, ...grant })),
    ...(isOrderedAtHome(kinds) ? [] : secretGrants(options).map((grant) => ({ ...here, ...grant }))),
  ]
}

type KindGrant = Omit<Grant, 'role' | 'namespace'>

const EVENT_GRANT: KindGrant = {
  group: '',
  resources: ['events'],
  verbs: ['create', 'patch'],
  neededFor: 'tell of renewals and failures',
}

const secretGrants = ({ driftWatch }: AccessOptions): readonly KindGrant[] => [
  {
    group: '',
    resources: ['secrets'],
    verbs: ['get', 'create', 'update', 'delete'],
    neededFor: 'write the Secrets ordered, and read those that credentials and templates come from',
  },
  ...(driftWatch
    ? [
        {
          group: '',
          resources: ['secrets'],
          verbs: ['list', 'watch'] as const,
          neededFor:
            'repair at once what others change in Secrets; it means reading all of them, and --drift-watch=false does without',
        },
      ]
    : []),
  EVENT_GRANT,
]

/** Secrets hold templates too, and are read anyway. */
const isForTemplates = ({ group, kind }: Kind): boolean =>
  group === CONFIG_MAP.group && kind === CONFIG_MAP.kind

function kindGrants(kinds: readonly Kind[]): readonly KindGrant[] {
  const ordered = kinds.filter((kind) => kind.use === 'ordered')
  const rule =
    (suffix: string, verbs: readonly Verb[], neededFor: string) =>
    ({ group, plurals }: { group: string; plurals: readonly string[] }): KindGrant => ({
      group,
      resources: plurals.map((plural) => plural + suffix),
      verbs,
      neededFor,
    })
  const [templates, others] = [kinds.filter(isForTemplates), kinds.filter((kind) => !isForTemplates(kind))]
  return [
    ...pluralsByGroup(others).map(rule('', ['get', 'list', 'watch'], 'read what is ordered')),
    ...pluralsByGroup(templates).map(
      rule('', ['get', 'list', 'watch'], 'read templates kept there, and notice at once when they change'),
    ),
    ...pluralsByGroup(ordered).map(rule('/status', ['patch'], 'say how an order fares')),
    ...pluralsByGroup(ordered).map(
      rule('/finalizers', ['update'], 'own Secrets where OwnerReferencesPermissionEnforcement is on'),
    ),
    ...pluralsByGroup(ordered.filter(({ tests }) => tests !== undefined)).map(
      rule(
        '',
        ['delete'],
        'delete those labelled as tests of a connection that nobody deleted in ten minutes',
      ),
    ),
    ...pluralsByGroup(ordered.filter((kind) => (kind.finalizers ?? []).length > 0)).map(
      rule('', ['patch'], 'clean up before an order is deleted: set finalizers and take them off'),
    ),
  ]
}

const childGrants = (kinds: readonly Kind[]): readonly KindGrant[] => {
  const children = new Map(
    kinds.flatMap((kind) => (kind.children ?? []).map((c) => [`${c.plural}.${c.group}`, c])),
  )
  return [...children.values()].map(({ group, plural }) => ({
    group,
    resources: [plural],
    verbs: ['create', 'patch', 'delete'] as const,
    neededFor: 'keep the objects that an order consists of',
  }))
}

const linkGrants = (kinds: readonly Kind[]): readonly KindGrant[] =>
  kinds.some((kind) => kind.links === true)
    ? [
        {
          group: '',
          resources: ['serviceaccounts'],
          verbs: ['get', 'list', 'watch', 'patch'] as const,
          neededFor:
            'add Secrets to the lists of the service accounts that orders link, and take them off again',
        },
      ]
    : []

/**
 * The right to patch is the right to change all of their metadata, so it is a role of its own. A Role in a namespace
 * covers that namespace itself.
 */
function leftFinalizerGrants({ namespaces }: AccessOptions, kinds: readonly Kind[]): readonly Grant[] {
  const leaving = kinds.find((kind) => kind.leaves !== undefined)
  if (leaving?.leaves === undefined) return []
  const { group, plural } = leaving.leaves.on
  const grant = {
    role: 'left-finalizers' as const,
    group,
    resources: [plural],
    verbs: ['patch'] as const,
    neededFor: `take finalizers off ${plural} that the system replaced left there`,
  }
  if (namespaces.length === 0) return [grant]
  return [...new Set(namespaces)].map((namespace) => ({ ...grant, namespace, names: [namespace] }))
}

/** Where events about objects outside of namespaces live. */
const EVENTS_NAMESPACE = 'default'

function clusterEventGrants({ namespaces }: AccessOptions, kinds: readonly Kind[]): readonly Grant[] {
  const isOrdered = kinds.some((kind) => !kind.namespaced && kind.use === 'ordered')
  const isCovered = namespaces.length === 0 || namespaces.includes(EVENTS_NAMESPACE)
  if (!isOrdered || isCovered) return []
  return [
    {
      role: 'cluster-scoped',
      namespace: EVENTS_NAMESPACE,
      group: '',
      resources: ['events'],
      verbs: ['create', 'patch'],
      neededFor: 'tell how orders outside of namespaces fare',
    },
  ]
}

/** With --namespace this becomes a ClusterRole of its own, which may be left out. */
function clusterScopedGrants(options: AccessOptions, kinds: readonly Kind[]): readonly Grant[] {
  const definitions = kinds.filter((kind) => kind.group.includes('.')).map((k) => `${k.plural}.${k.group}`)
  const clusterWide = [
    ...kindGrants(kinds.filter((kind) => !kind.namespaced)),
    {
      group: 'apiextensions.k8s.io',
      resources: ['customresourcedefinitions'],
      verbs: ['get'] as const,
      names: definitions,
      neededFor: 'learn which versions and status fields the installed definitions have',
    },
  ].map((grant) => ({ role: 'cluster-scoped' as const, ...grant }))
  return [...clusterWide, ...clusterEventGrants(options, kinds)]
}

/**
 * Labelled Secrets cannot be found without reading all Secrets of their namespace. Where nothing else is ordered, this
 * is all that is served: a labelled Secret is read and updated, never made or deleted.
 */
function chosenGrants(
  { namespaces, driftWatch, argocdNamespace }: AccessOptions,
  kinds: readonly Kind[],
): readonly Grant[] {
  if (!kinds.some(({ chosen }) => chosen !== undefined)) return []
  const isAlone = isOrderedAtHome(kinds)
  const isServed = !isAlone && (namespaces.length === 0 || namespaces.includes(argocdNamespace))
  if (isServed && driftWatch) return []
  const here = { role: isAlone ? ('serving' as const) : ('argocd' as const), namespace: argocdNamespace }
  return [
    {
      ...here,
      group: '',
      resources: ['secrets'],
      verbs: isServed ? ['list', 'watch'] : ['get', 'list', 'watch', 'update'],
      neededFor: 'find the labelled Secrets of Argo CD, and keep their logins fresh',
    },
    ...(isServed ? [] : [{ ...here, ...EVENT_GRANT }]),
  ]
}

/** Asked for by flag only: the right to patch an Application is the right to change what it deploys. */
function nudgeGrants({ nudgeArgocd, argocdNamespace }: AccessOptions): readonly Grant[] {
  if (nudgeArgocd !== true) return []
  return [
    {
      role: 'argocd-nudge',
      namespace: argocdNamespace,
      group: 'argoproj.io',
      resources: ['applications'],
      verbs: ['list', 'patch'],
      neededFor:
        'ask for a hard refresh of Applications that paused while a login was missing; given with --nudge-argocd only',
    },
  ]
}

/** Within the namespaces served, what is given there covers it. */
function credentialsGrants(
  options: AccessOptions,
  dialects: readonly Dialect[],
  kinds: readonly Kind[],
): readonly Grant[] {
  const { namespace } = options.serviceAccount
  const wanted = dialects.map((dialect) => dialect.operatorSecrets ?? [])
  const isAny = wanted.includes('any')
  const names = [...new Set(wanted.filter((each) => each !== 'any').flat())]
  const served = isOrderedAtHome(kinds) ? [options.argocdNamespace] : options.namespaces
  const isCovered = served.length === 0 || served.includes(namespace)
  if (isCovered || (names.length === 0 && !isAny)) return []
  return [
    {
      role: 'credentials',
      namespace,
      group: '',
      resources: ['secrets'],
      verbs: options.driftWatch ? ['get', 'list', 'watch'] : ['get'],
      ...(isAny ? {} : { names }),
      neededFor: isAny
        ? 'read the AWS credentials kept where it lives, and notice when they change'
        : 'read its own AWS credentials, and notice when they change',
    },
  ]
}

const identityRules = (names?: readonly string[]): readonly KindGrant[] =>
  [
    {
      group: '',
      resources: ['serviceaccounts'],
      verbs: ['get', 'list', 'watch'] as const,
      neededFor: 'read which AWS role a service account stands for',
    },
    {
      group: '',
      resources: ['serviceaccounts/token'],
      verbs: ['create'] as const,
      neededFor: 'ask AWS as a service account; given with --service-account-identities only',
    },
  ].map((rule) => (names === undefined ? rule : { ...rule, names }))

function identityGrants({ serviceAccountIdentities: asked, namespaces }: AccessOptions): readonly Grant[] {
  switch (asked.is) {
    case 'none':
      return []
    case 'all': {
      const rules = identityRules().map((rule) => ({ role: 'identities' as const, ...rule }))
      if (namespaces.length === 0) return rules
      return [...new Set(namespaces)].flatMap((namespace) => rules.map((rule) => ({ ...rule, namespace })))
    }
    case 'named':
      return [...Map.groupBy(asked.accounts, (account) => account.namespace)].flatMap(
        ([namespace, accounts]) =>
          identityRules([...new Set(accounts.map((account) => account.name))]).map((rule) => ({
            role: 'identities' as const,
            namespace,
            ...rule,
          })),
      )
  }
}

function leaseGrants(options: AccessOptions): readonly Grant[] {
  const here = {
    role: 'lease' as const,
    namespace: options.leaseNamespace ?? options.serviceAccount.namespace,
    group: 'coordination.k8s.io',
    resources: ['leases'],
  }
  return [
    { ...here, verbs: ['create'], neededFor: 'elect a leader: a name cannot narrow the right to create' },
    { ...here, verbs: ['get', 'update'], names: [LEASE_NAME], neededFor: 'elect a leader' },
  ]
}
