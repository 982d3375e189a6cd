// This file is about tests of GetAuthorizationToken, judged by the SDK's clients.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { GetAuthorizationTokenCommand as GetPublicTokenCommand } from '@aws-sdk/client-ecr-public'
import { passwordOf, testAws } from '../aws-fixture.ts'

test('a token is base64 of AWS and a password of realistic size that carries its expiry', async (t) => {
  const { demo, ecr } = await testAws(t)
  const answer = await ecr(demo.bot).send(new GetAuthorizationTokenCommand({}))
  const [data] = answer.authorizationData ?? []
  assert.equal(data?.proxyEndpoint, 'https://123456789012.dkr.ecr.us-west-1.amazonaws.com')
  const pair = Buffer.from(data?.authorizationToken ?? '', 'base64').toString('utf8')
  assert.match(pair, /^AWS:[A-Za-z0-9+/=]{2200,2400}$/)
  const expiresAt = data?.expiresAt?.getTime() ?? 0
  assert.ok(Math.abs(expiresAt - Date.now() - 12 * 3_600_000) < 60_000)
  const envelope = JSON.parse(Buffer.from(pair.slice(4), 'base64').toString('utf8')) as Record<
    string,
    unknown
  >
  assert.equal(envelope['expiration'], Math.floor(expiresAt / 1000))
})

test('every call mints another token', async (t) => {
  const { demo, login } = await testAws(t)
  assert.notEqual(await login(demo.bot), await login(demo.bot))
})

test('each registry id asked for is answered', async (t) => {
  const { demo, ecr } = await testAws(t)
  const registryIds = ['111111111111', '222222222222']
  const answer = await ecr(demo.bot).send(new GetAuthorizationTokenCommand({ registryIds }))
  assert.deepEqual(
    answer.authorizationData?.map((d) => d.proxyEndpoint),
    registryIds.map((id) => `https://${id}.dkr.ecr.us-west-1.amazonaws.com`),
  )
  await assert.rejects(ecr(demo.bot).send(new GetAuthorizationTokenCommand({ registryIds: ['1'] })), {
    name: 'InvalidParameterException',
  })
})

test('a user without the action is told which policy is missing', async (t) => {
  const { aws, ecr } = await testAws(t)
  const user = aws.iam.createUser({ account: '123456789012', name: 'nobody' })
  const { id, secret } = aws.iam.createAccessKey(user.arn)
  await assert.rejects(
    ecr({ accessKeyId: id, secretAccessKey: secret }).send(new GetAuthorizationTokenCommand({})),
    {
      name: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action',
    },
  )
})

test('the expiry may be told wrongly or not at all', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  aws.changeSettings({ toldExpiry: '2015' })
  const old = await ecr(demo.bot).send(new GetAuthorizationTokenCommand({}))
  assert.equal(old.authorizationData?.[0]?.expiresAt?.getUTCFullYear(), 2015)
  aws.changeSettings({ toldExpiry: 'missing' })
  const silent = await ecr(demo.bot).send(new GetAuthorizationTokenCommand({}))
  assert.equal(silent.authorizationData?.[0]?.expiresAt, undefined)
})

test('the public service answers in us-east-1 only', async (t) => {
  const { demo, ecrPublic } = await testAws(t)
  const answer = await ecrPublic(demo.bot).send(new GetPublicTokenCommand({}))
  assert.ok(passwordOf(answer.authorizationData?.authorizationToken).length > 2000)
  assert.ok(answer.authorizationData?.expiresAt instanceof Date)
  await assert.rejects(ecrPublic(demo.bot, 'us-west-2').send(new GetPublicTokenCommand({})), {
    name: 'UnsupportedCommandException',
  })
})

test('the public service needs a bearer token of STS too', async (t) => {
  const { aws, demo, ecrPublic } = await testAws(t)
  aws.iam.putPolicy(demo.bot.arn, 'ecr-bot', {
    Statement: { Effect: 'Allow', Action: 'ecr-public:*', Resource: '*' },
  })
  await assert.rejects(ecrPublic(demo.bot).send(new GetPublicTokenCommand({})), {
    name: 'AccessDeniedException',
    message: /sts:GetServiceBearerToken/,
  })
})
