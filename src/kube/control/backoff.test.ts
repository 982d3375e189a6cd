// This file is about testing how long a key waits after each failure.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { seconds } from '../../base/duration.ts'
import { Backoff, TokenBucket } from './backoff.ts'

test('the ceiling doubles per failure of one key, up to the highest, and success starts over', () => {
  const backoff = new Backoff({ random: () => 1, first: seconds(1), highest: seconds(7) })
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => backoff.next('a')),
    [1000, 2000, 4000, 7000, 7000],
  )
  assert.equal(backoff.next('b'), 1000)
  assert.equal(backoff.failures('a'), 5)
  backoff.reset('a')
  assert.equal(backoff.next('a'), 1000)
})

test('a key that failed a thousand times still has a finite wait', () => {
  const backoff = new Backoff({ random: () => 1 })
  for (let n = 0; n < 1000; n += 1) backoff.next('a')
  assert.equal(backoff.next('a'), 420_000)
})

test('the jitter is full: no wait at all is possible', () => {
  assert.equal(new Backoff({ random: () => 0 }).next('a'), 0)
})

test('a bucket gives its burst at once and then so many a second', () => {
  const clock = new ManualClock()
  const bucket = new TokenBucket({ clock, perSecond: 10, burst: 2 })
  assert.deepEqual([bucket.reserve(), bucket.reserve(), bucket.reserve(), bucket.reserve()], [0, 0, 100, 200])
  assert.equal(bucket.tryTake(), false)
  clock.advance(300)
  assert.equal(bucket.tryTake(), true)
  clock.advance(60_000)
  assert.deepEqual([bucket.tryTake(), bucket.tryTake(), bucket.tryTake()], [true, true, false])
})
