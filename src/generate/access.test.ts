// This file is about testing that each right is for a feature and each feature has its rights, whatever is asked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialects } from '../dialects/all.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { type Access, type AccessOptions, requiredAccess } from './access.ts'
import { FEATURE_NAMES, FEATURES } from './features.ts'
import { isMain } from './roles.ts'

/** Each in every way that changes what is printed. */
const CHOICES: { readonly [K in keyof AccessOptions]-?: readonly AccessOptions[K][] } = {
  serviceAccount: [
    { namespace: 'everpull', name: 'everpull' },
    { namespace: 'argocd', name: 'everpull' },
  ],
  namespaces: [[], ['team-a', 'argocd'], ['everpull']],
  serviceAccountIdentities: [
    { is: 'none' },
    { is: 'all' },
    { is: 'named', accounts: [{ namespace: 'team-a', name: 'reader' }] },
  ],
  driftWatch: [true, false],
  argocdNamespace: ['argocd'],
  nudgeArgocd: [false, true],
  configRepo: [undefined, {}, { secret: 'git' }],
  tokenEndpoint: [false, true],
  // In a role of its own whatever else is asked for.
  leaseNamespace: [undefined],
  leaseName: [undefined],
  shards: [undefined, 3],
}

function* everyOptions(): Generator<AccessOptions> {
  let all: readonly object[] = [{}]
  for (const [name, values] of Object.entries(CHOICES)) {
    all = all.flatMap((options) =>
      values.map((value) => (value === undefined ? options : { ...options, [name]: value })),
    )
  }
  yield* all as readonly AccessOptions[]
}

const SERVED: readonly (readonly Dialect[])[] = [dialects, ...dialects.map((dialect) => [dialect])]

/** Some thousands; each is looked at by several tests. */
const cases = [...everyOptions()].flatMap((options) =>
  SERVED.map((served) => ({ options, required: requiredAccess(options, served) })),
)

const textOf = ({ verb, group, resource, subresource = '', namespace = '', name = '' }: Access): string =>
  `${verb} ${group}/${resource}/${subresource} in "${namespace}" named "${name}"`

test('no right is without a feature', () => {
  for (const { required } of cases) {
    for (const access of required) {
      assert.ok(access.features.length > 0, textOf(access))
      for (const feature of access.features) assert.ok(FEATURES[feature], feature)
    }
  }
})

test('no feature is without a right', () => {
  const used = new Set(cases.flatMap(({ required }) => required.flatMap(({ features }) => features)))
  assert.deepEqual(
    FEATURE_NAMES.filter((name) => !used.has(name)),
    [],
  )
})

const isInMain =
  (options: AccessOptions) =>
  (access: Access): boolean =>
    isMain(options, access)

test('no right is given twice, nor in one namespace what is given in all of them', () => {
  for (const { options, required } of cases) {
    const given = new Set(required.map((access) => textOf(access)))
    assert.equal(given.size, required.length, JSON.stringify(options))
    const everywhere = new Set(required.filter(isInMain(options)).map((access) => textOf(access)))
    for (const access of required) {
      if (access.namespace === undefined) continue
      assert.ok(!everywhere.has(textOf({ ...access, namespace: '', name: '' })), textOf(access))
    }
  }
})

test('a right that two features take names both', () => {
  const [some] = cases.filter(
    ({ options }) => options.namespaces.length === 0 && options.serviceAccountIdentities.is === 'all',
  )
  const listing = some?.required.find(
    ({ resource, verb, subresource }) =>
      resource === 'serviceaccounts' && verb === 'list' && subresource === undefined,
  )
  assert.deepEqual(listing?.features, ['links', 'service-account-roles'])
})

test('what is needed and what is lost reads as part of a sentence', () => {
  for (const { neededFor, without } of Object.values(FEATURES)) {
    for (const text of [neededFor, without]) assert.match(text, /^[a-zA-Z].*[^.]$/)
  }
})
