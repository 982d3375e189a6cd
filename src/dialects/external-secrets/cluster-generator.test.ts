// This file is about testing the ClusterGenerator: what it wraps is used where it is referred to, and what it cannot wrap is told.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fault } from '../../model/fault.ts'
import { type Ref, refKey } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'
import { unwrap } from './cluster-generator.ts'
import { aResource } from '../fixtures/world.ts'
import { anExternalSecret, aSecret, aWorld, generatorRef } from './fixtures/resources.ts'
import { NAMESPACED_GENERATORS } from './generator-kinds.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

const AT = 'spec.dataFrom[0].sourceRef.generatorRef'
const REF: Ref = {
  group: 'generators.external-secrets.io',
  kind: 'ClusterGenerator',
  namespace: '',
  name: 'shared',
}

const aClusterGenerator = (spec: unknown): Resource =>
  aResource(REF, { apiVersion: 'generators.external-secrets.io/v1alpha1', spec })
const asked = anExternalSecret({ dataFrom: [generatorRef('shared', { kind: 'ClusterGenerator' })] })
const keys = {
  accessKeyIDSecretRef: { name: 'keys', key: 'id', namespace: 'elsewhere' },
  secretAccessKeySecretRef: { name: 'keys', key: 'key' },
}
const ecr = (spec: object = {}) => ({
  kind: 'ECRAuthorizationToken',
  generator: { ecrAuthorizationTokenSpec: { region: 'eu-west-1', ...spec } },
})

describe('a ClusterGenerator', () => {
  test('asks with the credentials of the namespace it is used in, whatever namespace they name', () => {
    const world = aWorld([aClusterGenerator(ecr({ auth: { secretRef: keys } })), aSecret('keys')])
    const translation = translate(asked, world)
    assert.ok(translation.is === 'order', JSON.stringify(translation))
    const [want] = translation.deliveries[0]?.logins ?? []
    assert.deepEqual(want?.identity, {
      source: {
        is: 'access-key',
        accessKeyId: { namespace: 'apps', name: 'keys', key: 'id' },
        secretAccessKey: { namespace: 'apps', name: 'keys', key: 'key' },
      },
      roles: [],
      onBehalfOf: 'apps',
    })
    assert.deepEqual(
      translation.warnings.map(({ message }) => message),
      [
        'the ECRAuthorizationToken in ClusterGenerator shared: spec.auth.secretRef.accessKeyIDSecretRef.namespace has no effect: it is read in the namespace of the ExternalSecret',
      ],
    )
    assert.ok(world.touched.has(refKey(REF)), 'a change of it is noticed')
  })

  test('wraps a session token too', () => {
    const spec = { kind: 'STSSessionToken', generator: { stsSessionTokenSpec: { region: 'eu-west-1' } } }
    const translation = translate(asked, aWorld([aClusterGenerator(spec)]))
    assert.ok(translation.is === 'order', JSON.stringify(translation))
    assert.equal(translation.deliveries[0]?.logins[0]?.scope.service, 'session')
  })

  const rows: readonly (readonly [string, unknown, string])[] = [
    [
      'whose kind and spec do not match',
      { ...ecr(), kind: 'STSSessionToken' },
      'unable to get generator: invalid ClusterGenerator: when kind is STSSessionToken, STSSessionTokenSpec must be set (correct ClusterGenerator shared)',
    ],
    [
      'that wraps nothing',
      { kind: 'ECRAuthorizationToken', generator: {} },
      'unable to get generator: invalid ClusterGenerator: when kind is ECRAuthorizationToken, ECRAuthorizationTokenSpec must be set (correct ClusterGenerator shared)',
    ],
    [
      'that names a ClusterGenerator',
      { kind: 'ClusterGenerator', generator: { clusterGeneratorSpec: {} } },
      'unable to get generator: ClusterGenerator has unknown kind ClusterGenerator (it cannot wrap another one) (correct ClusterGenerator shared)',
    ],
    [
      'of a kind there is none of',
      { kind: 'Frobnicator', generator: {} },
      'unable to get generator: ClusterGenerator has unknown kind Frobnicator (correct ClusterGenerator shared)',
    ],
    [
      'without a spec',
      undefined,
      'unable to get generator: ClusterGenerator has unknown kind "" (correct ClusterGenerator shared)',
    ],
    [
      'of a kind that is not served',
      { kind: 'Password', generator: { passwordSpec: { length: 5 } } },
      'error using generator: the Password in ClusterGenerator shared is not supported: only ECRAuthorizationToken and STSSessionToken are, which AWS answers',
    ],
    [
      'whose spec is wrong inside',
      ecr({ role: 7 }),
      'error using generator: unable to parse spec: spec.role: Invalid input: expected string, received number (correct the ECRAuthorizationToken in ClusterGenerator shared)',
    ],
  ]
  for (const [name, spec, event] of rows) {
    test(`${name} is told in an event that names it`, () => {
      const translation = translate(asked, aWorld([aClusterGenerator(spec)]))
      assert.ok(translation.is === 'unready', JSON.stringify(translation))
      const { fault: found } = translation
      assert.equal(found.code, 'reference-invalid')
      const said = status(asked, [{ is: 'failed', fault: found, at: asked.createdAt }])
      assert.deepEqual(
        said.events.map(({ message }) => message),
        [`error processing ${AT}, err: ${event}`],
      )
    })
  }

  test('that is absent is named without a namespace', () => {
    const translation = translate(asked, aWorld([]))
    assert.ok(translation.is === 'unready')
    const message =
      'ClusterGenerator.generators.external-secrets.io "shared" not found (create it, or correct the generatorRef)'
    assert.deepEqual(translation.fault, fault('reference-missing', message, AT))
  })

  test('that may not be read keeps the fault that says why', () => {
    const denied = fault('reference-unreadable', 'ClusterGenerator shared cannot be read: forbidden')
    const translation = translate(asked, aWorld([], { is: 'denied', fault: denied }))
    assert.ok(translation.is === 'unready')
    assert.deepEqual(translation.fault, { ...denied, at: AT, step: 'unable to get generator' })
  })

  test('has the spec of each kind under the property that upstream gives it', () => {
    const expected: Partial<Record<string, string>> = {
      ECRAuthorizationToken: 'ecrAuthorizationTokenSpec',
      STSSessionToken: 'stsSessionTokenSpec',
      UUID: 'uuidSpec',
      SSHKey: 'sshKeySpec',
      Fake: 'fakeSpec',
      MFA: 'mfaSpec',
      GitlabDeployToken: 'gitlabDeployTokenSpec',
    }
    for (const kind of NAMESPACED_GENERATORS) {
      const property = expected[kind]
      if (property === undefined) continue
      const wrapped = unwrap(aClusterGenerator({ kind, generator: { [property]: { a: 1 } } }))
      assert.deepEqual(wrapped.is === 'wrapped' ? wrapped.spec : wrapped, { a: 1 })
    }
  })
})
