// This file is about testing that the roles printed are what the operator needs, and no more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { dialects } from '../dialects/all.ts'
import { argocd } from '../dialects/argocd/dialect.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { mobb } from '../dialects/mobb/dialect.ts'
import { type Kind, NAMESPACE } from '../model/kind.ts'
import { type AccessOptions, requiredAccess } from './access.ts'
import { rbacObjects, rbacYaml } from './rbac.ts'

const options: AccessOptions = {
  serviceAccount: { namespace: 'everpull', name: 'everpull' },
  namespaces: [],
  serviceAccountIdentities: { is: 'none' },
  driftWatch: true,
  argocdNamespace: 'argocd',
}

const clusterKind: Kind = {
  group: 'example.com',
  kind: 'ClusterThing',
  plural: 'clusterthings',
  namespaced: false,
  versions: ['v1'],
  use: 'referred',
  reads: 'whole',
}
const finalizedKind: Kind = {
  ...clusterKind,
  kind: 'Thing',
  plural: 'things',
  namespaced: true,
  use: 'ordered',
  finalizers: ['example.com/cleanup'],
}
const things: Dialect = { ...mobb, kinds: [clusterKind, finalizedKind], operatorSecrets: [] }

/** "verb group/resource[/subresource] [namespace] [=name]", one line each. */
const lines = (
  changed: Partial<AccessOptions> = {},
  served: readonly Dialect[] = [mobb],
): readonly string[] =>
  requiredAccess({ ...options, ...changed }, served).map((access) =>
    [
      access.verb,
      [access.group, access.resource, access.subresource].filter((part) => part !== undefined).join('/'),
      ...(access.namespace === undefined ? [] : [access.namespace]),
      ...(access.name === undefined ? [] : [`=${access.name}`]),
    ].join(' '),
  )

test('cluster-wide it is this and nothing else', () => {
  assert.deepEqual(lines(), [
    'list ecr.mobb.redhat.com/secrets',
    'watch ecr.mobb.redhat.com/secrets',
    'list ecr.mobb.redhat.com/argohelmreposecrets',
    'watch ecr.mobb.redhat.com/argohelmreposecrets',
    'patch ecr.mobb.redhat.com/secrets/status',
    'patch ecr.mobb.redhat.com/argohelmreposecrets/status',
    'update ecr.mobb.redhat.com/secrets/finalizers',
    'update ecr.mobb.redhat.com/argohelmreposecrets/finalizers',
    'get /secrets',
    'create /secrets',
    'update /secrets',
    'delete /secrets',
    'list /secrets',
    'watch /secrets',
    'create /events',
    'patch /events',
    'get apiextensions.k8s.io/customresourcedefinitions =secrets.ecr.mobb.redhat.com',
    'get apiextensions.k8s.io/customresourcedefinitions =argohelmreposecrets.ecr.mobb.redhat.com',
    'create coordination.k8s.io/leases everpull',
    'get coordination.k8s.io/leases everpull =everpull',
    'update coordination.k8s.io/leases everpull =everpull',
  ])
})

test('without the drift watch Secrets are neither listed nor watched', () => {
  const without = lines({ driftWatch: false })
  assert.deepEqual(
    lines().filter((line) => !without.includes(line)),
    ['list /secrets', 'watch /secrets'],
  )
})

test('with namespaces only definitions and cluster-scoped kinds are asked for cluster-wide', () => {
  const clusterWide = requiredAccess({ ...options, namespaces: ['a', 'b', 'a'] }, [things]).filter(
    (access) => access.namespace === undefined,
  )
  assert.deepEqual(
    clusterWide.map(({ verb, resource }) => `${verb} ${resource}`),
    ['list clusterthings', 'watch clusterthings', 'get customresourcedefinitions'],
  )
})

test('with namespaces everything else is asked for in each of them', () => {
  const asked = lines({ namespaces: ['a', 'b', 'a'] })
  assert.equal(asked.filter((line) => line === 'create /secrets a').length, 1)
  assert.ok(asked.includes('patch ecr.mobb.redhat.com/secrets/status b'))
  assert.ok(asked.includes('create /events b'))
})

test('the credentials Secret outside of the namespaces served is asked for by name', () => {
  const ofOwnNamespace = (changed: Partial<AccessOptions>): readonly string[] =>
    lines(changed).filter((line) => line.includes('/secrets everpull'))
  const name = '=aws-ecr-cloud-credentials'
  assert.deepEqual(ofOwnNamespace({ namespaces: ['a'] }), [
    `get /secrets everpull ${name}`,
    `list /secrets everpull ${name}`,
    `watch /secrets everpull ${name}`,
  ])
  assert.deepEqual(ofOwnNamespace({ namespaces: ['a'], driftWatch: false }), [
    `get /secrets everpull ${name}`,
  ])
  assert.ok(!ofOwnNamespace({ namespaces: ['everpull'] }).some((line) => line.includes(name)))
})

test('service accounts are only touched when their identities are asked for', () => {
  const touching = (changed: Partial<AccessOptions>): readonly string[] =>
    lines(changed).filter((line) => line.includes('serviceaccounts'))
  assert.deepEqual(touching({}), [])
  assert.deepEqual(touching({ serviceAccountIdentities: { is: 'all' } }), [
    'list /serviceaccounts',
    'watch /serviceaccounts',
    'create /serviceaccounts/token',
  ])
  assert.deepEqual(touching({ namespaces: ['a'], serviceAccountIdentities: { is: 'all' } }), [
    'list /serviceaccounts a',
    'watch /serviceaccounts a',
    'create /serviceaccounts/token a',
  ])
  const accounts = [
    { namespace: 'a', name: 'one' },
    { namespace: 'b', name: 'two' },
  ]
  assert.deepEqual(
    touching({ serviceAccountIdentities: { is: 'named', accounts } }).filter((line) =>
      line.startsWith('create'),
    ),
    ['create /serviceaccounts/token a =one', 'create /serviceaccounts/token b =two'],
  )
})

test('kinds with finalizers may be patched, others may not', () => {
  const patched = lines({}, [mobb, things]).filter((line) =>
    /^patch .*(things|mobb\.redhat\.com\/\w+$)/.test(line),
  )
  assert.deepEqual(patched, ['patch example.com/things/status', 'patch example.com/things'])
})

test('the lease lives where it is told to', () => {
  assert.ok(
    lines({ leaseNamespace: 'elsewhere' }).includes('update coordination.k8s.io/leases elsewhere =everpull'),
  )
})

const everyOption: readonly Partial<AccessOptions>[] = [
  {},
  { driftWatch: false },
  { nudgeArgocd: true },
  { tokenEndpoint: true },
  { configRepo: { secret: 'git' } },
  { namespaces: ['a', 'b'] },
  { serviceAccountIdentities: { is: 'all' } },
  {
    namespaces: ['a'],
    serviceAccountIdentities: { is: 'named', accounts: [{ namespace: 'c', name: 'reader' }] },
  },
]

for (const changed of everyOption) {
  const asked = { ...options, ...changed }
  test(`the YAML is the objects, and has no star: ${JSON.stringify(changed)}`, () => {
    const yaml = rbacYaml(asked, dialects)
    assert.deepEqual(
      parseAllDocuments(yaml).map((document) => document.toJS() as unknown),
      rbacObjects(asked, dialects),
    )
    assert.ok(!yaml.includes('*'))
  })

  test(`every role is bound to the account, and every rule explained: ${JSON.stringify(changed)}`, () => {
    const objects = rbacObjects(asked, dialects)
    const roles = objects.filter((o) => o.kind === 'Role' || o.kind === 'ClusterRole')
    for (const role of roles) {
      const { name, namespace } = role.metadata
      const binding = objects.find(
        (o) =>
          o.kind === `${role.kind}Binding` && o.metadata.name === name && o.metadata.namespace === namespace,
      )
      assert.ok(binding !== undefined && 'subjects' in binding)
      assert.deepEqual(binding.roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: role.kind, name })
      assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', ...asked.serviceAccount }])
    }
    const rules = roles.flatMap((role) => ('rules' in role ? role.rules : []))
    assert.equal(
      rbacYaml(asked, dialects).match(/^ +# needed to .+\n +- apiGroups: /gm)?.length,
      rules.length,
    )
  })
}

test('no two objects have one name', () => {
  const asked: AccessOptions = {
    ...options,
    namespaces: ['everpull', 'a'],
    serviceAccountIdentities: { is: 'named', accounts: [{ namespace: 'a', name: 'reader' }] },
  }
  const names = rbacObjects(asked, dialects).map(
    ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`,
  )
  assert.equal(new Set(names).size, names.length)
})

test('a namespace is brought along only where it is the operator’s very own', () => {
  const kinds = (namespace: string): readonly string[] =>
    rbacObjects({ ...options, serviceAccount: { namespace, name: 'everpull' } }, dialects).map((o) => o.kind)
  assert.ok(kinds('everpull').includes('Namespace'))
  assert.ok(!kinds('argocd').includes('Namespace'))
})

const parentKind: Kind = {
  ...clusterKind,
  kind: 'ClusterOrder',
  plural: 'clusterorders',
  use: 'ordered',
  children: [finalizedKind],
  leaves: { on: NAMESPACE, finalizerPrefix: 'example.com/order-' },
}
const orders: Dialect = { ...things, kinds: [finalizedKind, parentKind, NAMESPACE] }

test('what orders consist of may be made and deleted, where they are served', () => {
  const making = (changed: Partial<AccessOptions>, served: readonly Dialect[]): readonly string[] =>
    lines(changed, served).filter((line) => /^(create|delete) example/.test(line))
  assert.deepEqual(making({}, [things]), [])
  assert.deepEqual(making({}, [orders]), ['create example.com/things', 'delete example.com/things'])
  assert.deepEqual(making({ namespaces: ['a'] }, [orders]), [
    'create example.com/things a',
    'delete example.com/things a',
  ])
})

test('service accounts are changed where orders link them, and nowhere else', () => {
  const linking: Dialect = { ...things, kinds: [{ ...finalizedKind, links: true }] }
  const rights = (changed: Partial<AccessOptions>, served: readonly Dialect[]): readonly string[] =>
    lines(changed, served).filter((line) => line.includes('/serviceaccounts'))
  assert.deepEqual(rights({}, [things]), [])
  assert.deepEqual(rights({}, [linking]), [
    'get /serviceaccounts',
    'list /serviceaccounts',
    'watch /serviceaccounts',
    'patch /serviceaccounts',
  ])
  assert.deepEqual(rights({ namespaces: ['a'] }, [linking]), [
    'get /serviceaccounts a',
    'list /serviceaccounts a',
    'watch /serviceaccounts a',
    'patch /serviceaccounts a',
  ])
})

test('namespaces are read where somebody selects among them, and nowhere else', () => {
  assert.deepEqual(
    lines({ namespaces: ['a'] }, [orders]).filter((line) => line.endsWith(' /namespaces')),
    ['list /namespaces', 'watch /namespaces'],
  )
  assert.ok(!lines({}, [things]).some((line) => line.includes('/namespaces')))
})

test('finalizers are taken off namespaces by a role that may be left out', () => {
  const roles = (changed: Partial<AccessOptions>): readonly string[] =>
    rbacObjects({ ...options, ...changed }, [orders]).flatMap((object) =>
      'rules' in object && object.metadata.name.endsWith(':left-finalizers')
        ? [`${object.metadata.namespace ?? ''} ${JSON.stringify(object.rules)}`]
        : [],
    )
  const rule = { apiGroups: [''], resources: ['namespaces'] }
  assert.deepEqual(roles({}), [` ${JSON.stringify([{ ...rule, verbs: ['patch'] }])}`])
  assert.deepEqual(roles({ namespaces: ['a', 'b'] }), [
    `a ${JSON.stringify([{ ...rule, resourceNames: ['a'], verbs: ['patch'] }])}`,
    `b ${JSON.stringify([{ ...rule, resourceNames: ['b'], verbs: ['patch'] }])}`,
  ])
  assert.match(rbacYaml({ ...options, namespaces: [] }, [orders]), /# May be left out where no finalizer/)
})

test('events about orders outside of namespaces are told where they belong', () => {
  const told = (namespaces: readonly string[]): readonly string[] =>
    lines({ namespaces }, [orders]).filter((line) => line.startsWith('create /events'))
  assert.deepEqual(told([]), ['create /events'])
  assert.deepEqual(told(['a']), ['create /events a', 'create /events default'])
  assert.deepEqual(told(['a', 'default']), ['create /events a', 'create /events default'])
})

const ARGOCD_ELSEWHERE = ['get', 'list', 'watch'].map((verb) => `${verb} /secrets everpull`)
const ARGOCD_HOME = [
  'get /secrets cd',
  'list /secrets cd',
  'watch /secrets cd',
  'update /secrets cd',
  'create /events cd',
  'patch /events cd',
]
const argocdAlone: readonly (readonly [string, Partial<AccessOptions>, readonly string[]])[] = [
  ['for the whole cluster', {}, [...ARGOCD_HOME, ...ARGOCD_ELSEWHERE]],
  ['for other namespaces', { namespaces: ['a', 'cd'] }, [...ARGOCD_HOME, ...ARGOCD_ELSEWHERE]],
  ['without the drift watch', { driftWatch: false }, [...ARGOCD_HOME, 'get /secrets everpull']],
  [
    'where the operator lives beside Argo CD',
    { serviceAccount: { namespace: 'cd', name: 'everpull' } },
    ARGOCD_HOME,
  ],
]
for (const [where, changed, secretsAndEvents] of argocdAlone) {
  test(`labelled Secrets alone take no right to Secrets of others, ${where}`, () => {
    const asked = lines({ argocdNamespace: 'cd', ...changed }, [argocd])
    assert.deepEqual(
      asked.filter((line) => / \/(secrets|events)\b/.test(line)),
      secretsAndEvents,
    )
    assert.deepEqual(
      asked.filter((line) => !/ \/(secrets|events)\b| coordination/.test(line)),
      [
        'list everpull.dev/ecrintegrations',
        'watch everpull.dev/ecrintegrations',
        'list /namespaces',
        'watch /namespaces',
      ],
    )
  })
}

test('tokens are reviewed by a role of its own, for the whole cluster, and only where that is asked for', () => {
  const reviews = 'create authentication.k8s.io/tokenreviews'
  for (const namespaces of [[], ['a']]) {
    assert.ok(!lines({ namespaces }).includes(reviews))
    assert.ok(lines({ namespaces, tokenEndpoint: true }).includes(reviews))
    const roles = rbacObjects({ ...options, namespaces, tokenEndpoint: true }, [mobb])
    const names = roles.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    assert.ok(names.includes('ClusterRole everpull:everpull:token-endpoint'), names.join(', '))
  }
})

test('a Git repository is kept in line with by roles of their own: one for integrations, one where the operator is', () => {
  const without = new Set(lines({ namespaces: ['a'] }))
  const added = lines({ namespaces: ['a'], configRepo: { secret: 'git' } }).filter(
    (line) => !without.has(line),
  )
  const each = (what: string): readonly string[] =>
    ['get', 'list', 'watch', 'create', 'patch', 'delete'].map((verb) => `${verb} ${what}`)
  assert.deepEqual(added, [
    ...each('everpull.dev/ecrintegrations'),
    'patch everpull.dev/ecrintegrations/status',
    ...each('bitnami.com/sealedsecrets everpull'),
    ...each('external-secrets.io/externalsecrets everpull'),
    'create /configmaps everpull',
    'get /configmaps everpull =everpull-config-repo',
    'patch /configmaps everpull =everpull-config-repo',
    'create /events everpull',
    'patch /events everpull',
    'get /secrets everpull =git',
  ])
  const roles = rbacObjects({ ...options, configRepo: {} }, [mobb]).filter(({ metadata }) =>
    metadata.name.endsWith(':config-repo'),
  )
  assert.deepEqual(
    roles.map(({ kind }) => kind),
    ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
  )
})

test('Applications of Argo CD are touched only when they are to be nudged, and only where Argo CD is', () => {
  const touching = (changed: Partial<AccessOptions>): readonly string[] =>
    lines(changed, dialects).filter((line) => line.includes('applications'))
  assert.deepEqual(touching({}), [])
  assert.deepEqual(touching({ nudgeArgocd: true, argocdNamespace: 'cd' }), [
    'list argoproj.io/applications cd',
    'patch argoproj.io/applications cd',
  ])
})
