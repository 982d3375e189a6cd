// This file is about our own logins acting upon every field they have: without it, something else is ordered.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  aClusterLogin,
  aLogin,
  aNamespace,
  anIntegration,
  aSecret,
  aServiceAccount,
  aWorld,
  HOST,
  ROLE,
  shareOf,
} from '../../src/dialects/everpull/fixtures/resources.ts'
import { CLUSTER_REGISTRY_LOGIN, REGISTRY_LOGIN } from '../../src/dialects/everpull/kinds.ts'
import { translateClusterLogin, translateLogin } from '../../src/dialects/everpull/translate.ts'
import { kindFields } from '../../src/generate/kind-fields.ts'
import type { Kind } from '../../src/model/kind.ts'

type Json = Readonly<Record<string, unknown>>

const OTHER = { account: '210987654321', region: 'us-gov-west-1', fips: true, dualStack: true }
const ALIAS = { host: 'ecr.corp.example', region: 'us-east-1' }
const selectorOf = (label: string): Json => ({
  matchLabels: { [label]: 'yes' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }],
})
const accessKey = {
  secretName: 'aws',
  accessKeyIdKey: 'id',
  secretAccessKeyKey: 'secret',
  sessionTokenKey: 'token',
}
const serviceAccount = { name: 'builder', audiences: ['openshift'], roleArn: ROLE }
const link = (serviceAccounts: Json): Json => ({ serviceAccounts, as: ['secrets'] })

/** All that is tried is in one of these. */
const OUTPUTS: readonly Json[] = [
  {
    secretName: 'pull',
    access: 'pull',
    dockerConfig: { merge: true, key: 'config.json' },
    link: link({ names: ['default'] }),
  },
  { secretName: 'labelled', dockerConfig: {}, link: link({ selector: selectorOf('ci') }) },
  {
    secretName: 'charts',
    argocd: {
      kind: 'repository-write',
      type: 'oci',
      url: `oci://${HOST}/charts`,
      name: 'charts',
      project: 'web',
      insecure: true,
      insecureOCIForceHttp: true,
      forceHttpBasicAuth: true,
      proxy: 'http://proxy',
      noProxy: 'corp.example',
    },
    metadata: { labels: { a: 'b' }, annotations: { c: 'd' } },
  },
  { secretName: 'basic', registry: HOST, basicAuth: {}, adopt: true },
  { secretName: 'fields', registry: HOST, fields: { creds: 'usernamePassword', user: 'username' } },
  {
    secretName: 'custom',
    registry: HOST,
    template: {
      type: 'example.com/custom',
      data: { a: '{{ .password }}', b: '{{ .username }}' },
      metadata: { labels: { at: '{{ .expires_at }}' }, annotations: { host: '{{ .host }}' } },
    },
  },
]

const base = { registries: [{ host: HOST }, OTHER, ALIAS, { public: true }], outputs: OUTPUTS }
const role = {
  roleArn: ROLE,
  externalId: 'them',
  sessionName: 'ci',
  duration: '30m',
  tags: { team: 'web' },
}

const SPECS: readonly Json[] = [
  { ...base, identity: { accessKey }, assumeRoles: [role], refreshInterval: '6h' },
  { ...base, identity: { serviceAccount } },
  { ...base, identity: { integration: { name: 'ecr-prod' } } },
  {
    ...base,
    outputs: [{ secretName: 'plain', dockerConfig: {} }],
    identity: { accessKey },
    assumeRoles: [{ ...role, policy: '{}' }],
    suspend: true,
  },
  {
    ...base,
    outputs: [{ secretName: 'plain', dockerConfig: {} }],
    identity: { accessKey },
    assumeRoles: [{ ...role, policy: '{}' }],
  },
]

/** Named elsewhere than where they are looked for otherwise, and chosen by everything there is. */
const CLUSTER_SPECS: readonly Json[] = SPECS.map((spec, i) => ({
  ...spec,
  namespaces:
    i % 2 === 0
      ? { names: ['team-*'], exclude: ['team-out'] }
      : { names: ['team-in'], selector: selectorOf('ecr') },
  ...(i === 0 ? { identity: { accessKey: { ...accessKey, namespace: 'vault' } } } : {}),
  ...(i === 1 ? { identity: { serviceAccount: { ...serviceAccount, namespace: 'vault' } } } : {}),
}))

const WORLD = aWorld([
  ...['default', 'ecr-prod'].map((name) =>
    anIntegration({ auth: { iamRole: { roleArn: `${ROLE}-of-${name}` } }, allowedRoles: ['*:*'] }, name),
  ),
  ...['builds', 'everpull', 'vault'].flatMap((place) => [
    aSecret('aws', place),
    aServiceAccount('builder', place, { 'eks.amazonaws.com/role-arn': `${ROLE}-of-account` }),
  ]),
  ...['team-in', 'team-out'].map((name) => aNamespace(name)),
  aNamespace('web', { labels: { ecr: 'yes', tier: 'a' } }),
  aNamespace('unlabelled', { labels: { tier: 'b' } }),
  aNamespace('of-another-tier', { labels: { ecr: 'yes', tier: 'c' } }),
])

const inLogin = (spec: Json): unknown => translateLogin({ ...aLogin(), spec }, WORLD)
const inCluster = (spec: Json): unknown => {
  const asked = { ...aClusterLogin(), spec }
  return [translateClusterLogin(asked, WORLD), translateClusterLogin(shareOf(asked, 'team-in'), WORLD)]
}

type Path = readonly (string | number)[]

const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  const members = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : []
  return [
    ...(path.length === 0 ? [] : [path]),
    ...members.flatMap(([key, one]) => pathsIn(one, [...path, key])),
  ]
}

function without(value: unknown, [first, ...rest]: Path): unknown {
  if (first === undefined) return undefined
  const isLast = rest.length === 0
  if (Array.isArray(value)) {
    return value.flatMap((one: unknown, i) => (i !== first ? [one] : isLast ? [] : [without(one, rest)]))
  }
  if (!isMap(value)) return value
  const members = Object.entries(value).flatMap(([key, one]) =>
    key !== first ? [[key, one] as const] : isLast ? [] : [[key, without(one, rest)] as const],
  )
  return Object.fromEntries(members)
}

/** As the reference spells it, where members of maps are no fields. */
function spelled(path: Path, fields: ReadonlySet<string>): string | undefined {
  const text = path.reduce<string>(
    (at, step) => (typeof step === 'number' ? `${at}[]` : `${at}.${step}`),
    'spec',
  )
  return fields.has(text) ? text : undefined
}

const fieldsOf = ({ definition }: Kind): ReadonlySet<string> => {
  const [version] = definition?.versions ?? []
  assert.ok(version !== undefined)
  const all = kindFields(version).map(({ path }) => path)
  return new Set(all.filter((path) => path.startsWith('spec.') && !path.endsWith('{}')))
}

const KINDS = [
  { kind: REGISTRY_LOGIN, specs: SPECS, translated: inLogin },
  { kind: CLUSTER_REGISTRY_LOGIN, specs: CLUSTER_SPECS, translated: inCluster },
] as const

for (const { kind, specs, translated } of KINDS) {
  const fields = fieldsOf(kind)
  /** With the specs that have it, and where. */
  const uses = Map.groupBy(
    specs.flatMap((spec) => pathsIn(spec).map((path) => ({ spec, path, field: spelled(path, fields) }))),
    ({ field }) => field,
  )

  describe(`every field of a ${kind.kind} is acted upon:`, () => {
    for (const field of fields) {
      test(field, () => {
        const all = uses.get(field) ?? []
        assert.notEqual(all.length, 0, 'nothing here uses it')
        const isTold = all.some(
          ({ spec, path }) =>
            JSON.stringify(translated(spec)) !== JSON.stringify(translated(without(spec, path) as Json)),
        )
        assert.ok(isTold, 'it makes no difference')
      })
    }
  })
}
