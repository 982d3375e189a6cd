// This file is about which seeds a text means.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSeeds } from './seeds.ts'

test('seeds are numbers, ranges, and both', () => {
  assert.deepEqual(parseSeeds('7'), [7])
  assert.deepEqual(parseSeeds('1..3'), [1, 2, 3])
  assert.deepEqual(parseSeeds('1..2, 9,12..13'), [1, 2, 9, 12, 13])
  assert.deepEqual(parseSeeds(''), [])
  assert.throws(() => parseSeeds('all'), /not "all"/)
})
