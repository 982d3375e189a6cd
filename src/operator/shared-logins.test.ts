// This file is about the logins that terms have in common: one call for all of them, and none waits for another to end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Logins, Minted } from '../engine/ports.ts'
import type { Want } from '../model/login.ts'
import { SharedLogins } from './shared-logins.ts'

const want: Want = {
  identity: { source: { is: 'ambient' }, roles: [], onBehalfOf: '' },
  scope: { service: 'private', region: 'eu-west-1' },
}

const aside = <T>(slow: Promise<T>): Promise<T> => slow
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function scene() {
  const clock = new ManualClock()
  const calls: AbortSignal[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const logins: Logins = {
    identify: async () => ({ is: 'identified', key: 'one' }),
    mint: async (_identity, _scope, signal): Promise<Minted> => {
      calls.push(signal)
      await promise
      const login = { mintedAt: clock.now(), expiresAt: clock.now() + 1000 } as unknown as Minted['login']
      return { is: 'minted', login }
    },
  }
  const shared = new SharedLogins({ logins, clock, random: () => 0.5 })
  return { shared, calls, land: resolve }
}

test('terms that want the same login make one call', async () => {
  const { shared, calls, land } = scene()
  const [one, other] = [shared.open(), shared.open()]
  const both = [one, other].map(({ cache }) => cache.obtain('one', want, {}, aside))
  await turn()
  land()
  assert.deepEqual(
    (await Promise.all(both)).map(({ is }) => is),
    ['obtained', 'obtained'],
  )
  assert.equal(calls.length, 1)
})

test('a term that ends waits no more, and the others have what it began', async () => {
  const { shared, calls, land } = scene()
  const [one, other] = [shared.open(), shared.open()]
  const left = one.cache.obtain('one', want, {}, aside)
  const stays = other.cache.obtain('one', want, {}, aside)
  await turn()
  one.end(new Error('over'))
  await assert.rejects(left, /over/)
  assert.deepEqual([calls[0]?.aborted, shared.isOpen], [false, true])
  land()
  assert.equal((await stays).is, 'obtained')
})

test('the last term takes the calls with it, however often it ends', async () => {
  const { shared, calls } = scene()
  const [one, other] = [shared.open(), shared.open()]
  const waits = other.cache.obtain('one', want, {}, aside)
  await turn()
  for (let times = 0; times < 3; times += 1) one.end(new Error('over'))
  assert.equal(shared.isOpen, true)
  other.end(new Error('over'))
  await assert.rejects(waits, /over/)
  assert.deepEqual([calls[0]?.aborted, shared.isOpen], [true, false])
})
