// This file is about testing the session policy that narrows a login.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { HOST, OTHER_HOST } from './fixtures/resources.ts'
import { readRegistries } from './registries.ts'
import type { RegistryFields } from './registry-schema.ts'
import { sessionPolicy } from './session-policy.ts'

const document = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.object({
      Effect: z.literal('Allow'),
      Action: z.array(z.string()),
      Resource: z.union([z.string(), z.array(z.string())]),
    }),
  ),
})

const statements = (access: 'pull' | 'push', given: readonly RegistryFields[]) =>
  document.parse(JSON.parse(sessionPolicy(access, readRegistries(given).registries))).Statement

describe('a session policy', () => {
  test('lets a login be minted, which no resource narrows, and images be pulled from the registries named', () => {
    const [token, pull, ...rest] = statements('pull', [{ host: HOST }, { host: OTHER_HOST }])
    assert.deepEqual(token, { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' })
    assert.ok(pull?.Action.includes('ecr:BatchGetImage') && !pull.Action.includes('ecr:PutImage'))
    assert.deepEqual(pull?.Resource, [
      'arn:aws:ecr:eu-west-1:123456789012:repository/*',
      'arn:aws:ecr:us-east-1:123456789012:repository/*',
    ])
    assert.deepEqual(rest, [])
  })

  test('for pushing lets images be pulled too', () => {
    const [, push] = statements('push', [{ host: HOST }])
    for (const action of ['ecr:BatchGetImage', 'ecr:PutImage', 'ecr:InitiateLayerUpload']) {
      assert.ok(push?.Action.includes(action), action)
    }
  })

  test('is of the partition of its registries', () => {
    const [, pull] = statements('pull', [{ account: '123456789012', region: 'cn-north-1' }])
    assert.deepEqual(pull?.Resource, ['arn:aws-cn:ecr:cn-north-1:123456789012:repository/*'])
  })

  test('knows no account behind an alias', () => {
    const [, pull] = statements('pull', [{ host: 'ecr.corp.example', region: 'us-east-1' }])
    assert.deepEqual(pull?.Resource, ['arn:aws:ecr:us-east-1:*:repository/*'])
  })

  test('allows nothing beyond the login for pulling from ECR Public, as everybody may', () => {
    const [token, ...rest] = statements('pull', [{ public: true }])
    assert.deepEqual(token?.Action, ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'])
    assert.deepEqual(rest, [])
    assert.equal(statements('push', [{ public: true }]).length, 2)
  })

  test('is one text for the same registries in whatever order', () => {
    const policy = (...hosts: readonly string[]) =>
      sessionPolicy('pull', readRegistries(hosts.map((host) => ({ host }))).registries)
    assert.equal(policy(HOST, OTHER_HOST), policy(OTHER_HOST, HOST))
  })
})
