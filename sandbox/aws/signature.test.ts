// This file is about tests of signatures: what the SDK signs is accepted, and everything tampered with is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { testAws } from './aws-fixture.ts'

const mint = new GetAuthorizationTokenCommand({})
const whoAmI = new GetCallerIdentityCommand({})

test('a wrong secret is told in the words of each protocol', async (t) => {
  const { demo, ecr, sts } = await testAws(t)
  const wrong = { ...demo.bot, secretAccessKey: 'wrong' }
  await assert.rejects(ecr(wrong).send(mint), { name: 'InvalidSignatureException' })
  await assert.rejects(sts(wrong).send(whoAmI), { name: 'SignatureDoesNotMatch' })
})

test('an unknown key is told in the words of each protocol', async (t) => {
  const { ecr, sts } = await testAws(t)
  const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' }
  await assert.rejects(ecr(unknown).send(mint), {
    name: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  })
  await assert.rejects(sts(unknown).send(whoAmI), { name: 'InvalidClientTokenId' })
})

test('a key that was deactivated is unknown', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  aws.iam.setAccessKeyActive(demo.bot.accessKeyId, false)
  await assert.rejects(ecr(demo.bot).send(mint), { name: 'UnrecognizedClientException' })
})

test('where partitions are apart, a key is known in its own only', async (t) => {
  const { aws, demo, ecr, sts } = await testAws(t)
  aws.changeSettings({ partitionsApart: true })
  await ecr(demo.bot, 'eu-west-1').send(mint)
  await ecr(demo.govBot, 'us-gov-west-1').send(mint)
  await assert.rejects(ecr(demo.bot, 'cn-north-1').send(mint), { name: 'UnrecognizedClientException' })
  await assert.rejects(sts(demo.bot, 'us-gov-west-1').send(whoAmI), { name: 'InvalidClientTokenId' })
  await assert.rejects(ecr(demo.govBot).send(mint), { name: 'UnrecognizedClientException' })
})

test('a session token that nobody here issued is unknown', async (t) => {
  const { demo, ecr } = await testAws(t)
  const forged = { ...demo.bot, sessionToken: 'IQoJb3JpZ2luX2VjAAAA' }
  await assert.rejects(ecr(forged).send(mint), { name: 'UnrecognizedClientException' })
})

test('a request that was altered on the way is refused', async (t) => {
  const { demo, ecr } = await testAws(t)
  const client = ecr(demo.bot)
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-amz-target'] = 'AmazonEC2ContainerRegistry_V20150921.DescribeRepositories'
      return next(args)
    },
    { step: 'deserialize', priority: 'low' },
  )
  await assert.rejects(client.send(mint), { name: 'InvalidSignatureException' })
})

test('a request without a signature is refused', async (t) => {
  const { aws } = await testAws(t)
  const answer = await fetch(aws.url, {
    method: 'POST',
    headers: { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken' },
    body: '{}',
  })
  assert.equal(answer.status, 400)
  assert.deepEqual(await answer.json(), {
    __type: 'MissingAuthenticationTokenException',
    message: 'Missing Authentication Token',
  })
})

test('sessions that were revoked are expired', async (t) => {
  const { aws, demo, ecr, sts } = await testAws(t)
  const { Credentials } = await sts(demo.bot).send(new GetSessionTokenCommand({}))
  const keys = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  await ecr(keys).send(mint)
  aws.revokeSessions()
  await assert.rejects(ecr(keys).send(mint), { name: 'ExpiredTokenException' })
  await assert.rejects(sts(keys).send(whoAmI), { name: 'ExpiredToken' })
})

test('a clock that is off is refused, and the SDK corrects itself by the date it is told', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  aws.faults.add({ kind: 'skew', aheadSeconds: 1800 })
  await assert.rejects(ecr(demo.bot).send(mint), {
    name: 'InvalidSignatureException',
    message: /^Signature expired: \d{8}T\d{6}Z is now earlier than/,
  })
  const patient = new ECRClient({
    region: 'us-west-1',
    endpoint: aws.url,
    credentials: { ...demo.bot },
    maxAttempts: 3,
  })
  await patient.send(mint)
})
