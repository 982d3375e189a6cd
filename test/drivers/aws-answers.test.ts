// This file is about what AWS answers, over real sockets, and what each answer comes to.
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import type { FaultRule } from '../../sandbox/aws/faults.ts'
import { openAws } from '../../src/aws/connection.ts'
import { systemClock } from '../../src/base/clock.ts'
import { hours } from '../../src/base/duration.ts'
import type { FaultCode } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import { DOCUMENTED_LIFE_MS } from '../../src/model/login.ts'
import { awsLogins } from '../../src/operator/adapters/logins.ts'
import {
  accessKeySource,
  ALLOW_ALL,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  PUBLIC,
  serviceAccountSource,
  WEST,
} from '../support/aws-logins.ts'

let world: AwsWorld
before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

function withFault(t: TestContext, rule: FaultRule): void {
  world.sandbox.faults.add(rule)
  t.after(() => world.sandbox.faults.clear())
}

const bot = (): Identity => anIdentity(accessKeySource())

test('a wrong secret key is told as such', async () => {
  const secret = { namespace: 'argocd', name: 'wrong' }
  world.secrets.put(secret, {
    'access-key': world.principals.bot.accessKeyId,
    'secret-access-key': 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYxx',
  })
  const message = await world.refusal(anIdentity(accessKeySource(secret)), 'aws-unrecognised')
  assert.match(message, /the access key in Secret argocd\/wrong \(InvalidSignatureException\)/)
})

test('an unknown key id is told as such', async () => {
  const secret = { namespace: 'argocd', name: 'unknown' }
  world.secrets.put(secret, { 'access-key': 'AKIAIOSFODNN7EXAMPLE', 'secret-access-key': 'x'.repeat(40) })
  await world.refusal(anIdentity(accessKeySource(secret)), 'aws-unrecognised')
  await world.refusal(anIdentity(accessKeySource(secret), world.puller()), 'aws-unrecognised')
})

test('a missing permission is named with the identity that lacks it', async () => {
  const user = world.sandbox.iam.createUser({ account: '123456789012', name: 'nobody' })
  const key = world.sandbox.iam.createAccessKey(user.arn)
  const secret = { namespace: 'argocd', name: 'nobody' }
  world.secrets.put(secret, { 'access-key': key.id, 'secret-access-key': key.secret })
  const message = await world.refusal(anIdentity(accessKeySource(secret)), 'aws-denied')
  assert.match(message, /the access key in Secret argocd\/nobody may not call ecr:GetAuthorizationToken/)
  assert.match(
    await world.refusal(anIdentity(accessKeySource(secret)), 'aws-denied', PUBLIC),
    /sts:GetServiceBearerToken/,
  )
})

test('a wrong external id is a role that may not be assumed', async () => {
  const message = await world.refusal(anIdentity(accessKeySource(), world.puller('wrong')), 'aws-denied')
  assert.match(message, /role arn:aws:iam::123456789012:role\/ecr-puller may not be assumed/)
})

test('a duration beyond what the role allows is a rejected request', async () => {
  const message = await world.refusal(
    anIdentity(accessKeySource(), { ...world.puller(), duration: hours(13) }),
    'aws-rejected',
  )
  assert.match(message, /sts:AssumeRole/)
})

test('a service account whose token names another audience is not recognised', async () => {
  const source = serviceAccountSource(world.principals.puller.roleArn, ['elsewhere'])
  await world.refusal(anIdentity(source), 'aws-unrecognised')
})

const failures: readonly { rule: FaultRule['kind']; code: FaultCode }[] = [
  { rule: 'throttle', code: 'aws-throttled' },
  { rule: 'throttle-429', code: 'aws-throttled' },
  { rule: 'server-error', code: 'aws-unavailable' },
  { rule: 'unavailable', code: 'aws-unavailable' },
  { rule: 'reset', code: 'aws-unavailable' },
  { rule: 'access-denied', code: 'aws-denied' },
]
for (const { rule, code } of failures) {
  test(`${rule} is ${code}, in the same words each time`, async (t) => {
    withFault(t, { kind: rule })
    const message = await world.refusal(bot(), code)
    assert.equal(await world.refusal(bot(), code), message)
    await world.refusal(anIdentity(accessKeySource(), world.puller()), code)
    await world.refusal(bot(), code, PUBLIC)
  })
}

test('a single lost connection is ridden out', async (t) => {
  withFault(t, { kind: 'reset', times: 1 })
  await world.mint(bot())
})

test('a clock that is off is put right', async (t) => {
  withFault(t, { kind: 'skew', aheadSeconds: 1200 })
  await world.mint(bot())
})

test('an answer that never comes is given up', async (t) => {
  withFault(t, { kind: 'hang' })
  const aws = openAws({ ...world.settings, timeouts: { connection: 50, request: 50 } })
  t.after(() => aws.close())
  assert.match(
    await world.refusal(bot(), 'aws-unavailable', WEST, world.logins({ aws })),
    /does not answer in time$/,
  )
})

test('an abort ends a call that hangs, with its own reason', async (t) => {
  withFault(t, { kind: 'hang' })
  const stop = new AbortController()
  const minting = world.logins().mint(bot(), WEST, stop.signal)
  const reason = new Error('shutting down')
  stop.abort(reason)
  await assert.rejects(minting, reason)
})

for (const toldExpiry of ['missing', '2015'] as const) {
  test(`an expiry told as ${toldExpiry} is not believed: twelve hours are assumed`, async (t) => {
    world.sandbox.changeSettings({ toldExpiry })
    t.after(() => world.sandbox.changeSettings({ toldExpiry: 'true' }))
    for (const scope of [WEST, PUBLIC]) {
      const { login } = await world.mint(bot(), scope)
      assert.equal(login.expiryAssumed, true)
      assert.equal(login.expiresAt, login.mintedAt + DOCUMENTED_LIFE_MS)
    }
  })
}

test('a life of fifteen seconds is believed', async (t) => {
  world.sandbox.changeSettings({ tokenLifeSeconds: 15 })
  t.after(() => world.sandbox.changeSettings({ tokenLifeSeconds: 43_200 }))
  const { login } = await world.mint(bot())
  assert.equal(login.expiryAssumed, false)
  assert.ok(login.expiresAt - login.mintedAt <= 16_000)
})

test('every call is told of, with the one it was made for', async (t) => {
  const told: string[] = []
  const { aws, secrets, tokens } = world
  const logins = awsLogins({
    aws,
    secrets,
    tokens,
    policy: ALLOW_ALL,
    clock: systemClock,
    onCall: ({ identity, operation, outcome, seconds }) => {
      assert.ok(seconds > 0)
      told.push(`${identity}: ${operation} ${outcome}`)
    },
  })
  const identity = anIdentity(accessKeySource(), world.puller())
  await world.mint(identity, WEST, logins)
  withFault(t, { kind: 'throttle' })
  await world.refusal(identity, 'aws-throttled', WEST, logins)
  const role = 'role arn:aws:iam::123456789012:role/ecr-puller'
  assert.deepEqual(told, [
    `${role}: AssumeRole ok`,
    `${role}: GetAuthorizationToken ok`,
    `${role}: GetAuthorizationToken Throttled`,
  ])
})
