// This file is about integrations of ours in the layout of Codefresh: what they come back as, and what is told to be lost.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { filesOf, fileWith } from './codefresh-fixture.ts'
import { importCodefresh } from './codefresh-import.ts'
import { objectsOfRepository } from './codefresh-objects.ts'
import { type RenderAsked, renderCodefresh } from './codefresh-render.ts'
import type { TreeFile, WrittenObject } from './tree.ts'

const ROLE = { iamRole: { roleArn: 'arn:aws:iam::123456789012:role/r' } }
const KEY = { accessKey: { secretName: 'ecr-one', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }

const asked = (spec: object, secret?: RenderAsked['secret']): RenderAsked => ({
  name: 'one',
  spec: EcrIntegrationSpec.parse({ region: 'eu-west-1', ...spec }),
  placements: [{ is: 'all' }],
  ...(secret === undefined ? {} : { secret }),
})

const imports = (files: readonly TreeFile[]) =>
  importCodefresh(objectsOfRepository(files), { account: '123456789012' }).integrations

for (const repository of [
  'codefresh-control-planes',
  'codefresh-all-runtimes',
  'codefresh-first-layout',
  'codefresh-selected',
] as const)
  test(`what is imported from ${repository} is imported the same once it was rendered`, () => {
    const [before] = imports(filesOf(repository))
    assert.ok(before)
    const { name, placements, integration } = before
    const spec = EcrIntegrationSpec.parse(integration['spec'])
    const [object] = before.secret
    const { files, open } = renderCodefresh({
      name,
      spec,
      placements,
      ...(object === undefined ? {} : { secret: { is: 'existing', object } }),
    })
    assert.deepEqual(open, [])
    const [after] = imports(files.map(({ path, text }) => fileWith(path, text)))
    assert.deepEqual(after?.placements, placements)
    const again = EcrIntegrationSpec.parse(after?.integration['spec'])
    const key = spec.auth.accessKey && { ...spec.auth.accessKey, ...KEYS_OF_RENDERED, secretName: name }
    assert.deepEqual(again, { ...spec, auth: { ...spec.auth, ...(key && { accessKey: key }) } })
    const values = (one: WrittenObject | undefined): readonly unknown[] =>
      Object.values((one?.['spec'] as { encryptedData?: object } | undefined)?.encryptedData ?? {})
    assert.deepEqual(values(after?.secret[0]), values(object))
  })

const KEYS_OF_RENDERED = { secretAccessKeyKey: 'secret_access_key' }

test('a key that is sealed for it stands in an object that opens anywhere under the name of the integration', () => {
  const { files, open } = renderCodefresh(asked({ auth: KEY }, { is: 'sealed', secretAccessKey: 'AgB' }))
  assert.deepEqual(open, [])
  assert.deepEqual(
    files.map(({ path }) => path),
    [
      'resources/all-runtimes-all-clusters/one/integration.config.yaml',
      'resources/all-runtimes-all-clusters/one/integration.secret.yaml',
    ],
  )
  const labels = {
    'codefresh.io/entity': 'integration-secret',
    'codefresh.io/integration-name': 'one',
    'codefresh.io/integration-type': 'registry.ecr',
  }
  const metadata = { name: 'one', labels, annotations: { 'sealedsecrets.bitnami.com/cluster-wide': 'true' } }
  assert.deepEqual(parse(files[1]?.text ?? ''), {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: { encryptedData: { secret_access_key: 'AgB' }, template: { metadata } },
  })
})

test('what their format cannot carry is told', () => {
  const auth = { iamRole: { ...ROLE.iamRole, externalId: 'ours', chain: [{ roleArn: 'next' }] } }
  const { lost } = renderCodefresh(
    asked({
      auth,
      registries: [{ account: '123456789012', region: 'eu-west-1' }],
      sharing: { namespaces: { names: ['a'] } },
    }),
  )
  assert.equal(lost.length, 4)
  for (const word of ['registries', 'shared', 'external id', 'roles assumed'])
    assert.ok(lost.some((text) => text.includes(word)))
})

test('a secret that opens in one place, or that nobody gave, is left to be sealed', () => {
  const object = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'ecr-one', namespace: 'everpull' },
    spec: { encryptedData: { aws_secret_access_key: 'AgB' } },
  }
  const strict = renderCodefresh(asked({ auth: KEY }, { is: 'existing', object }))
  assert.match(strict.open.join(), /SealedSecret ecr-one opens in one place only/)
  assert.equal(strict.files.length, 1)
  assert.match(renderCodefresh(asked({ auth: KEY })).open.join(), /is not known here/)
  assert.match(renderCodefresh(asked({ auth: { ambient: {} } })).open.join(), /has no mode/)
})
