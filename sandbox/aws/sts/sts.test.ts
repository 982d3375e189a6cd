// This file is about tests of STS, judged by the SDK's client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { keysOf, testAws } from '../aws-fixture.ts'
import type { PolicyDocument } from '../iam/policy-document.ts'
import { testIssuer } from './issuer-fixture.ts'

const ACCOUNT = '123456789012'
const trusting = (...principals: string[]): PolicyDocument => ({
  Statement: { Effect: 'Allow', Principal: { AWS: principals }, Action: 'sts:AssumeRole' },
})

test('a user is told who it is', async (t) => {
  const { demo, sts } = await testAws(t)
  const me = await sts(demo.bot).send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, `arn:aws:iam::${ACCOUNT}:user/ecr-bot`)
  assert.equal(me.Account, ACCOUNT)
  assert.match(me.UserId ?? '', /^AIDA[A-Z2-7]{16}$/)
})

test('a role session acts as the role', async (t) => {
  const { demo, sts, ecr } = await testAws(t)
  const input = {
    RoleArn: demo.puller.roleArn,
    RoleSessionName: 'everpull',
    ExternalId: demo.puller.externalId,
  }
  const assumed = await sts(demo.bot).send(new AssumeRoleCommand(input))
  const keys = keysOf(assumed.Credentials)
  assert.match(keys.accessKeyId, /^ASIA/)
  const me = await sts(keys).send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/ecr-puller/everpull`)
  const login = await ecr(keys).send(new GetAuthorizationTokenCommand({}))
  assert.ok(login.authorizationData?.[0]?.authorizationToken)
})

test('a session policy narrows the session', async (t) => {
  const { demo, sts, ecr } = await testAws(t)
  const Policy = JSON.stringify({ Statement: { Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' } })
  const assumed = await sts(demo.bot).send(
    new AssumeRoleCommand({ RoleArn: demo.puller.roleArn, RoleSessionName: 'narrow', Policy }),
  )
  await assert.rejects(ecr(keysOf(assumed.Credentials)).send(new GetAuthorizationTokenCommand({})), {
    name: 'AccessDeniedException',
    message: /no session policy/,
  })
})

const refusals: Record<
  string,
  { input: Partial<AssumeRoleCommandInput>; error: { name: string; message?: RegExp } }
> = {
  'a role that does not exist is refused like one that does not trust': {
    input: { RoleArn: `arn:aws:iam::${ACCOUNT}:role/nowhere` },
    error: {
      name: 'AccessDenied',
      message:
        /^User: arn:aws:iam::123456789012:user\/ecr-bot is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role\/nowhere$/,
    },
  },
  'a wrong external id is refused': { input: { ExternalId: 'guess' }, error: { name: 'AccessDenied' } },
  'less than 900 seconds is refused': {
    input: { DurationSeconds: 899 },
    error: { name: 'ValidationError', message: /greater than or equal to 900/ },
  },
  "more than the role's maximum is refused": {
    input: { RoleArn: `arn:aws:iam::${ACCOUNT}:role/short`, DurationSeconds: 3601 },
    error: { name: 'ValidationError', message: /exceeds the MaxSessionDuration set for this role/ },
  },
  'a session name with a space is refused': {
    input: { RoleSessionName: 'a b' },
    error: { name: 'ValidationError', message: /roleSessionName/ },
  },
  'an ARN that is none is refused': {
    input: { RoleArn: 'role/ecr-puller-and-more' },
    error: { name: 'ValidationError' },
  },
  'a session policy that is no JSON is refused': {
    input: { Policy: '{' },
    error: { name: 'MalformedPolicyDocumentException' },
  },
}

for (const [name, { input, error }] of Object.entries(refusals)) {
  test(name, async (t) => {
    const { aws, demo, sts } = await testAws(t)
    aws.iam.createRole({ account: ACCOUNT, name: 'short', trust: trusting(demo.bot.arn) })
    const asked = { RoleArn: demo.puller.roleArn, RoleSessionName: 's', ...input }
    const whole = { ...asked, RoleSessionName: input.RoleSessionName ?? 'session' }
    await assert.rejects(sts(demo.bot).send(new AssumeRoleCommand(whole)), error)
  })
}

test('a chained session lasts an hour at most', async (t) => {
  const { aws, demo, sts } = await testAws(t)
  const far = aws.iam.createRole({
    account: ACCOUNT,
    name: 'far',
    trust: trusting(demo.puller.roleArn),
    maxSessionSeconds: 43_200,
  })
  const first = await sts(demo.bot).send(
    new AssumeRoleCommand({
      RoleArn: demo.puller.roleArn,
      RoleSessionName: 'first',
      DurationSeconds: 43_200,
    }),
  )
  const chained = sts(keysOf(first.Credentials))
  const input = { RoleArn: far.arn, RoleSessionName: 'second' }
  await assert.rejects(chained.send(new AssumeRoleCommand({ ...input, DurationSeconds: 3601 })), {
    name: 'ValidationError',
    message:
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  })
  const second = await chained.send(new AssumeRoleCommand({ ...input, DurationSeconds: 3600 }))
  const me = await sts(keysOf(second.Credentials)).send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/far/second`)
})

test('a role cannot assume itself unless it says so', async (t) => {
  const { aws, demo, sts } = await testAws(t)
  const role = aws.iam.createRole({ account: ACCOUNT, name: 'selfish', trust: trusting(demo.bot.arn) })
  const input = { RoleArn: role.arn, RoleSessionName: 'once' }
  const first = await sts(demo.bot).send(new AssumeRoleCommand(input))
  const again = sts(keysOf(first.Credentials))
  await assert.rejects(again.send(new AssumeRoleCommand(input)), { name: 'AccessDenied' })
  aws.iam.setTrust(role.arn, trusting(demo.bot.arn, role.arn))
  await again.send(new AssumeRoleCommand(input))
})

test('a role that trusts the account needs the caller to be allowed as well', async (t) => {
  const { aws, demo, sts } = await testAws(t)
  const root = trusting(`arn:aws:iam::${ACCOUNT}:root`)
  const role = aws.iam.createRole({ account: ACCOUNT, name: 'by-account', trust: root })
  const input = { RoleArn: role.arn, RoleSessionName: 'session' }
  await assert.rejects(sts(demo.bot).send(new AssumeRoleCommand(input)), { name: 'AccessDenied' })
  aws.iam.putPolicy(demo.bot.arn, 'assume', {
    Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role.arn },
  })
  await sts(demo.bot).send(new AssumeRoleCommand(input))
})

test('a session token of a user cannot get another', async (t) => {
  const { demo, sts } = await testAws(t)
  const first = await sts(demo.bot).send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
  const session = sts(keysOf(first.Credentials))
  const me = await session.send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, demo.bot.arn)
  await assert.rejects(session.send(new GetSessionTokenCommand({})), { name: 'AccessDenied' })
})

test('an MFA code is taken once, and only with the device that shows it', async (t) => {
  const { demo, sts } = await testAws(t)
  const ask = (SerialNumber: string | undefined, TokenCode: string | undefined) =>
    sts(demo.bot).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }))
  const refused = { name: 'AccessDenied', message: /MultiFactorAuthentication failed/ }
  await ask('GAHT12345678', '123456')
  await assert.rejects(ask('GAHT12345678', '123456'), refused)
  await assert.rejects(ask(undefined, '654321'), refused)
  await assert.rejects(ask('GAHT12345678', undefined), refused)
  await ask('GAHT12345678', '654321')
})

for (const algorithm of ['RS256', 'ES256'] as const) {
  test(`a service account's ${algorithm} token is exchanged for the role that trusts it`, async (t) => {
    const issuer = testIssuer({ algorithm })
    const { demo, sts } = await testAws(t, { oidcProviders: [issuer.provider] })
    const assumed = await sts({ accessKeyId: 'none', secretAccessKey: 'none' }).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: demo.puller.roleArn,
        RoleSessionName: 'pod',
        WebIdentityToken: issuer.token(),
      }),
    )
    assert.equal(assumed.SubjectFromWebIdentityToken, 'system:serviceaccount:apps:puller')
    const me = await sts(keysOf(assumed.Credentials)).send(new GetCallerIdentityCommand({}))
    assert.equal(me.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/ecr-puller/pod`)
  })
}

const issuer = testIssuer()
const past = Math.floor(Date.now() / 1000) - 3600
const tokenRefusals: Record<string, { token: string; error: { name: string; message?: RegExp } }> = {
  'an expired token is refused': {
    token: issuer.token({ exp: past }),
    error: { name: 'ExpiredTokenException', message: /^Token expired: current date\/time/ },
  },
  'a token for another audience is refused': {
    token: issuer.token({ aud: ['kubernetes'] }),
    error: { name: 'InvalidIdentityTokenException', message: /^Incorrect token audience$/ },
  },
  'a token of an unknown issuer is refused': {
    token: testIssuer({ issuer: 'https://127.0.0.1:1' }).token(),
    error: {
      name: 'InvalidIdentityTokenException',
      message: /^No OpenIDConnect provider found in your account for https:\/\/127.0.0.1:1$/,
    },
  },
  "a token signed with another's key is refused": {
    token: testIssuer().token(),
    error: { name: 'InvalidIdentityTokenException', message: /could not be validated/ },
  },
  'what is no JWT is refused': {
    token: 'not-a-token-at-all',
    error: { name: 'InvalidIdentityTokenException' },
  },
  'a subject that the role does not trust is refused': {
    token: issuer.token({ sub: 'system:user:eve' }),
    error: { name: 'AccessDenied', message: /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/ },
  },
}

for (const [name, { token, error }] of Object.entries(tokenRefusals)) {
  test(name, async (t) => {
    const { demo, sts } = await testAws(t, { oidcProviders: [issuer.provider] })
    const input = { RoleArn: demo.puller.roleArn, RoleSessionName: 'pod', WebIdentityToken: token }
    const asked = sts({ accessKeyId: 'none', secretAccessKey: 'none' }).send(
      new AssumeRoleWithWebIdentityCommand(input),
    )
    await assert.rejects(asked, error)
  })
}

test('an issuer whose keys cannot be had is told from a bad token', async (t) => {
  const provider = { ...issuer.provider, fetchJwks: () => Promise.reject(new Error('down')) }
  const { demo, sts } = await testAws(t, { oidcProviders: [provider] })
  const input = { RoleArn: demo.puller.roleArn, RoleSessionName: 'pod', WebIdentityToken: issuer.token() }
  const asked = sts({ accessKeyId: 'none', secretAccessKey: 'none' }).send(
    new AssumeRoleWithWebIdentityCommand(input),
  )
  await assert.rejects(asked, { name: 'IDPCommunicationErrorException' })
})
