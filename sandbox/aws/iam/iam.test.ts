// This file is about tests of IAM's own API, signed as its clients sign.
import assert from 'node:assert/strict'
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { test } from 'node:test'
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Keys, type TestAws, testAws } from '../aws-fixture.ts'

class Sha256 {
  readonly #hash: Hash | Hmac
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as Uint8Array)
  }
  update(data: Uint8Array): void {
    this.#hash.update(data)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {}
}

type Iam = (action: string, fields?: Record<string, string>) => Promise<{ status: number; text: string }>

/** A signed call of the query protocol. */
const iamClient =
  ({ aws }: TestAws, credentials: Keys): Iam =>
  async (Action, fields = {}) => {
    const body = new URLSearchParams({ Action, Version: '2010-05-08', ...fields }).toString()
    const { host } = new URL(aws.url)
    const signer = new SignatureV4({ service: 'iam', region: 'us-east-1', credentials, sha256: Sha256 })
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: host,
      path: '/',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
    const answer = await fetch(aws.url, { method: 'POST', headers, body })
    return { status: answer.status, text: await answer.text() }
  }

const member = (text: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''

const MINT = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
})

test('a user made step by step can mint a token', async (t) => {
  const w = await testAws(t)
  const iam = iamClient(w, w.demo.admin)
  const policy = await iam('CreatePolicy', { PolicyName: 'mint', PolicyDocument: MINT })
  await iam('CreateUser', { UserName: 'ada' })
  await iam('AttachUserPolicy', { UserName: 'ada', PolicyArn: member(policy.text, 'Arn') })
  const { text } = await iam('CreateAccessKey', { UserName: 'ada' })
  const keys = { accessKeyId: member(text, 'AccessKeyId'), secretAccessKey: member(text, 'SecretAccessKey') }
  await w.ecr(keys).send(new GetAuthorizationTokenCommand({}))
  await iam('DetachUserPolicy', { UserName: 'ada', PolicyArn: member(policy.text, 'Arn') })
  await assert.rejects(w.ecr(keys).send(new GetAuthorizationTokenCommand({})), {
    name: 'AccessDeniedException',
  })
})

test('a role made step by step can be assumed by whom it trusts', async (t) => {
  const w = await testAws(t)
  const iam = iamClient(w, w.demo.admin)
  const AssumeRolePolicyDocument = JSON.stringify({
    Statement: { Effect: 'Allow', Principal: { AWS: w.demo.bot.arn }, Action: 'sts:AssumeRole' },
  })
  const created = await iam('CreateRole', { RoleName: 'minter', AssumeRolePolicyDocument })
  assert.equal(created.status, 200)
  assert.equal(
    (await iam('PutRolePolicy', { RoleName: 'minter', PolicyName: 'mint', PolicyDocument: MINT })).status,
    200,
  )
  const input = { RoleArn: member(created.text, 'Arn'), RoleSessionName: 'session' }
  await w.sts(w.demo.bot).send(new AssumeRoleCommand(input))
})

test('a user has two keys at most, and each can be switched off', async (t) => {
  const w = await testAws(t)
  const iam = iamClient(w, w.demo.admin)
  await iam('CreateUser', { UserName: 'ada' })
  const first = await iam('CreateAccessKey', { UserName: 'ada' })
  await iam('CreateAccessKey', { UserName: 'ada' })
  const third = await iam('CreateAccessKey', { UserName: 'ada' })
  assert.equal(third.status, 409)
  assert.equal(member(third.text, 'Code'), 'LimitExceeded')
  const AccessKeyId = member(first.text, 'AccessKeyId')
  await iam('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' })
  assert.match((await iam('ListAccessKeys', { UserName: 'ada' })).text, /Inactive.*Active/)
  await iam('DeleteAccessKey', { AccessKeyId })
  assert.equal((await iam('CreateAccessKey', { UserName: 'ada' })).status, 200)
})

const refusals: Record<string, { action: string; fields?: Record<string, string>; code: string }> = {
  'a user that is there cannot be made again': {
    action: 'CreateUser',
    fields: { UserName: 'ecr-bot' },
    code: 'EntityAlreadyExists',
  },
  'a user that is not there cannot be shown': {
    action: 'GetUser',
    fields: { UserName: 'nobody' },
    code: 'NoSuchEntity',
  },
  'a policy without resources is malformed': {
    action: 'CreatePolicy',
    fields: { PolicyName: 'p', PolicyDocument: '{"Statement":{"Effect":"Allow","Action":"*"}}' },
    code: 'MalformedPolicyDocument',
  },
  'a trust policy without a principal is malformed': {
    action: 'CreateRole',
    fields: {
      RoleName: 'r',
      AssumeRolePolicyDocument: '{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}',
    },
    code: 'MalformedPolicyDocument',
  },
  'a trust policy of more than 2048 characters is refused': {
    action: 'CreateRole',
    fields: {
      RoleName: 'r',
      AssumeRolePolicyDocument: JSON.stringify({
        Statement: {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: {
            AWS: Array.from({ length: 50 }, (_, n) => `arn:aws:iam::123456789012:user/user-${n}`),
          },
        },
      }),
    },
    code: 'LimitExceeded',
  },
  'an operation that is none is told': { action: 'MakeCoffee', code: 'InvalidAction' },
}

for (const [name, { action, fields, code }] of Object.entries(refusals)) {
  test(name, async (t) => {
    const w = await testAws(t)
    assert.equal(member((await iamClient(w, w.demo.admin)(action, fields)).text, 'Code'), code)
  })
}

test('IAM is for those who may', async (t) => {
  const w = await testAws(t)
  const refused = await iamClient(w, w.demo.bot)('CreateUser', { UserName: 'ada' })
  assert.equal(refused.status, 403)
  assert.match(member(refused.text, 'Message'), /is not authorized to perform: iam:CreateUser/)
})
