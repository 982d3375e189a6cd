// This file is about the objects that bring an integration's secret about: none of them holds it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { EcrIntegration, EcrIntegrationSpec } from '../dialects/everpull/integration-schema.ts'
import { externalSecret, referenceTo, SECRET_ACCESS_KEY, sealedSecret } from './secret-manifests.ts'

test('a sealed secret stands under the name it was sealed for, in its template as well', () => {
  const encryptedData = { [SECRET_ACCESS_KEY]: 'AgB…' }
  const metadata = {
    name: 'ecr-one',
    namespace: 'everpull',
    labels: { 'everpull.dev/integration': 'one' },
  }
  assert.deepEqual(sealedSecret({ integration: 'one', namespace: 'everpull', encryptedData }), {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata,
    spec: { encryptedData, template: { metadata, type: 'Opaque' } },
  })
})

test('an ExternalSecret fetches the key under the name that the integration expects', () => {
  const store = { kind: 'ClusterSecretStore', name: 'vault' } as const
  const { spec } = externalSecret({
    integration: 'one',
    namespace: 'everpull',
    store,
    remoteKey: 'ecr/one',
    property: 'secret',
  }) as unknown as { spec: { data: unknown; target: { name: string }; secretStoreRef: unknown } }
  assert.deepEqual(spec.data, [
    { secretKey: SECRET_ACCESS_KEY, remoteRef: { key: 'ecr/one', property: 'secret' } },
  ])
  assert.equal(spec.target.name, 'ecr-one')
  assert.deepEqual(spec.secretStoreRef, store)
})

test('an integration takes the reference as it is, and finds the key there without being told which', () => {
  for (const hasToken of [true, false]) {
    const accessKey = { ...referenceTo('one', hasToken), accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }
    const read = EcrIntegrationSpec.parse({ region: 'eu-west-1', auth: { accessKey } })
    assert.deepEqual(read.auth.accessKey, accessKey)
  }
  const told = JSON.stringify(z.toJSONSchema(EcrIntegrationSpec))
  assert.ok(told.includes(`${SECRET_ACCESS_KEY} where not given`))
})

/** Texts whose name speaks of a secret, each with why it holds none. */
const HOLDS_NONE: ReadonlyMap<string, string> = new Map([
  ['spec.auth.accessKey.secretName', 'the name of a Secret'],
  ['spec.auth.accessKey.secretNamespace', 'the namespace of a Secret'],
  ['spec.auth.accessKey.secretAccessKeyKey', 'the key of a Secret'],
  ['spec.auth.accessKey.sessionTokenKey', 'the key of a Secret'],
  ['spec.auth.accessKey.accessKeyId', 'AWS shows it in CloudTrail and in every signed request'],
  ['spec.auth.accessKey.accessKeyIdKey', 'the key of a Secret'],
])

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly additionalProperties?: Schema | false
}

function fieldsOf(schema: Schema, path: string): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`
    return [at, ...fieldsOf(field, at)]
  })
  const within = [schema.items, schema.additionalProperties, ...(schema.anyOf ?? [])]
  return [...own, ...within.flatMap((one) => (typeof one === 'object' ? fieldsOf(one, `${path}[]`) : []))]
}

test('no field of an integration could hold a secret', () => {
  const fields = fieldsOf(z.toJSONSchema(EcrIntegration) as Schema, '').filter((path) =>
    path.startsWith('spec.'),
  )
  assert.ok(fields.length > 30, `the schema is walked: ${fields.join(' ')}`)
  const named = fields.filter((path) =>
    /secret|password|token|key|credential|private/i.test(path.split('.').at(-1) ?? ''),
  )
  assert.deepEqual(
    named.filter((path) => path !== 'spec.auth.accessKey' && !isKeyOfSelector(path) && !HOLDS_NONE.has(path)),
    [],
  )
})

test('a field that nobody declared is refused, whatever it is called', () => {
  const accessKey = { secretName: 'ecr-one', secretAccessKey: 'wJalrXUtnFEMI' }
  const read = EcrIntegrationSpec.parse({ region: 'eu-west-1', auth: { accessKey } })
  assert.ok(!JSON.stringify(read).includes('wJalrXUtnFEMI'))
})

/** `matchExpressions[].key` and the keys of session tags name labels. */
const isKeyOfSelector = (path: string): boolean => /(matchExpressions|[tT]ags)\[\]\.key$/.test(path)
