// This file is about medians and percentiles.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentile, summaryOf } from './statistics.ts'

test('the median of three is the one in the middle, whatever their order', () => {
  assert.deepEqual(summaryOf([3, 1, 2]), { median: 2, least: 1, most: 3 })
})

test('the median of two lies between them', () => {
  assert.deepEqual(summaryOf([4, 1]), { median: 2.5, least: 1, most: 4 })
})

test('nothing measured has no median', () => {
  assert.throws(() => summaryOf([]), /nothing was measured/)
})

test('the 99th percentile of a hundred is the one that a single value exceeds', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.equal(percentile(values, 0.99), 99)
  assert.equal(percentile(values, 0.5), 50)
  assert.equal(percentile([7], 0.99), 7)
})
