// This file is about testing what is said of the definitions installed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialects } from '../dialects/all.ts'
import { externalSecrets } from '../dialects/external-secrets/dialect.ts'
import { EXTERNAL_SECRET } from '../dialects/external-secrets/kinds.ts'
import { SECRET } from '../model/kind.ts'
import { checkKinds } from './kind-checkup.ts'

const dialect = { ...externalSecrets, kinds: [EXTERNAL_SECRET, SECRET] }
const about = { kind: 'ExternalSecret.external-secrets.io', dialect: 'external-secrets' }

const rows: readonly [string, readonly string[], object][] = [
  [
    'all that is needed is served',
    ['v1', 'v1beta1'],
    { served: ['v1', 'v1beta1'], version: 'v1', notServed: [] },
  ],
  [
    'manifests of an older version cannot be applied',
    ['v1'],
    {
      served: ['v1'],
      version: 'v1',
      notServed: ['v1beta1'],
      note: 'the definition installed does not serve v1beta1: manifests of external-secrets.io/v1beta1 cannot be applied (write external-secrets.io/v1)',
    },
  ],
  [
    'only the older version is there',
    ['v1beta1', 'v1alpha1'],
    {
      served: ['v1beta1', 'v1alpha1'],
      version: 'v1beta1',
      notServed: ['v1'],
      note: 'the definition installed does not serve v1: manifests of external-secrets.io/v1 cannot be applied (write external-secrets.io/v1beta1)',
    },
  ],
  [
    'nothing that is there can be read',
    ['v1alpha1'],
    {
      served: ['v1alpha1'],
      notServed: ['v1', 'v1beta1'],
      note: 'none of the versions installed can be read',
    },
  ],
  ['the kind is not installed', [], { served: [], notServed: [] }],
]
for (const [name, served, expected] of rows) {
  test(`a check tells that ${name}`, async () => {
    assert.deepEqual(await checkKinds([dialect], async () => served), [{ ...about, ...expected }])
  })
}

test('a check tells of a kind once that several dialects read', async () => {
  const kinds = await checkKinds(dialects, async () => [])
  const names = kinds.map(({ kind }) => kind)
  assert.deepEqual(names, [...new Set(names)])
  const { dialect: teller } = kinds.find(({ kind }) => kind === 'EcrIntegration.everpull.dev') ?? {}
  assert.equal(teller, 'everpull')
})
