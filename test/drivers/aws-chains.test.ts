// This file is about chains of roles as AWS judges them: session policies, tags, external ids, lives, and roles that take themselves.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hours, minutes } from '../../src/base/duration.ts'
import type { CredentialSource, Identity, RoleStep } from '../../src/model/identity.ts'
import {
  accessKeySource,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  KEYS_SECRET,
  serviceAccountSource,
} from '../support/aws-logins.ts'

let world: AwsWorld
before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

const REPOSITORY = {
  service: 'ecr',
  account: '123456789012',
  region: 'us-west-1',
  repository: 'apps/demo',
} as const

/** What a registry would let somebody do with a login of that identity. */
async function rightsOf(identity: Identity): Promise<{ readonly pull: string; readonly push: string }> {
  const { login } = await world.mint(identity)
  const password = login.password.reveal()
  const ask = async (action: string): Promise<string> =>
    (await world.sandbox.tokens.authorize({ ...REPOSITORY, password, actions: [[action]] })).is
  return { pull: await ask('ecr:BatchGetImage'), push: await ask('ecr:PutImage') }
}

const PULLING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: 'arn:aws:ecr:us-west-1:123456789012:repository/*',
    },
  ],
})

const builder = (
  more: Partial<Extract<CredentialSource, { is: 'service-account' }>> = {},
): CredentialSource => ({
  ...serviceAccountSource(world.principals.roles.builder?.roleArn ?? assert.fail('no builder')),
  name: 'builder',
  ...more,
})

describe('a session policy', () => {
  test('narrows the session of a role', async () => {
    const { roleArn } = world.principals.roles.pusher
    const chain = (...policy: string[]): Identity =>
      anIdentity(accessKeySource(), { roleArn, ...(policy[0] === undefined ? {} : { policy: policy[0] }) })
    assert.deepEqual(await rightsOf(chain()), { pull: 'allowed', push: 'allowed' })
    assert.deepEqual(await rightsOf(chain(PULLING)), { pull: 'allowed', push: 'denied' })
  })

  test('narrows the session of a web identity', async () => {
    assert.deepEqual(await rightsOf(anIdentity(builder())), { pull: 'allowed', push: 'allowed' })
    assert.deepEqual(await rightsOf(anIdentity(builder({ policy: PULLING }))), {
      pull: 'allowed',
      push: 'denied',
    })
  })

  test('is no way to more than the role may', async () => {
    const policy = JSON.stringify({ Statement: { Effect: 'Allow', Action: 'ecr:*', Resource: '*' } })
    const rights = await rightsOf(anIdentity(accessKeySource(), { ...world.puller(), policy }))
    assert.deepEqual(rights, { pull: 'allowed', push: 'denied' })
  })

  test('that is none is told as AWS tells it', async () => {
    const identity = anIdentity(accessKeySource(), { ...world.puller(), policy: '{' })
    assert.match(await world.refusal(identity, 'aws-rejected'), /MalformedPolicyDocument/)
  })
})

test('session tags are carried, and missed where a role asks for them', async () => {
  const { roleArn, tag } = world.principals.roles.tagged
  await world.mint(anIdentity(accessKeySource(), { roleArn, tags: { [tag.key]: tag.value } }))
  assert.deepEqual(lastAsked().tagKeys, [tag.key])
  await world.refusal(anIdentity(accessKeySource(), { roleArn }), 'aws-denied')
})

test('a chain of two ends in another account, by the external id agreed there', async () => {
  const { roleArn, externalId } = world.principals.roles.partnerReader
  const end = (step: Partial<RoleStep>): Identity =>
    anIdentity(accessKeySource(), world.puller(), { roleArn, ...step })
  const { login } = await world.mint(end({ externalId }))
  assert.match(login.proxyEndpoint ?? '', /^https:\/\/210987654321\./)
  await world.refusal(end({}), 'aws-denied')
  await world.refusal(end({ externalId: 'guessed' }), 'aws-denied')
})

test('a role takes itself only where it trusts itself', async () => {
  const { reader, pusher } = world.principals.roles
  await world.mint(anIdentity(accessKeySource(), reader, reader))
  await world.refusal(anIdentity(accessKeySource(), pusher, pusher), 'aws-denied')
})

describe('the life of a session', () => {
  test('is asked for as the web identity says', async () => {
    await world.mint(anIdentity(builder({ duration: minutes(15) })))
    assert.equal(lastAsked().seconds, 900)
  })

  test('may be long for the first role on top of a key', async () => {
    await world.mint(anIdentity(accessKeySource(), { ...world.puller(), duration: hours(12) }))
    assert.equal(lastAsked().seconds, 43_200)
  })

  test('is known to be too long for a second one before anybody is asked', async () => {
    const { roleArn, externalId } = world.principals.roles.partnerReader
    const last = { roleArn, externalId, duration: hours(2) }
    const calls = world.sandbox.calls.list().length
    const message = await world.refusal(anIdentity(accessKeySource(), world.puller(), last), 'spec-invalid')
    assert.match(message, /AWS gives an hour at most to a role that is assumed by another role$/)
    assert.equal(world.sandbox.calls.list().length, calls)
  })
})

test('a key id that is written out is the same identity as one that is read', async () => {
  const inline: CredentialSource = {
    is: 'access-key',
    accessKeyId: { text: world.principals.bot.accessKeyId },
    secretAccessKey: { ...KEYS_SECRET, key: 'secret-access-key' },
  }
  const logins = world.logins()
  const { signal } = new AbortController()
  assert.deepEqual(
    await logins.identify(anIdentity(inline), signal),
    await logins.identify(anIdentity(accessKeySource()), signal),
  )
  await world.mint(anIdentity(inline))
})

test('tags, policies, lives and lenders: what decides who AWS sees decides who shares', async () => {
  const logins = world.logins()
  const { signal } = new AbortController()
  const key = async (identity: Identity): Promise<string> => {
    const known = await logins.identify(identity, signal)
    return known.is === 'identified' ? known.key : assert.fail(known.message)
  }
  const role = world.puller()
  const base = anIdentity(accessKeySource(), role)
  const through = { group: 'everpull.dev', kind: 'EcrIntegration', namespace: '', name: 'ecr' }
  const same = await key(base)
  assert.equal(await key({ ...base, through, onBehalfOf: 'elsewhere' }), same)
  const account = builder()
  const others = [
    anIdentity(accessKeySource(), { ...role, tags: { team: 'a' } }),
    anIdentity(accessKeySource(), { ...role, tags: { team: 'b' } }),
    anIdentity(accessKeySource(), { ...role, policy: PULLING }),
    anIdentity(account),
    anIdentity(builder({ policy: PULLING })),
    anIdentity(builder({ duration: hours(2) })),
  ]
  const keys = await Promise.all(others.map(key))
  assert.equal(new Set([same, ...keys]).size, others.length + 1)
})

/** Of the last call for a role's session. */
function lastAsked(): { readonly seconds?: number; readonly tagKeys?: readonly string[] } {
  return world.sandbox.calls.list().findLast(({ asks }) => asks !== undefined)?.asks ?? assert.fail('no call')
}
