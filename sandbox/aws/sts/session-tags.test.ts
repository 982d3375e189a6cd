// This file is about tests of session tags and of roles that are assumed one after another.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { type Keys, keysOf, type TestAws, testAws } from '../aws-fixture.ts'

const Tags = [{ Key: 'team', Value: 'payments' }]
const assume = (
  { sts }: TestAws,
  keys: Keys,
  RoleArn: string,
  input: Partial<AssumeRoleCommandInput> = {},
): Promise<AssumeRoleCommandOutput> =>
  sts(keys).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session', ...input }))

test('a role that asks for a tag is assumed with it only', async (t) => {
  const w = await testAws(t)
  const { roleArn } = w.demo.roles.tagged
  await assume(w, w.demo.bot, roleArn, { Tags })
  await assert.rejects(assume(w, w.demo.bot, roleArn), { name: 'AccessDenied' })
  const others = [{ Key: 'team', Value: 'sales' }]
  await assert.rejects(assume(w, w.demo.bot, roleArn, { Tags: others }), { name: 'AccessDenied' })
})

test('tagging takes a right of its own', async (t) => {
  const w = await testAws(t)
  await assert.rejects(assume(w, w.demo.bot, w.demo.roles.reader.roleArn, { Tags }), {
    name: 'AccessDenied',
    message:
      'User: arn:aws:iam::123456789012:user/ecr-bot is not authorized to perform: sts:TagSession on resource: arn:aws:iam::123456789012:role/ecr-reader',
  })
})

test('a tag of the session is a condition of what it may do, in sessions after it too where it is transitive', async (t) => {
  const w = await testAws(t)
  const { tagged, reader } = w.demo.roles
  const may = {
    Statement: {
      Effect: 'Allow',
      Action: 'ecr:DescribeRepositories',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'payments' } },
    },
  } as const
  for (const role of [tagged, reader]) w.aws.iam.putPolicy(role.roleArn, 'ecr', may)
  w.aws.iam.setTrust(reader.roleArn, {
    Statement: { Effect: 'Allow', Principal: { AWS: tagged.roleArn }, Action: 'sts:AssumeRole' },
  })
  const describe = (keys: Keys): Promise<unknown> => w.ecr(keys).send(new DescribeRepositoriesCommand({}))
  for (const TransitiveTagKeys of [[], ['team']]) {
    const first = keysOf(
      (await assume(w, w.demo.bot, tagged.roleArn, { Tags, TransitiveTagKeys })).Credentials,
    )
    await describe(first)
    const second = keysOf((await assume(w, first, reader.roleArn)).Credentials)
    if (TransitiveTagKeys.length > 0) await describe(second)
    else await assert.rejects(describe(second), { name: 'AccessDeniedException' })
  }
})

const refusals: Record<string, { input: Partial<AssumeRoleCommandInput>; name: string }> = {
  'two tags of one key are refused, whatever its case': {
    input: { Tags: [...Tags, { Key: 'Team', Value: 'x' }] },
    name: 'InvalidParameterValue',
  },
  'a key that AWS reserves is refused': {
    input: { Tags: [{ Key: 'aws:team', Value: 'x' }] },
    name: 'InvalidParameterValue',
  },
  'a transitive key without its tag is refused': {
    input: { Tags, TransitiveTagKeys: ['other'] },
    name: 'InvalidParameterValue',
  },
  'a value of 257 characters is refused': {
    input: { Tags: [{ Key: 'team', Value: 'x'.repeat(257) }] },
    name: 'ValidationError',
  },
  'fifty-one tags are refused': {
    input: { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: 'x' })) },
    name: 'ValidationError',
  },
  'tags that take too much room are refused': {
    input: {
      Tags: Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: randomBytes(100).toString('hex') })),
    },
    name: 'PackedPolicyTooLargeException',
  },
  'an external id with a space is refused': { input: { ExternalId: 'a b' }, name: 'ValidationError' },
  'an external id of one character is refused': { input: { ExternalId: 'a' }, name: 'ValidationError' },
}

for (const [name, { input, ...error }] of Object.entries(refusals)) {
  test(name, async (t) => {
    const w = await testAws(t)
    await assert.rejects(assume(w, w.demo.bot, w.demo.roles.tagged.roleArn, input), error)
  })
}

test("another account's role takes its external id and no other", async (t) => {
  const w = await testAws(t)
  const { roleArn, externalId } = w.demo.roles.partnerReader
  const { Credentials } = await assume(w, w.demo.bot, roleArn, { ExternalId: externalId })
  const me = await w.sts(keysOf(Credentials)).send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, 'arn:aws:sts::210987654321:assumed-role/partner-reader/session')
  for (const input of [{}, { ExternalId: 'guess' }])
    await assert.rejects(assume(w, w.demo.bot, roleArn, input), { name: 'AccessDenied' })
  await assert.rejects(assume(w, w.demo.publisher, roleArn, { ExternalId: externalId }), {
    name: 'AccessDenied',
  })
})

test('reader and pusher assume each other, and the reader itself', async (t) => {
  const w = await testAws(t)
  const { reader, pusher } = w.demo.roles
  for (const chain of [
    [reader, pusher],
    [pusher, reader],
    [reader, reader],
  ]) {
    let keys: Keys = w.demo.bot
    for (const { roleArn } of chain) keys = keysOf((await assume(w, keys, roleArn)).Credentials)
    await w.login(keys)
  }
  const first = keysOf((await assume(w, w.demo.bot, pusher.roleArn)).Credentials)
  await assert.rejects(assume(w, first, pusher.roleArn), { name: 'AccessDenied' })
})

test("a role of GovCloud's partition is told by its own ARN", async (t) => {
  const w = await testAws(t)
  const { Credentials } = await assume(w, w.demo.bot, w.demo.roles.govReader.roleArn)
  const me = await w.sts(keysOf(Credentials), 'us-gov-west-1').send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, 'arn:aws-us-gov:sts::123456789012:assumed-role/ecr-reader/session')
  await w.login(keysOf(Credentials), 'us-gov-west-1')
})
