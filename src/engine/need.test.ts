// This file is about which shared logins serve whom, as a table.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery } from '../../test/support/builders.ts'
import { instant } from '../base/clock.ts'
import { duration, hours, minutes, seconds } from '../base/duration.ts'
import type { Cadence } from '../model/cadence.ts'
import { isUsable, type Need, needOf } from './need.ts'

const MINTED = instant(Date.parse('2026-01-01T00:00:00Z'))
const LIFE = { mintedAt: MINTED, expiresAt: instant(MINTED + hours(12)) }
const after = (ms: number) => instant(MINTED + ms)

describe('a shared login', () => {
  const rows: readonly (readonly [string, number, Need, boolean])[] = [
    ['serves whoever asks for nothing special', minutes(1), {}, true],
    ['serves until two thirds of its life', hours(8) - 1, {}, true],
    ['is spent at two thirds of its life', hours(8), {}, false],
    ['is of no use once it is dead', hours(13), {}, false],
    ['serves while it is younger than the interval', minutes(59), { youngerThan: hours(1) }, true],
    ['is too old at the end of the interval', hours(1), { youngerThan: hours(1) }, false],
    ['serves a renewal when it was minted after the one held', 0, { mintedAfter: after(-1) }, true],
    ['is no renewal of itself', minutes(1), { mintedAfter: MINTED }, false],
    ['is too old for a force that came later', minutes(1), { mintedAfter: after(5) }, false],
  ]
  for (const [name, age, need, usable] of rows) {
    it(name, () => assert.equal(isUsable(LIFE, need, after(age)), usable))
  }
})

describe('what a delivery needs', () => {
  const rows: readonly (readonly [string, Cadence, Need])[] = [
    [
      'is a login younger than its interval',
      { is: 'renewed', interval: hours(1) },
      { youngerThan: hours(1) },
    ],
    ['is any that lives, without an interval', { is: 'renewed' }, {}],
    ['is any that lives, with an interval of zero', { is: 'renewed', interval: duration(0) }, {}],
    [
      'is a login at most a minute old, when it is never renewed again',
      { is: 'once', because: 'so it is' },
      { youngerThan: seconds(60) },
    ],
  ]
  for (const [name, cadence, need] of rows) {
    it(name, () => assert.deepEqual(needOf(aDelivery({ cadence }), {}), need))
  }

  it('keeps what its renewal asks for besides', () => {
    const forced = { mintedAfter: MINTED, isForced: true }
    assert.deepEqual(needOf(aDelivery({ cadence: { is: 'renewed', interval: hours(1) } }), forced), {
      ...forced,
      youngerThan: hours(1),
    })
  })
})
