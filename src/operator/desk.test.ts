// This file is about testing logins for those who order no Secret: shared with all others, and given by a leader only.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SecretText } from '../base/secret-text.ts'
import { LoginCache } from '../engine/login-cache.ts'
import type { Logins } from '../engine/ports.ts'
import type { Want } from '../model/login.ts'
import { fault } from '../model/fault.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { openDesk } from './desk.ts'
import type { Watches } from './watches.ts'

const want: Want = {
  identity: { source: { is: 'ambient' }, roles: [], onBehalfOf: '' },
  scope: { service: 'private', region: 'eu-west-1' },
}
const never = new AbortController().signal

function aDesk(changed: Partial<Logins> = {}) {
  const clock = new ManualClock()
  const state = { leads: true, mints: 0 }
  const logins: Logins = {
    identify: async () => ({ is: 'identified', key: 'one' }),
    mint: async () => {
      state.mints += 1
      const mintedAt = clock.now()
      const expiresAt = (mintedAt + 3_600_000) as typeof mintedAt
      const password = new SecretText('secret')
      const login = {
        is: 'registry',
        username: 'AWS',
        password,
        mintedAt,
        expiresAt,
        expiryAssumed: false,
      } as const
      return { is: 'minted', login }
    },
    ...changed,
  }
  const cache = new LoginCache({ logins, clock, random: () => 0.5, signal: never })
  // Nobody looks at the cluster here.
  const watches = {} as unknown as Watches
  const desk = openDesk({ watches, logins, cache, mayWork: () => state.leads }, clock.now())
  return { desk, state, clock }
}

describe('a login that nobody ordered', () => {
  test('is the one that others have, until two thirds of its life', async () => {
    const { desk, state, clock } = aDesk()
    const first = await desk.obtain(want, never)
    clock.advance(30 * 60_000)
    assert.deepEqual(await desk.obtain(want, never), first)
    assert.equal(state.mints, 1)
    clock.advance(11 * 60_000)
    await desk.obtain(want, never)
    assert.equal(state.mints, 2)
  })

  test('is not given by somebody who leads no more, even if it is there', async () => {
    const { desk, state } = aDesk()
    await desk.obtain(want, never)
    state.leads = false
    const refused = await desk.obtain(want, never)
    assert.equal(refused.is === 'refused' && refused.fault.code, 'not-leading')
    assert.equal(state.mints, 1)
  })

  test('is not minted where leading ended while credentials were read', async () => {
    const parts = aDesk({
      identify: async () => {
        parts.state.leads = false
        return { is: 'identified', key: 'one' }
      },
    })
    const refused = await parts.desk.obtain(want, never)
    assert.equal(refused.is === 'refused' && refused.fault.code, 'not-leading')
    assert.equal(parts.state.mints, 0)
  })

  test('is refused with the reason, and with when it is worth asking again', async () => {
    const { desk, clock } = aDesk({ mint: async () => fault('aws-throttled', 'too fast') })
    const refused = await desk.obtain(want, never)
    assert.ok(refused.is === 'refused' && refused.retryAt !== undefined && refused.retryAt > clock.now())
  })

  test('is waited for by others when one of them leaves', async () => {
    let land = (): void => {}
    const landing = new Promise<void>((resolve) => {
      land = resolve
    })
    const { desk } = aDesk({
      mint: async () => {
        await landing
        return fault('aws-throttled', 'too fast')
      },
    })
    const leaving = new AbortController()
    const left = desk.obtain(want, leaving.signal)
    const stays = desk.obtain(want, never)
    await new Promise((resolve) => setImmediate(resolve))
    leaving.abort(new Error('gone'))
    await assert.rejects(left, /gone/)
    land()
    assert.equal((await stays).is, 'refused')
  })
})
