// This file is about the whole way of a generator, from its manifest to the values in the Secret, with an AWS that answers what it is told to.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { openAws } from '../../src/aws/connection.ts'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import { aResource } from '../../src/dialects/fixtures/world.ts'
import {
  aGenerator,
  anExternalSecret,
  aSecret,
  aServiceAccount,
  aWorld,
  generatorRef,
} from '../../src/dialects/external-secrets/fixtures/resources.ts'
import { translate } from '../../src/dialects/external-secrets/translate.ts'
import { renderKeyValues } from '../../src/engine/render/key-values.ts'
import type { Fault } from '../../src/model/fault.ts'
import type { Resource } from '../../src/model/resource.ts'
import { type AwsLogins, awsLogins } from '../../src/operator/adapters/logins.ts'
import { ALLOW_ALL, never, secretsInMemory, type SecretsInMemory } from '../support/aws-logins.ts'

/** The year 2100: told by AWS, and no business of ours. */
const EXPIRY = 4_102_444_800
const base64 = (value: string): string => Buffer.from(value).toString('base64')
const privateToken = { authorizationToken: base64('uuser:pass'), proxyEndpoint: 'foo', expiresAt: EXPIRY }

/** What each operation was asked by, in order. */
const asked: { operation: string; accessKeyId: string; region: string; body: string }[] = []
let tokens: readonly object[] = [privateToken]

const credentials = (id: string): string =>
  `<Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${id}-secret</SecretAccessKey><SessionToken>${id}-token</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>`
const answerOf = (operation: string): string =>
  `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result>${credentials(`ASIA${operation}`)}</${operation}Result></${operation}Response>`

function answer(operation: string, target: string): string {
  if (operation !== 'GetAuthorizationToken') return answerOf(operation)
  return target.startsWith('Spencer')
    ? JSON.stringify({
        authorizationData: { authorizationToken: base64('pubuser:pubpass'), expiresAt: EXPIRY },
      })
    : JSON.stringify({ authorizationData: tokens })
}

async function note(request: IncomingMessage): Promise<readonly [operation: string, target: string]> {
  const body = await text(request)
  const target = String(request.headers['x-amz-target'] ?? '')
  const operation = target.split('.')[1] ?? new URLSearchParams(body).get('Action') ?? ''
  const scope = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')
  asked.push({ operation, accessKeyId: scope?.[1] ?? '', region: scope?.[2] ?? '', body })
  return [operation, target]
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [operation, target] = await note(request)
  const type = target === '' ? 'text/xml' : 'application/x-amz-json-1.1'
  response.writeHead(200, { 'content-type': type }).end(answer(operation, target))
}

const server: Server = createServer((request, response) => void respond(request, response))

let secrets: SecretsInMemory
let logins: AwsLogins
let close = (): void => {}

before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const url = `http://127.0.0.1:${address.port}`
  const aws = openAws({
    proxyEnv: {},
    endpoints: { ecr: url, ecrPublic: url, sts: url },
    environment: { HOME: tmpdir() },
    log: silentLog,
  })
  secrets = secretsInMemory()
  secrets.put({ namespace: 'apps', name: 'keys' }, { id: 'AKIAFROMSECRET', key: 'a-secret-key' })
  const stand = { request: async () => new SecretText('FAKETOKEN') }
  logins = awsLogins({ aws, secrets, tokens: stand, policy: ALLOW_ALL, clock: systemClock })
  close = () => aws.close()
})
after(() => {
  close()
  server.close()
})

const ROLE = 'arn:aws:iam::123456789012:role/puller'
const named = (name: string, keys: readonly [string, string] = ['id', 'key'], more: object = {}) => ({
  secretRef: {
    accessKeyIDSecretRef: { name, key: keys[0], ...more },
    secretAccessKeySecretRef: { name, key: keys[1], ...more },
  },
})

/** The values an ExternalSecret of that generator would get, or why it gets none. */
async function valuesOf(
  generator: Resource,
  ...others: Resource[]
): Promise<Readonly<Record<string, string>> | Fault> {
  const { kind, name } = generator.ref
  const object = anExternalSecret({ dataFrom: [generatorRef(name, { kind })] })
  const present = [generator, aSecret('keys'), aSecret('keys', 'evil'), ...others]
  const translation = translate(object, aWorld(present))
  if (translation.is !== 'order') return translation.fault
  const [delivery] = translation.deliveries
  const [want] = delivery?.logins ?? []
  assert.ok(delivery?.shape.is === 'key-values' && want !== undefined)
  const minted = await logins.mint(want.identity, want.scope, never)
  if (minted.is === 'fault') return minted
  const data = renderKeyValues(delivery.shape, [minted.login])
  return 'is' in data ? data : Object.fromEntries([...data].map(([key, value]) => [key, String(value)]))
}

const messageOf = (found: Readonly<Record<string, string>> | Fault): string => found['message'] ?? ''

const sessionGenerator = (spec: object): Resource =>
  aResource(
    { group: 'generators.external-secrets.io', kind: 'STSSessionToken', namespace: 'apps', name: 'sts' },
    { apiVersion: 'generators.external-secrets.io/v1alpha1', spec },
  )

describe('a generator whose every field is given', () => {
  test('gives user, password, endpoint and expiry of private ECR as AWS tells them', async () => {
    asked.length = 0
    const generator = aGenerator({ region: 'eu-west-1', role: ROLE, scope: 'private', auth: named('keys') })
    assert.deepEqual(await valuesOf(generator), {
      username: 'uuser',
      password: 'pass',
      proxy_endpoint: 'foo',
      expires_at: String(EXPIRY),
    })
    assert.deepEqual(
      asked.map(({ operation, accessKeyId, region }) => [operation, accessKeyId, region]),
      [
        ['AssumeRole', 'AKIAFROMSECRET', 'eu-west-1'],
        ['GetAuthorizationToken', 'ASIAAssumeRole', 'eu-west-1'],
      ],
    )
    assert.equal(asked[1]?.body, '{}', 'no registryIds are asked for')
  })

  test('gives no endpoint of ECR Public', async () => {
    const generator = aGenerator({ region: 'us-east-1', role: ROLE, scope: 'public', auth: named('keys') })
    assert.deepEqual(await valuesOf(generator), {
      username: 'pubuser',
      password: 'pubpass',
      expires_at: String(EXPIRY),
    })
  })

  test('gives the four values of a session', async () => {
    asked.length = 0
    const requestParameters = { sessionDuration: 1800, serialNumber: 'GAHT12345678', tokenCode: '123456' }
    const generator = sessionGenerator({ region: 'eu-west-1', auth: named('keys'), requestParameters })
    assert.deepEqual(await valuesOf(generator), {
      access_key_id: 'ASIAGetSessionToken',
      secret_access_key: 'ASIAGetSessionToken-secret',
      session_token: 'ASIAGetSessionToken-token',
      expiration: String(EXPIRY),
    })
    const parameters = new URLSearchParams(asked[0]?.body)
    assert.deepEqual(
      ['DurationSeconds', 'SerialNumber', 'TokenCode'].map((name) => parameters.get(name)),
      ['1800', 'GAHT12345678', '123456'],
    )
  })

  test('with both jwt and keys looks the service account up, and asks with the keys', async () => {
    asked.length = 0
    const jwt = { serviceAccountRef: { name: 'puller' } }
    const generator = aGenerator({ auth: { ...named('keys'), jwt } })
    const absent = await valuesOf(generator)
    assert.match(messageOf(absent), /^serviceaccounts "puller" not found/)
    const account = aServiceAccount('puller', { 'eks.amazonaws.com/role-arn': ROLE })
    assert.equal(((await valuesOf(generator, account)) as Record<string, string>)['username'], 'uuser')
    assert.deepEqual(
      asked.map(({ operation, accessKeyId }) => [operation, accessKeyId]),
      [['GetAuthorizationToken', 'AKIAFROMSECRET']],
    )
  })

  test('with jwt alone exchanges the token it is given', async () => {
    asked.length = 0
    const generator = aGenerator({ auth: { jwt: { serviceAccountRef: { name: 'puller' } } } })
    await valuesOf(generator, aServiceAccount('puller', { 'eks.amazonaws.com/role-arn': ROLE }))
    const parameters = new URLSearchParams(asked[0]?.body)
    assert.deepEqual(
      ['Action', 'RoleArn', 'RoleSessionName', 'WebIdentityToken'].map((name) => parameters.get(name)),
      ['AssumeRoleWithWebIdentity', ROLE, 'external-secrets-provider-aws', 'FAKETOKEN'],
    )
    assert.equal(asked[1]?.accessKeyId, 'ASIAAssumeRoleWithWebIdentity')
  })
})

describe('a generator that cannot be used', () => {
  const rows: readonly (readonly [string, Resource, RegExp])[] = [
    ['without a spec', { ...aGenerator(), spec: undefined }, /^unable to parse spec: spec\.region: /],
    [
      'of sessions without a spec',
      { ...sessionGenerator({}), spec: undefined },
      /^unable to parse spec: spec\.region: /,
    ],
    ['whose spec is no object', { ...aGenerator(), spec: 'region' }, /^unable to parse spec: /],
    [
      'whose Secret is absent',
      aGenerator({ auth: named('othersecret') }),
      /^could not fetch SecretAccessKey secret: cannot get Kubernetes secret "othersecret" from namespace "apps": secrets "othersecret" not found/,
    ],
    [
      'whose Secret lacks the key',
      aGenerator({ auth: named('keys', ['one', 'two']) }),
      /^could not fetch SecretAccessKey secret: cannot find secret data for key: "two"/,
    ],
    [
      'whose Secret is in another namespace only',
      aGenerator({ auth: named('elsewhere', ['id', 'key'], { namespace: 'evil' }) }),
      /cannot get Kubernetes secret "elsewhere" from namespace "apps": secrets "elsewhere" not found/,
    ],
  ]
  for (const [name, generator, says] of rows) {
    test(`${name} says so`, async () => {
      assert.match(messageOf(await valuesOf(generator, aSecret('elsewhere', 'evil'))), says)
    })
  }

  test('is one of whose tokens AWS gives two, or none', async () => {
    const generator = aGenerator({ auth: named('keys') })
    for (const given of [[privateToken, privateToken], []]) {
      tokens = given
      const said = messageOf(await valuesOf(generator))
      assert.match(
        said,
        new RegExp(`unexpected number of authorization tokens\\. expected 1, found ${given.length}`),
      )
    }
    tokens = [{ ...privateToken, authorizationToken: base64('no colon') }]
    assert.match(messageOf(await valuesOf(generator)), /unexpected token format/)
    tokens = [privateToken]
  })
})
