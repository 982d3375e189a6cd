// This file is about testing the STSSessionToken generator: what it asks for, what it gives, and what can never work.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Resource } from '../../model/resource.ts'
import { aResource } from '../fixtures/world.ts'
import {
  aGenerator,
  anExternalSecret,
  aSecret,
  aServiceAccount,
  aWorld,
  generatorRef,
} from './fixtures/resources.ts'
import { translate } from './translate.ts'

const aSession = (spec: object = {}): Resource =>
  aResource(
    { group: 'generators.external-secrets.io', kind: 'STSSessionToken', namespace: 'apps', name: 'session' },
    { apiVersion: 'generators.external-secrets.io/v1alpha1', spec: { region: 'eu-west-1', ...spec } },
  )

const SESSION = generatorRef('session', { kind: 'STSSessionToken' })
const keys = {
  secretRef: {
    accessKeyIDSecretRef: { name: 'keys', key: 'id' },
    secretAccessKeySecretRef: { name: 'keys', key: 'key' },
  },
}

const translated = (spec: object, ...others: Resource[]) =>
  translate(
    anExternalSecret({ dataFrom: [SESSION] }),
    aWorld([aSession({ auth: keys, ...spec }), aSecret('keys'), ...others]),
  )

function ordered(spec: object = {}) {
  const translation = translated(spec)
  assert.ok(translation.is === 'order', JSON.stringify(translation))
  const [delivery] = translation.deliveries
  assert.ok(delivery !== undefined)
  return { delivery, warnings: translation.warnings.map(({ message }) => message) }
}

function refused(spec: object, ...others: Resource[]) {
  const translation = translated(spec, ...others)
  assert.ok(translation.is === 'unready', JSON.stringify(translation))
  assert.equal(translation.fault.at, 'spec.dataFrom[0].sourceRef.generatorRef')
  return translation.fault
}

describe('an STSSessionToken', () => {
  test('gives an access key id, a secret access key, a session token and an expiration', () => {
    const { delivery, warnings } = ordered()
    assert.deepEqual(delivery.logins[0]?.scope, { service: 'session', region: 'eu-west-1' })
    assert.equal(delivery.logins[0].identity.source.is, 'access-key')
    assert.deepEqual(delivery.shape, {
      is: 'key-values',
      entries: [
        { key: 'access_key_id', value: { is: 'login', login: 0, field: 'accessKeyId' } },
        { key: 'secret_access_key', value: { is: 'login', login: 0, field: 'secretAccessKey' } },
        { key: 'session_token', value: { is: 'login', login: 0, field: 'sessionToken' } },
        { key: 'expiration', value: { is: 'login', login: 0, field: 'expiresAtSeconds' } },
      ],
    })
    assert.deepEqual(warnings, [])
  })

  test('asks for what its parameters say, with a word about a code that works once', () => {
    const { delivery, warnings } = ordered({
      requestParameters: { sessionDuration: 3600, serialNumber: 'GAHT12345678', tokenCode: '123456' },
    })
    assert.deepEqual(delivery.logins[0]?.scope, {
      service: 'session',
      region: 'eu-west-1',
      lifeSeconds: 3600,
      serialNumber: 'GAHT12345678',
      tokenCode: '123456',
    })
    assert.deepEqual(warnings, [
      'AWS takes spec.requestParameters.tokenCode of STSSessionToken apps/session once: these credentials cannot be renewed before it is replaced',
    ])
  })

  test('with an empty role and empty parameters is one without', () => {
    const { delivery } = ordered({ role: '', requestParameters: { serialNumber: '', tokenCode: '' } })
    assert.deepEqual(delivery.logins[0]?.scope, { service: 'session', region: 'eu-west-1' })
    assert.deepEqual(delivery.logins[0].identity.roles, [])
  })

  test('stands beside a token for registries in one Secret', () => {
    const asked = anExternalSecret({ dataFrom: [generatorRef(), SESSION] })
    const translation = translate(asked, aWorld([aGenerator(), aSession({ auth: keys }), aSecret('keys')]))
    assert.ok(translation.is === 'order')
    const [delivery] = translation.deliveries
    assert.deepEqual(
      delivery?.logins.map(({ scope }) => scope.service),
      ['private', 'session'],
    )
    assert.ok(delivery?.shape.is === 'key-values')
    assert.deepEqual(
      delivery.shape.entries.map(({ key }) => key),
      ['username', 'password', 'proxy_endpoint', 'expires_at'].concat([
        'access_key_id',
        'secret_access_key',
        'session_token',
        'expiration',
      ]),
    )
  })

  const jwt = { serviceAccountRef: { name: 'puller' } }
  const rows: readonly (readonly [string, object, RegExp])[] = [
    [
      'with jwt is refused in the words of upstream',
      { auth: { jwt } },
      /^jwt auth cannot be used for STS Session Token generation: leave spec\.auth\.jwt of STSSessionToken apps\/session out$/,
    ],
    ['with an empty jwt is refused alike', { auth: { ...keys, jwt: {} } }, /^jwt auth cannot be used/],
    [
      'with a role is refused before AWS refuses it for ever',
      { role: 'arn:aws:iam::123456789012:role/puller' },
      /^spec\.role of STSSessionToken apps\/session cannot work: AWS gives a session token to the long-lived keys of a user only/,
    ],
    [
      'for longer than AWS gives one is refused',
      { requestParameters: { sessionDuration: 129_601 } },
      /a sessionDuration of 129601 is not to be had: AWS gives 900 to 129600 seconds$/,
    ],
    [
      'for shorter than AWS gives one is refused',
      { requestParameters: { sessionDuration: 60 } },
      /a sessionDuration of 60 is not to be had/,
    ],
    [
      'with a device and no code is refused',
      { requestParameters: { serialNumber: 'GAHT12345678' } },
      /serialNumber and tokenCode are of use together only$/,
    ],
    [
      'with a code that is none is refused without repeating it',
      { requestParameters: { serialNumber: 'GAHT12345678', tokenCode: 'hunter2' } },
      /tokenCode is not the six digits that an MFA device shows$/,
    ],
    [
      'that says something of the wrong type names the field',
      { requestParameters: { sessionDuration: '1h' } },
      /^unable to parse spec: spec\.requestParameters\.sessionDuration: .* \(correct STSSessionToken apps\/session\)$/,
    ],
    [
      'of a region that cannot be one says so',
      { region: 'eu west 1' },
      /^spec\.region "eu west 1" of STSSessionToken apps\/session is no AWS region/,
    ],
  ]
  for (const [name, spec, message] of rows) {
    test(name, () => {
      const fault = refused(spec, aServiceAccount('puller', { 'eks.amazonaws.com/role-arn': 'arn' }))
      assert.equal(fault.code, 'reference-invalid')
      assert.match(fault.message, message)
    })
  }
})
