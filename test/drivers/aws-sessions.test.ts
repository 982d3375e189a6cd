// This file is about sessions of STS had for their own sake, over real sockets: what they are, how long they live, who gets none.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hours } from '../../src/base/duration.ts'
import { LoginCache } from '../../src/engine/login-cache.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { SessionScope, Want } from '../../src/model/login.ts'
import { spentAt } from '../../src/model/login.ts'
import {
  accessKeySource,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  never,
  serviceAccountSource,
} from '../support/aws-logins.ts'

let world: AwsWorld
before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

const SESSION: SessionScope = { service: 'session', region: 'us-west-1' }
const user = () => anIdentity(accessKeySource())

describe('a session token', () => {
  test('is temporary keys of the user, with which AWS can be asked', async () => {
    const login = await world.session(user())
    assert.match(login.accessKeyId, /^ASIA/)
    assert.equal(login.expiryAssumed, false)
    const life = login.expiresAt - login.mintedAt
    assert.ok(Math.abs(life - hours(12)) < 60_000, 'lives twelve hours where nobody asks for less')
    const ref = { namespace: 'argocd', name: 'session' }
    world.secrets.put(ref, {
      id: login.accessKeyId,
      key: login.secretAccessKey.reveal(),
      token: login.sessionToken.reveal(),
    })
    const named = (key: string) => ({ ...ref, key })
    const source = {
      is: 'access-key',
      accessKeyId: named('id'),
      secretAccessKey: named('key'),
      sessionToken: named('token'),
    } as const
    const who = await world.logins().whoIs(anIdentity(source), 'us-west-1', never)
    assert.ok(who.is === 'known', who.is === 'fault' ? who.message : '')
    assert.equal(who.arn, 'arn:aws:iam::123456789012:user/ecr-bot')
  })

  for (const [name, lifeSeconds] of [
    ['as short as fifteen minutes', 900],
    ['as long as thirty-six hours', 129_600],
  ] as const) {
    test(`lives ${name}, and is due at two thirds of that`, async () => {
      const login = await world.session(user(), { ...SESSION, lifeSeconds })
      assert.ok(Math.abs(login.expiresAt - login.mintedAt - lifeSeconds * 1000) < 60_000)
      assert.ok(Math.abs(spentAt(login) - login.mintedAt - (lifeSeconds * 1000 * 2) / 3) < 60_000)
    })
  }

  test('is shared by all who ask for the same, and by nobody who asks for something else', async () => {
    const logins = world.logins()
    const { signal } = new AbortController()
    const cache = new LoginCache({ logins, clock: systemClock, random: () => 0.5, signal })
    const wants: readonly Want[] = [SESSION, SESSION, { ...SESSION, lifeSeconds: 3600 }].map((scope) => ({
      identity: user(),
      scope,
    }))
    const calls = await world.callsDuring('GetSessionToken', () =>
      Promise.all(wants.map((want) => cache.obtain('same key', want, {}, (slow) => slow))),
    )
    assert.equal(calls, 2)
  })

  test('with an MFA code is had once', async () => {
    const scope: SessionScope = {
      ...SESSION,
      serialNumber: 'arn:aws:iam::123456789012:mfa/phone',
      tokenCode: '123456',
    }
    await world.session(user(), scope)
    const told = await world.refusal(user(), 'aws-denied', scope)
    assert.match(told, /takes an MFA code once: MultiFactorAuthentication failed/)
  })

  for (const [name, identity] of [
    ['a role', () => anIdentity(accessKeySource(), world.puller())],
    ['a service account', () => anIdentity(serviceAccountSource(world.principals.puller.roleArn))],
  ] as const) {
    test(`is not given to ${name}, and the refusal says to whom it is`, async () => {
      const told = await world.refusal(identity(), 'aws-denied', SESSION)
      assert.match(told, /may not get a session token: AWS gives one to the long-lived keys of a user only/)
      assert.match(told, /Cannot call GetSessionToken with session credentials$/)
    })
  }

  test('of an impossible length is refused with what AWS says about it', async () => {
    const told = await world.refusal(user(), 'aws-rejected', { ...SESSION, lifeSeconds: 60 })
    assert.match(told, /rejected sts:GetSessionToken \(ValidationError, HTTP 400\)/)
  })
})
