// This file is about testing what the token endpoint remembers: who asked how often, and which tokens were shown.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../base/clock.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { neighbourhoodOf, RateLimit } from './rate-limit.ts'
import { ShownTokens } from './shown-tokens.ts'

describe('who asks often', () => {
  test('is told how long to wait, and may ask when that has passed', () => {
    const clock = new ManualClock()
    const limit = new RateLimit({ burst: 2, perSecond: 0.5, mostRemembered: 10, clock })
    assert.deepEqual([limit.take('a'), limit.take('a'), limit.take('a')], [0, 0, 2])
    assert.equal(limit.take('b'), 0)
    clock.advance(2000)
    assert.deepEqual([limit.take('a'), limit.take('a')], [0, 2])
  })

  test('has no more after a long quiet than a burst', () => {
    const clock = new ManualClock()
    const limit = new RateLimit({ burst: 2, perSecond: 10, mostRemembered: 10, clock })
    clock.advance(1_000_000)
    assert.deepEqual([limit.take('a'), limit.take('a'), limit.take('a')], [0, 0, 1])
  })

  test('is known by the address, or by the network that one has of IPv6', () => {
    const rows: readonly (readonly [string, string])[] = [
      ['10.0.0.7', '10.0.0.7'],
      ['::ffff:10.0.0.7', '10.0.0.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
      ['2001:db8::9', '2001:db8:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['::1', '0:0:0:0::/64'],
    ]
    for (const [address, known] of rows) assert.equal(neighbourhoodOf(address), known)
  })
})

describe('a token that may be shown once', () => {
  const now = instant(1000)
  const token = (id: string, until = 2000) => ({ issuer: 'https://ci', id, until: instant(until) })

  test('is known again, of its issuer', () => {
    const shown = new ShownTokens()
    assert.equal(shown.show(token('a'), now), 'first')
    assert.equal(shown.show(token('a'), now), 'again')
    assert.equal(shown.show({ ...token('a'), issuer: 'https://other' }, now), 'first')
    shown.takeBack(token('a'))
    assert.equal(shown.show(token('a'), now), 'first')
  })

  test('is forgotten when it has expired, and where there is no room nothing is taken', () => {
    const shown = new ShownTokens(2)
    shown.show(token('a', 1500), now)
    shown.show(token('b', 9000), now)
    assert.equal(shown.show(token('c'), now), 'full')
    assert.equal(shown.show(token('c', 9000), instant(1600)), 'first')
    assert.equal(shown.show(token('b', 9000), instant(1600)), 'again')
    assert.equal(shown.size, 2)
  })
})
