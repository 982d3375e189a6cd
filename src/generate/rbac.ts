// This file is about the service account, roles and bindings the operator runs with.
import { Document, isMap, isSeq } from 'yaml'
import type { Dialect } from '../dialects/dialect.ts'
import { type AccessOptions, type AccountName, type Grant, grantsFor } from './access.ts'

const RBAC_GROUP = 'rbac.authorization.k8s.io'
const LABELS = { 'app.kubernetes.io/name': 'everpull' }

interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly labels: Readonly<Record<string, string>>
}

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

interface NamedThing {
  readonly apiVersion: string
  readonly metadata: Meta
}

interface Account extends NamedThing {
  readonly kind: 'Namespace' | 'ServiceAccount'
}

interface Role extends NamedThing {
  readonly kind: 'Role' | 'ClusterRole'
  readonly rules: readonly Rule[]
}

interface Binding extends NamedThing {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding'
  readonly roleRef: { readonly apiGroup: string; readonly kind: Role['kind']; readonly name: string }
  readonly subjects: readonly {
    readonly kind: 'ServiceAccount'
    readonly namespace: string
    readonly name: string
  }[]
}

export type RbacObject = Account | Role | Binding

/** By what a role's name ends with: what is lost without it. */
const OPTIONAL: Readonly<Record<string, string>> = {
  ':cluster-scoped': 'May be left out: then kinds outside of namespaces are not served.',
  ':argocd': 'May be left out: then labelled Secrets of Argo CD are not refreshed.',
  ':argocd-nudge': 'May be left out: then Applications that paused stay so, for an hour at most.',
  ':token-endpoint': 'May be left out: then the token endpoint takes no tokens of service accounts.',
  ':left-finalizers':
    'May be left out where no finalizer "externalsecrets.external-secrets.io/ces-…" is on a namespace: nothing else is done with it.',
}

/** Roles of their own even where others are cluster-wide too. */
const APART: ReadonlySet<Grant['role']> = new Set(['left-finalizers', 'config-repo', 'token-endpoint'])

/** One role's grants, all in one place. */
interface Bundle {
  readonly suffix: string
  readonly namespace?: string
  readonly grants: readonly Grant[]
}

interface Commented {
  readonly object: RbacObject
  /** What to know about the whole object. */
  readonly note?: string
  /** One line a rule, in their order. */
  readonly ruleComments: readonly string[]
}

/** Applied in this order on a cluster that has the namespaces named, they are all the operator needs. */
export const rbacObjects = (options: AccessOptions, dialects: readonly Dialect[]): readonly RbacObject[] =>
  commentedObjects(options, dialects).map(({ object }) => object)

/** The same as YAML documents, with the reason of every rule beside it. */
export const rbacYaml = (options: AccessOptions, dialects: readonly Dialect[]): string =>
  commentedObjects(options, dialects).map(yamlOf).join('---\n')

function commentedObjects(options: AccessOptions, dialects: readonly Dialect[]): readonly Commented[] {
  const { serviceAccount } = options
  return [
    ...accountObjects(serviceAccount).map((object) => ({ object, ruleComments: [] })),
    ...bundles(options, grantsFor(options, dialects)).flatMap((bundle) =>
      roleAndBinding(bundle, serviceAccount),
    ),
  ]
}

/** A namespace of our own name is brought along; any other is somebody's, whom deleting this must not harm. */
const accountObjects = ({ namespace, name }: AccountName): readonly Account[] => [
  ...(namespace === 'everpull'
    ? [{ apiVersion: 'v1', kind: 'Namespace' as const, metadata: { name: namespace, labels: LABELS } }]
    : []),
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace, labels: LABELS } },
]

/** Cluster-wide, reading cluster-scoped objects is no right of its own worth leaving out: one ClusterRole has it all. */
function bundles(options: AccessOptions, grants: readonly Grant[]): readonly Bundle[] {
  const isClusterWide = options.namespaces.length === 0
  const suffixOf = ({ role, namespace }: Grant): string => {
    if (role === 'serving' || (isClusterWide && namespace === undefined && !APART.has(role))) return ''
    return `:${role}`
  }
  const groups = Map.groupBy(grants, (grant) => `${suffixOf(grant)} ${grant.namespace ?? ''}`)
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const place = first.namespace === undefined ? {} : { namespace: first.namespace }
    return [{ suffix: suffixOf(first), grants: members, ...place }]
  })
}

function roleAndBinding(bundle: Bundle, account: AccountName): readonly Commented[] {
  const isCluster = bundle.namespace === undefined
  const note = OPTIONAL[bundle.suffix]
  const metadata: Meta = {
    name: `${account.namespace}:${account.name}${bundle.suffix}`,
    ...(bundle.namespace === undefined ? {} : { namespace: bundle.namespace }),
    labels: LABELS,
  }
  const kind = isCluster ? 'ClusterRole' : 'Role'
  const apiVersion = `${RBAC_GROUP}/v1`
  return [
    {
      object: { apiVersion, kind, metadata, rules: bundle.grants.map(ruleOf) },
      ruleComments: bundle.grants.map((grant) => `needed to ${grant.neededFor}`),
      ...(note === undefined ? {} : { note }),
    },
    {
      object: {
        apiVersion,
        kind: isCluster ? 'ClusterRoleBinding' : 'RoleBinding',
        metadata,
        roleRef: { apiGroup: RBAC_GROUP, kind, name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', ...account }],
      },
      ruleComments: [],
    },
  ]
}

const ruleOf = ({ group, resources, names, verbs }: Grant): Rule => ({
  apiGroups: [group],
  resources,
  ...(names === undefined ? {} : { resourceNames: names }),
  verbs,
})

function yamlOf({ object, note, ruleComments }: Commented): string {
  const document = new Document(object, { aliasDuplicateObjects: false })
  const rules = document.get('rules')
  if (isSeq(rules)) rules.items.forEach((rule, i) => explainRule(rule, ruleComments[i]))
  if (note !== undefined) document.commentBefore = ` ${note}`
  return document.toString({ lineWidth: 0, flowCollectionPadding: false })
}

/** Its lists are written in one line each, as roles usually are. */
function explainRule(rule: unknown, comment: string | undefined): void {
  if (!isMap(rule)) return
  if (comment !== undefined) rule.commentBefore = ` ${comment}`
  for (const { value } of rule.items) if (isSeq(value)) value.flow = true
}
