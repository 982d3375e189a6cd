// This file is about the page of what no other system has: every point names tests that exist.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { citationsIn, missingTests, numberedRows } from './citations.ts'

const POINTS = 15

const points = numberedRows('docs/what-none-has.md')
const citations = citationsIn(points)

test('every point has its row, in order', () => {
  assert.deepEqual(
    points.map(({ number }) => number),
    Array.from({ length: POINTS }, (_, index) => index + 1),
  )
})

test('every point names a test', () => {
  const silent = points.filter(({ number }) => !citations.some((one) => one.number === number))
  assert.deepEqual(silent, [])
})

test('every test that a point names exists', () => {
  assert.deepEqual(missingTests(citations), [])
})
