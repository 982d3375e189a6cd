// This file is about identities at AWS, over real sockets: every way to be somebody, who shares, what rotates.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAws } from '../../src/aws/connection.ts'
import { type Clock, instant, systemClock } from '../../src/base/clock.ts'
import { hours, minutes } from '../../src/base/duration.ts'
import type { Identity } from '../../src/model/identity.ts'
import {
  accessKeySource,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  never,
  PUBLIC,
  serviceAccountSource,
  WEST,
} from '../support/aws-logins.ts'

let world: AwsWorld
before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

describe('every way to be somebody', () => {
  const ways: readonly { name: string; identity: () => Identity }[] = [
    { name: 'an access key', identity: () => anIdentity(accessKeySource()) },
    { name: 'a role on top of an access key', identity: () => anIdentity(accessKeySource(), world.puller()) },
    {
      name: 'a service account',
      identity: () => anIdentity(serviceAccountSource(world.principals.puller.roleArn)),
    },
    {
      name: 'a Secret with keys under mobb names',
      identity: () => {
        const secret = { namespace: 'operator', name: 'keys' }
        const { accessKeyId, secretAccessKey } = world.principals.bot
        world.secrets.put(secret, { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey })
        return anIdentity({ is: 'credentials-secret', secret })
      },
    },
    {
      name: 'a Secret with a config file of keys',
      identity: () => {
        const secret = { namespace: 'operator', name: 'config' }
        const { accessKeyId, secretAccessKey } = world.principals.bot
        const credentials = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
        world.secrets.put(secret, { credentials })
        return anIdentity({ is: 'credentials-secret', secret })
      },
    },
  ]
  const regions = ['us-west-1', 'us-east-2', 'cn-north-1']
  for (const { name, identity } of ways) {
    test(`${name} gets a login of every region and of ECR Public`, async () => {
      for (const region of regions) {
        const { login } = await world.mint(identity(), { service: 'private', region })
        assert.equal(login.username, 'AWS')
        assert.match(
          login.proxyEndpoint ?? '',
          new RegExp(`^https://123456789012\\.dkr\\.ecr\\.${region}\\.`),
        )
        assert.equal(login.expiryAssumed, false)
        assert.ok(login.expiresAt > login.mintedAt)
      }
      const { login } = await world.mint(identity(), PUBLIC)
      assert.equal(login.proxyEndpoint, undefined)
    })
  }

  test('an empty region is the one the environment names', async () => {
    const aws = openAws({ ...world.settings, environment: { HOME: '/nowhere', AWS_REGION: 'us-east-2' } })
    const { login } = await world.mint(
      anIdentity(accessKeySource()),
      { service: 'private', region: '' },
      world.logins({ aws }),
    )
    assert.match(login.proxyEndpoint ?? '', /us-east-2/)
    aws.close()
  })

  test('a role may be reached over several others', async () => {
    const last = world.sandbox.iam.createRole({
      account: '210987654321',
      name: 'far',
      trust: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { AWS: world.principals.puller.roleArn }, Action: 'sts:AssumeRole' },
        ],
      },
      policies: {
        login: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: ['ecr:GetAuthorizationToken'], Resource: '*' }],
        },
      },
    })
    world.sandbox.iam.putPolicy(world.principals.puller.roleArn, 'onwards', {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: last.arn }],
    })
    const { login } = await world.mint(anIdentity(accessKeySource(), world.puller(), { roleArn: last.arn }))
    assert.match(login.proxyEndpoint ?? '', /^https:\/\/210987654321\./)
  })

  test('who an identity is can be asked without naming a region', async () => {
    const known = await world.logins().whoIs(anIdentity(accessKeySource(), world.puller()), '', never)
    assert.equal(known.is, 'known')
    assert.equal(known.arn, 'arn:aws:sts::123456789012:assumed-role/ecr-puller/everpull')
  })
})

describe('sharing', () => {
  test('identities with the same values have the same key wherever the values lie', async () => {
    const other = { namespace: 'team-b', name: 'copy' }
    const { accessKeyId, secretAccessKey } = world.principals.bot
    world.secrets.put(other, { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey })
    const logins = world.logins()
    const keys = await Promise.all(
      [accessKeySource(), accessKeySource(other)].map((source) => logins.identify(anIdentity(source), never)),
    )
    assert.deepEqual(keys[0], keys[1])
  })

  const base = (): Identity => anIdentity(accessKeySource(), world.puller())
  const different: readonly { name: string; identity: () => Identity }[] = [
    { name: 'no role', identity: () => anIdentity(accessKeySource()) },
    { name: 'another external id', identity: () => anIdentity(accessKeySource(), world.puller('other')) },
    {
      name: 'another session name',
      identity: () => anIdentity(accessKeySource(), { ...world.puller(), sessionName: 'x' }),
    },
    {
      name: 'another duration',
      identity: () => anIdentity(accessKeySource(), { ...world.puller(), duration: hours(2) }),
    },
    {
      name: 'a session policy',
      identity: () => anIdentity(accessKeySource(), { ...world.puller(), policy: '{}' }),
    },
    {
      name: 'the same role twice',
      identity: () => anIdentity(accessKeySource(), world.puller(), world.puller()),
    },
    {
      name: 'a service account',
      identity: () => anIdentity(serviceAccountSource(world.principals.puller.roleArn)),
    },
  ]
  for (const { name, identity } of different) {
    test(`${name} makes another key`, async () => {
      const logins = world.logins()
      assert.notDeepEqual(await logins.identify(identity(), never), await logins.identify(base(), never))
    })
  }

  test('another uid or audience of a service account makes another key', async () => {
    const logins = world.logins()
    const account = serviceAccountSource(world.principals.puller.roleArn)
    const keys = await Promise.all(
      [
        account,
        { ...account, uid: 'recreated' },
        { ...account, audiences: ['sts.amazonaws.com', 'more'] },
      ].map(async (source) => JSON.stringify(await logins.identify(anIdentity(source), never))),
    )
    assert.equal(new Set(keys).size, 3)
  })

  test('identifying asks AWS nothing', async () => {
    const before = world.sandbox.calls.list().length
    await world.logins().identify(base(), never)
    assert.equal(world.sandbox.calls.list().length, before)
  })

  test('many chains that begin alike assume the shared role once', async () => {
    const logins = world.logins()
    const made = await world.callsDuring('AssumeRole', () =>
      Promise.all(Array.from({ length: 10 }, () => world.mint(base(), WEST, logins))),
    )
    assert.equal(made, 1)
  })

  test('a session is renewed in its last five minutes', async () => {
    // Sessions end in real time, so this clock runs ahead of it.
    let ahead = 0
    const clock: Clock = { ...systemClock, now: () => instant(systemClock.now() + ahead) }
    const logins = world.logins({ clock })
    await world.mint(base(), WEST, logins)
    ahead = minutes(54)
    assert.equal(await world.callsDuring('AssumeRole', () => world.mint(base(), WEST, logins)), 0)
    ahead = minutes(56)
    assert.equal(await world.callsDuring('AssumeRole', () => world.mint(base(), WEST, logins)), 1)
  })

  test('sessions that AWS refuses are not used again', async () => {
    const logins = world.logins()
    await world.mint(base(), WEST, logins)
    world.sandbox.revokeSessions()
    await world.refusal(base(), 'aws-unrecognised', WEST, logins)
    await world.mint(base(), WEST, logins)
  })
})

describe('rotated credentials', () => {
  const rotated = { namespace: 'argocd', name: 'rotated' }
  const identity = (): Identity => anIdentity(accessKeySource(rotated))
  const store = (key: { id: string; secret: string }): void =>
    world.secrets.put(rotated, { 'access-key': key.id, 'secret-access-key': key.secret })

  test('a Secret is read once while its version stays, and again when it changes', async () => {
    const logins = world.logins()
    store(world.sandbox.iam.createAccessKey(world.principals.bot.arn))
    const reads = (): number => world.secrets.reads.filter((key) => key === 'argocd/rotated').length
    const before = reads()
    const first = await logins.identify(identity(), never)
    assert.deepEqual(await logins.identify(identity(), never), first)
    assert.equal(reads() - before, 1)
    store(world.sandbox.iam.createAccessKey(world.principals.bot.arn))
    assert.notDeepEqual(await logins.identify(identity(), never), first)
    assert.equal(reads() - before, 2)
  })

  test('a login is minted with what its key was made of', async () => {
    const logins = world.logins()
    const old = world.sandbox.iam.createAccessKey(world.principals.bot.arn)
    store(old)
    const same = identity()
    await logins.identify(same, never)
    store(world.sandbox.iam.createAccessKey(world.principals.bot.arn))
    await world.mint(same, WEST, logins)
    assert.equal(world.sandbox.calls.list().at(-1)?.accessKeyId, old.id)
  })

  test('without a watch it is read each time', async (t) => {
    world.secrets.watch(false)
    t.after(() => world.secrets.watch(true))
    const logins = world.logins()
    const before = world.secrets.reads.length
    await logins.identify(identity(), never)
    await logins.identify(identity(), never)
    assert.equal(world.secrets.reads.length - before, 2)
  })
})
