// This file is about tests of the emulator as a whole: restarts, its clock, credentials for pods and machines.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromHttp, fromInstanceMetadata } from '@aws-sdk/credential-providers'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { folderFor } from '../folder-fixture.ts'
import { testAws } from './aws-fixture.ts'
import { seedDemo } from './seed.ts'
import { startAws } from './aws.ts'
import { testIssuer } from './sts/issuer-fixture.ts'

const where = { service: 'ecr', account: '123456789012', region: 'us-west-1', actions: [] } as const

test('users, keys, tokens and sessions survive a restart on the same port', async (t) => {
  const stateFile = join(folderFor(t), 'aws.json')
  const first = await testAws(t, { stateFile })
  const password = await first.login(first.demo.bot)
  const { port } = first.aws
  await first.aws.close()
  const second = await startAws({ stateFile, port })
  t.after(() => second.close())
  assert.equal((await second.tokens.authorize({ ...where, password })).is, 'allowed')
  assert.deepEqual(seedDemo(second).bot, first.demo.bot)
  assert.ok(second.secrets().some((s) => s.value === password))
  const me = await first.sts(first.demo.bot).send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, first.demo.bot.arn)
})

test('tokens of another emulator are unknown', async (t) => {
  const one = await testAws(t)
  const other = await testAws(t)
  const password = await one.login(one.demo.bot)
  assert.deepEqual(await other.aws.tokens.authorize({ ...where, password }), { is: 'unknown' })
})

test('the token clock ages tokens and nothing else', async (t) => {
  const { aws, demo, login, sts } = await testAws(t, { tokenLifeSeconds: 60 })
  const password = await login(demo.bot)
  aws.setClockAhead(59)
  assert.equal((await aws.tokens.authorize({ ...where, password })).is, 'allowed')
  aws.setClockAhead(61)
  assert.equal((await aws.tokens.authorize({ ...where, password })).is, 'expired')
  await sts(demo.bot).send(new GetCallerIdentityCommand({}))
  const young = await login(demo.bot)
  assert.equal((await aws.tokens.authorize({ ...where, password: young })).is, 'allowed')
})

test('tokens may be revoked before their time', async (t) => {
  const { aws, demo, login } = await testAws(t)
  const password = await login(demo.bot)
  aws.revokeTokens()
  assert.equal((await aws.tokens.authorize({ ...where, password })).is, 'expired')
})

test('a token opens what its principal may do now, not what it might when it was minted', async (t) => {
  const { aws, demo, login } = await testAws(t)
  const password = await login(demo.bot)
  const ask = { ...where, password, repository: 'apps/demo', actions: [['ecr:BatchGetImage']] }
  assert.equal((await aws.tokens.authorize(ask)).is, 'allowed')
  aws.iam.putPolicy(demo.bot.arn, 'ecr-bot', null)
  const verdict = await aws.tokens.authorize(ask)
  assert.match(
    verdict.is === 'denied' ? verdict.because : verdict.is,
    /no identity-based policy allows the ecr:BatchGetImage/,
  )
})

test('a machine gets the role of its instance from the metadata service', async (t) => {
  const { aws, demo, sts } = await testAws(t)
  aws.setInstanceRole(demo.puller.roleArn)
  process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = aws.url
  t.after(() => delete process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'])
  const keys = await fromInstanceMetadata({ maxRetries: 0 })()
  const me = await sts(keys).send(new GetCallerIdentityCommand({}))
  assert.match(me.Arn ?? '', /assumed-role\/ecr-puller\/i-/)
})

test('metadata is not told to those without a session token', async (t) => {
  const { aws } = await testAws(t)
  const answer = await fetch(`${aws.url}/latest/meta-data/iam/security-credentials/`)
  assert.equal(answer.status, 401)
})

test('a pod gets the role associated with its service account', async (t) => {
  const issuer = testIssuer()
  const { aws, demo, sts } = await testAws(t, { oidcProviders: [issuer.provider] })
  aws.associate({ namespace: 'apps', serviceAccount: 'puller', roleArn: demo.puller.roleArn })
  const awsContainerAuthorizationTokenFile = join(folderFor(t), 'token')
  writeFileSync(awsContainerAuthorizationTokenFile, issuer.token({ aud: ['pods.eks.amazonaws.com'] }))
  const keys = await fromHttp({
    awsContainerCredentialsFullUri: `${aws.url}/v1/credentials`,
    awsContainerAuthorizationTokenFile,
    maxRetries: 0,
  })()
  const me = await sts(keys).send(new GetCallerIdentityCommand({}))
  assert.equal(me.Arn, 'arn:aws:sts::123456789012:assumed-role/ecr-puller/eks-sandbox-puller')
})
