// This file is about the table of cases of the original: none is missing, and each test it names exists.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { citationsIn, missingTests, numberedRows } from './citations.ts'

const CASES = 104
const LEFT_OUT = /^left out: \S/

const cases = numberedRows('src/dialects/external-secrets/README.md')
const citations = citationsIn(cases)

test('every case has its row, in order', () => {
  assert.deepEqual(
    cases.map(({ number }) => number),
    Array.from({ length: CASES }, (_, index) => index + 1),
  )
})

test('every case names a test, or says why it is left out', () => {
  const silent = cases.filter(
    ({ number, tests }) => !LEFT_OUT.test(tests) && !citations.some((one) => one.number === number),
  )
  assert.deepEqual(silent, [])
})

test('every test that a case names exists', () => {
  assert.deepEqual(missingTests(citations), [])
})
