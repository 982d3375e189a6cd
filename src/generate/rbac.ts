// This file is about the service account, roles and bindings the operator runs with.
import { Document, isMap, isSeq } from 'yaml'
import type { Dialect } from '../dialects/dialect.ts'
import { type Access, type AccessOptions, type AccountName, requiredAccess, type RoleName } from './access.ts'
import { FEATURES } from './features.ts'
import { isMain, OPTIONAL } from './roles.ts'
import { type Rule, rulesOf } from './rules.ts'

const RBAC_GROUP = 'rbac.authorization.k8s.io'
const LABELS = { 'app.kubernetes.io/name': 'everpull' }

interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly labels: Readonly<Record<string, string>>
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
  readonly rules: readonly ReturnType<typeof asRule>[]
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

/** One role's rights, all in one place. */
interface Bundle {
  /** The main role has no name of its own. */
  readonly role: RoleName | 'main'
  readonly namespace?: string
  readonly rules: readonly Rule[]
}

interface Commented {
  readonly object: RbacObject
  /** What to know about the whole object. */
  readonly note?: string
  /** One for each rule, in their order. */
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
    ...bundles(options, requiredAccess(options, dialects)).flatMap((bundle) =>
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

function bundles(options: AccessOptions, accesses: readonly Access[]): readonly Bundle[] {
  const roleOf = (access: Access): Bundle['role'] => (isMain(options, access) ? 'main' : access.role)
  const groups = Map.groupBy(accesses, (access) => `${roleOf(access)} ${access.namespace ?? ''}`)
  return [...groups.values()].flatMap((members) => {
    const [first] = members
    if (first === undefined) return []
    const place = first.namespace === undefined ? {} : { namespace: first.namespace }
    return [{ role: roleOf(first), rules: rulesOf(members), ...place }]
  })
}

function roleAndBinding(bundle: Bundle, account: AccountName): readonly Commented[] {
  const isCluster = bundle.namespace === undefined
  const note = bundle.role === 'main' ? undefined : OPTIONAL[bundle.role]
  const suffix = bundle.role === 'main' ? '' : `:${bundle.role}`
  const metadata: Meta = {
    name: `${account.namespace}:${account.name}${suffix}`,
    ...(bundle.namespace === undefined ? {} : { namespace: bundle.namespace }),
    labels: LABELS,
  }
  const kind = isCluster ? 'ClusterRole' : 'Role'
  const apiVersion = `${RBAC_GROUP}/v1`
  return [
    {
      object: { apiVersion, kind, metadata, rules: bundle.rules.map(asRule) },
      ruleComments: bundle.rules.map(commentOn),
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

const asRule = ({ group, resources, names, verbs }: Rule) => ({
  apiGroups: [group],
  resources,
  ...(names === undefined ? {} : { resourceNames: names }),
  verbs,
})

const commentOn = ({ features }: Rule): string =>
  features.map((name) => ` needed to ${FEATURES[name].neededFor}`).join('\n')

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
  if (comment !== undefined) rule.commentBefore = comment
  for (const { value } of rule.items) if (isSeq(value)) value.flow = true
}
