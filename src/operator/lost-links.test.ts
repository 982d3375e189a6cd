// This file is about how long links that somebody takes off are remembered.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { login } from '../../test/support/accounts-bench.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Ref } from '../model/ref.ts'
import { asAccount } from './account-links.ts'
import { LostLinks } from './lost-links.ts'

const RESTORED = { patch: {}, restored: ['pull'] }

const account = (name: string) =>
  asAccount({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'a', name } })

function losing(clock: ManualClock) {
  const lost = new LostLinks(clock)
  const lose = (by: Ref, name: string): void => {
    for (let times = 0; times < 5; times += 1) lost.note(by, account(name), RESTORED)
  }
  return { lost, lose }
}

describe('links that somebody takes off', () => {
  it('are remembered for a minute, and no longer', () => {
    const clock = new ManualClock(0)
    const { lost, lose } = losing(clock)
    lose(login(), 'first')
    clock.advance(30_000)
    lose(login(), 'second')
    lose(login('other'), 'second')
    assert.equal(lost.size, 3)
    clock.advance(31_000)
    assert.equal(lost.size, 2)
    clock.advance(30_000)
    assert.equal(lost.size, 0)
  })

  it('are remembered from the last time on, whoever was first', () => {
    const clock = new ManualClock(0)
    const { lost, lose } = losing(clock)
    for (const name of ['first', 'second']) lose(login(), name)
    clock.advance(30_000)
    lose(login(), 'first')
    clock.advance(31_000)
    assert.equal(lost.size, 1)
    assert.equal(lost.contested(login(), account('first'), RESTORED)?.code, 'account-unlinked')
    assert.equal(lost.contested(login(), account('second'), RESTORED), undefined)
  })

  it('are forgotten with their orderer, and those of others are not', () => {
    const { lost, lose } = losing(new ManualClock(0))
    for (const by of [login(), login('login-2')]) lose(by, 'default')
    lost.forget(login())
    assert.equal(lost.contested(login(), account('default'), RESTORED), undefined)
    assert.equal(lost.contested(login('login-2'), account('default'), RESTORED)?.code, 'account-unlinked')
  })
})
