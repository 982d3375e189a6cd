// This file is about tests of faults on request and of the call log beside them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchGetImageCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { waitFor } from '../wait.ts'
import { testAws } from './aws-fixture.ts'
import type { FaultKind } from './faults.ts'
import { testIssuer } from './sts/issuer-fixture.ts'

const mint = new GetAuthorizationTokenCommand({})

const kinds: Partial<Record<FaultKind, { name: string; status: number }>> = {
  throttle: { name: 'ThrottlingException', status: 400 },
  'throttle-429': { name: 'ThrottlingException', status: 429 },
  'server-error': { name: 'ServerException', status: 500 },
  unavailable: { name: 'ServiceUnavailableException', status: 503 },
  'access-denied': { name: 'AccessDeniedException', status: 400 },
}

for (const [kind, { name, status }] of Object.entries(kinds)) {
  test(`the fault ${kind} answers ${name} with ${status} once, then all is well`, async (t) => {
    const { aws, demo, ecr } = await testAws(t)
    aws.faults.add({ kind: kind as FaultKind, times: 1 })
    await assert.rejects(
      ecr(demo.bot).send(mint),
      (error: { name: string; $metadata: { httpStatusCode: number } }) => {
        assert.equal(error.name, name)
        assert.equal(error.$metadata.httpStatusCode, status)
        return true
      },
    )
    await ecr(demo.bot).send(mint)
  })
}

test('any error of AWS can be asked for by its code', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  const message = 'The key is not accessible'
  aws.faults.add({ kind: 'error', code: 'KmsException', message, operation: 'BatchGetImage' })
  await ecr(demo.bot).send(mint)
  const asked = new BatchGetImageCommand({ repositoryName: 'apps/demo', imageIds: [{ imageTag: '1' }] })
  await assert.rejects(ecr(demo.bot).send(asked), { name: 'KmsException', message })
})

test('throttling passes by itself for a client that tries again', async (t) => {
  const { aws, demo } = await testAws(t)
  aws.faults.add({ kind: 'throttle', times: 1 })
  const client = new ECRClient({ region: 'us-west-1', endpoint: aws.url, credentials: { ...demo.bot } })
  await client.send(mint)
  assert.deepEqual(
    aws.calls.list().map((c) => c.outcome),
    ['ThrottlingException', 'ok'],
  )
})

test('a call that hangs ends when the client gives up', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  aws.faults.add({ kind: 'hang' })
  const patience = new AbortController()
  const asked = assert.rejects(ecr(demo.bot).send(mint, { abortSignal: patience.signal }), {
    name: 'AbortError',
  })
  await waitFor(() => aws.calls.list()[0]?.outcome === 'hang', { what: 'the call arrives', limitMs: 30_000 })
  patience.abort()
  await asked
  aws.faults.clear()
  await ecr(demo.bot).send(mint)
})

test('calls that hang may be cut off, and others are not', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  aws.faults.add({ kind: 'hang', times: 1 })
  const asked = assert.rejects(ecr(demo.bot).send(mint), { code: 'ECONNRESET' })
  await waitFor(() => aws.calls.list()[0]?.outcome === 'hang', { what: 'the call arrives', limitMs: 30_000 })
  await fetch(`${aws.url}/_sandbox/hanging/cut`, { method: 'POST' })
  await asked
})

test('a connection may be cut without an answer', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  aws.faults.add({ kind: 'reset', times: 1 })
  await assert.rejects(ecr(demo.bot).send(mint), { code: 'ECONNRESET' })
})

test('an answer may be lost after the deed, at once or for ever', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  const known = aws.secrets().length
  aws.faults.add({ kind: 'answer-lost', times: 1 })
  await assert.rejects(ecr(demo.bot).send(mint), { code: 'ECONNRESET' })
  aws.faults.add({ kind: 'mute', times: 1 })
  const patience = new AbortController()
  const asked = assert.rejects(ecr(demo.bot).send(mint, { abortSignal: patience.signal }), {
    name: 'AbortError',
  })
  await waitFor(() => aws.secrets().length === known + 2, { what: 'the second is minted', limitMs: 30_000 })
  patience.abort()
  await asked
  assert.deepEqual(
    aws.calls.list().map(({ outcome, fault }) => [outcome, fault]),
    [
      ['ok', 'answer-lost'],
      ['ok', 'mute'],
    ],
  )
})

test('a fault strikes only the operation, region and principal it names', async (t) => {
  const { aws, demo, ecr, sts } = await testAws(t)
  aws.faults.add({
    kind: 'server-error',
    operation: 'GetAuthorizationToken',
    region: 'us-east-2',
    principal: '*:user/ecr-bot',
  })
  await sts(demo.bot, 'us-east-2').send(new GetCallerIdentityCommand({}))
  await ecr(demo.bot, 'us-west-1').send(mint)
  await ecr(demo.publisher, 'us-east-2').send(mint)
  await assert.rejects(ecr(demo.bot, 'us-east-2').send(mint), { name: 'ServerException' })
})

test('faults, calls and secrets are at hand over HTTP', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  const admin = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${aws.url}/_sandbox${path}`, init)
  await admin('/faults', { method: 'POST', body: JSON.stringify({ kind: 'unavailable' }) })
  await assert.rejects(ecr(demo.bot).send(mint), { name: 'ServiceUnavailableException' })
  const { faults } = (await (await admin('/faults')).json()) as { faults: { hits: number }[] }
  assert.equal(faults[0]?.hits, 1)
  await admin('/faults', { method: 'DELETE' })
  const answer = await ecr(demo.bot).send(mint)
  const token = answer.authorizationData?.[0]?.authorizationToken ?? ''
  const log = await (await admin('/calls?since=1')).text()
  const { calls } = JSON.parse(log) as { calls: Record<string, unknown>[] }
  assert.equal(calls.length, 1)
  assert.equal(calls[0]?.['principal'], demo.bot.arn)
  const { secrets } = (await (await admin('/secrets')).json()) as { secrets: { value: string }[] }
  const values = secrets.map((s) => s.value)
  assert.ok(values.includes(demo.bot.secretAccessKey))
  assert.ok(values.includes(Buffer.from(token, 'base64').toString('utf8').slice(4)))
  assert.ok(values.every((value) => !log.includes(value)))
  const unknown = await admin('/faults', { method: 'POST', body: JSON.stringify({ kind: 'earthquake' }) })
  assert.equal(unknown.status, 400)
  for (const kind of ['deny', 'error']) {
    const vague = await admin('/faults', { method: 'POST', body: JSON.stringify({ kind }) })
    assert.equal(vague.status, 400)
  }
})

test('a denied sts:AssumeRole refuses the role, to users and to service accounts', async (t) => {
  const issuer = testIssuer()
  const { aws, demo, sts } = await testAws(t, { oidcProviders: [issuer.provider] })
  const asked = { RoleArn: demo.puller.roleArn, RoleSessionName: 'session' }
  aws.faults.add({ kind: 'deny', action: 'sts:AssumeRole*', resource: demo.puller.roleArn })
  await assert.rejects(sts(demo.bot).send(new AssumeRoleCommand(asked)), { name: 'AccessDenied' })
  const WebIdentityToken = issuer.token()
  const exchange = new AssumeRoleWithWebIdentityCommand({ ...asked, WebIdentityToken })
  await assert.rejects(sts(demo.bot).send(exchange), {
    name: 'AccessDenied',
    message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity',
  })
  const other = { ...asked, RoleArn: demo.roles.reader.roleArn }
  await sts(demo.bot).send(new AssumeRoleCommand(other))
})

test('counters tell operations, principals and outcomes apart', async (t) => {
  const { aws, demo, ecr } = await testAws(t)
  await ecr(demo.bot).send(mint)
  await ecr(demo.bot).send(mint)
  await assert.rejects(ecr({ ...demo.bot, secretAccessKey: 'x' }).send(mint))
  assert.deepEqual(
    aws.calls.counts().map(({ outcome, count }) => [outcome, count]),
    [
      ['ok', 2],
      ['InvalidSignatureException', 1],
    ],
  )
})
