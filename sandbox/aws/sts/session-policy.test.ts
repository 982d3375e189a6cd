// This file is about tests of session policies: what they take from a session, everywhere it goes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DescribeRepositoriesCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  type AssumeRoleCommandOutput,
  AssumeRoleWithWebIdentityCommand,
} from '@aws-sdk/client-sts'
import { keysOf, type TestAws, testAws } from '../aws-fixture.ts'
import type { PolicyDocument, Statement } from '../iam/policy-document.ts'
import { testIssuer } from './issuer-fixture.ts'

const repository = 'arn:aws:ecr:us-west-1:123456789012:repository/apps/demo'
const allow = (Action: string[], Resource = '*'): Statement => ({ Effect: 'Allow', Action, Resource })
const policy = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })
const LOGIN = allow(['ecr:GetAuthorizationToken'])

const assume = (
  { sts, demo }: TestAws,
  input: Partial<AssumeRoleCommandInput>,
): Promise<AssumeRoleCommandOutput> =>
  sts(demo.bot).send(
    new AssumeRoleCommand({ RoleArn: demo.roles.pusher.roleArn, RoleSessionName: 'session', ...input }),
  )

interface TokenCase {
  readonly policy: PolicyDocument
  readonly actions: readonly (readonly string[])[]
  readonly expected: 'allowed' | RegExp
}
const tokenCases: Record<string, TokenCase> = {
  'a token opens what both the role and its session policy allow': {
    policy: policy(LOGIN, allow(['ecr:BatchGetImage'], repository)),
    actions: [['ecr:BatchGetImage']],
    expected: 'allowed',
  },
  'a token does not open what its session policy leaves out': {
    policy: policy(LOGIN, allow(['ecr:BatchGetImage'], repository)),
    actions: [['ecr:InitiateLayerUpload']],
    expected: /because no session policy allows the ecr:InitiateLayerUpload action$/,
  },
  'a token does not open repositories that its session policy does not name': {
    policy: policy(LOGIN, allow(['ecr:*'], `${repository}-2`)),
    actions: [['ecr:BatchGetImage']],
    expected: /because no session policy allows the ecr:BatchGetImage action$/,
  },
  'a token does not open what only its session policy allows': {
    policy: policy(allow(['*'])),
    actions: [['ecr:DeleteRepository']],
    expected: /because no identity-based policy allows the ecr:DeleteRepository action$/,
  },
}

for (const [name, { policy: narrow, actions, expected }] of Object.entries(tokenCases)) {
  test(name, async (t) => {
    const w = await testAws(t)
    const { Credentials } = await assume(w, { Policy: JSON.stringify(narrow) })
    const verdict = await w.aws.tokens.authorize({
      service: 'ecr',
      account: '123456789012',
      region: 'us-west-1',
      repository: 'apps/demo',
      password: await w.login(keysOf(Credentials)),
      actions,
    })
    if (expected === 'allowed') assert.equal(verdict.is, 'allowed')
    else assert.match(verdict.is === 'denied' ? verdict.because : verdict.is, expected)
  })
}

test("a web identity's session is narrowed alike", async (t) => {
  const issuer = testIssuer()
  const w = await testAws(t, { oidcProviders: [issuer.provider] })
  const { Credentials, PackedPolicySize } = await w
    .sts({ accessKeyId: 'none', secretAccessKey: 'none' })
    .send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: w.demo.puller.roleArn,
        RoleSessionName: 'pod',
        WebIdentityToken: issuer.token(),
        Policy: JSON.stringify(policy(LOGIN)),
      }),
    )
  assert.ok((PackedPolicySize ?? 0) > 0)
  await w.login(keysOf(Credentials))
  await assert.rejects(w.ecr(keysOf(Credentials)).send(new DescribeRepositoriesCommand({})), {
    name: 'AccessDeniedException',
    message: /because no session policy allows the ecr:DescribeRepositories action$/,
  })
})

test('a narrowed session assumes no role that its policy leaves out', async (t) => {
  const w = await testAws(t)
  const { reader, pusher } = w.demo.roles
  const chain = async (Policy: PolicyDocument): Promise<unknown> => {
    const first = await assume(w, { RoleArn: reader.roleArn, Policy: JSON.stringify(Policy) })
    const next = new AssumeRoleCommand({ RoleArn: pusher.roleArn, RoleSessionName: 'next' })
    return w.sts(keysOf(first.Credentials)).send(next)
  }
  await chain(policy(allow(['sts:AssumeRole'], pusher.roleArn)))
  await assert.rejects(chain(policy(LOGIN)), { name: 'AccessDenied' })
})

test('managed policies narrow by their ARN, and together with a policy in place either allows', async (t) => {
  const w = await testAws(t)
  const PolicyArns = [{ arn: 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly' }]
  const narrow = keysOf((await assume(w, { PolicyArns })).Credentials)
  await w.login(narrow)
  await assert.rejects(w.ecr(narrow).send(new DescribeRepositoriesCommand({})), {
    name: 'AccessDeniedException',
  })
  const Policy = JSON.stringify(policy(allow(['ecr:DescribeRepositories'])))
  const wider = keysOf((await assume(w, { PolicyArns, Policy })).Credentials)
  await w.login(wider)
  await w.ecr(wider).send(new DescribeRepositoriesCommand({}))
})

const statement = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' }
const long = (count: number, part: (n: number) => string): string =>
  JSON.stringify(policy(allow(Array.from({ length: count }, (_, n) => `ecr:${part(n)}`))))
const refusals: Record<string, { input: Partial<AssumeRoleCommandInput>; name: string; message?: RegExp }> = {
  'a session policy that is no JSON is malformed': {
    input: { Policy: '{' },
    name: 'MalformedPolicyDocumentException',
  },
  'a session policy that names a principal is malformed': {
    input: { Policy: JSON.stringify({ Statement: { ...statement, Principal: '*' } }) },
    name: 'MalformedPolicyDocumentException',
    message: /should not specify a principal/,
  },
  'a session policy with an action of no service is malformed': {
    input: { Policy: JSON.stringify({ Statement: { ...statement, Action: 'BatchGetImage' } }) },
    name: 'MalformedPolicyDocumentException',
    message: /must be prefaced by a vendor/,
  },
  'a session policy with a resource that is no ARN is malformed': {
    input: { Policy: JSON.stringify({ Statement: { ...statement, Resource: 'apps/demo' } }) },
    name: 'MalformedPolicyDocumentException',
    message: /Resource apps\/demo must be in ARN format or "\*"/,
  },
  'a session policy with a member of no meaning is malformed': {
    input: { Policy: JSON.stringify({ Statement: { ...statement, Actions: 'ecr:*' } }) },
    name: 'MalformedPolicyDocumentException',
  },
  'a session policy of a version that is none is malformed': {
    input: { Policy: JSON.stringify({ Version: '2026-01-01', Statement: statement }) },
    name: 'MalformedPolicyDocumentException',
  },
  'a managed policy that does not exist is malformed': {
    input: { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/Nothing' }] },
    name: 'MalformedPolicyDocumentException',
  },
  'more than 2048 characters are too large': {
    input: { Policy: long(200, () => 'BatchGetImage') },
    name: 'PackedPolicyTooLargeException',
    message: /^Packed policy consumes \d{3}% of allotted space, please use smaller policy\.$/,
  },
}

for (const [name, { input, ...error }] of Object.entries(refusals))
  test(name, async (t) => assert.rejects(assume(await testAws(t), input), error))

test('the call log tells what sessions were asked for and what they are narrowed to', async (t) => {
  const w = await testAws(t)
  const narrow = policy(LOGIN)
  const { puller } = w.demo
  const { Credentials } = await assume(w, {
    RoleArn: puller.roleArn,
    ExternalId: puller.externalId,
    DurationSeconds: 900,
    Policy: JSON.stringify(narrow),
  })
  await w.ecr(keysOf(Credentials)).send(new GetAuthorizationTokenCommand({}))
  const [asked, minted] = w.aws.calls.list()
  assert.deepEqual(asked?.asks, {
    roleArn: puller.roleArn,
    sessionName: 'session',
    hasExternalId: true,
    seconds: 900,
    policy: JSON.stringify(narrow),
  })
  assert.equal(asked?.principal, w.demo.bot.arn)
  assert.equal(minted?.principal, 'arn:aws:sts::123456789012:assumed-role/ecr-puller/session')
  assert.deepEqual(minted?.sessionPolicies, [narrow])
  assert.equal(minted?.host, new URL(w.aws.url).host)
  const log = JSON.stringify(w.aws.calls.list())
  for (const { value } of w.aws.secrets()) assert.ok(!log.includes(value))
})
