// This file is about testing the digest against the one external-secrets computes.
// This file is about testing the digest of a Secret’s data.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goMapSha3 } from './data-digest.ts'

const data = (members: Record<string, string>): Map<string, Buffer> =>
  new Map(Object.entries(members).map(([key, value]) => [key, Buffer.from(value)]))

test('the digest of {foo: value1, bar: value2} is the one external-secrets computes', () => {
  assert.equal(
    goMapSha3(data({ foo: 'value1', bar: 'value2' })),
    '1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64',
  )
})

test('the order in which keys were put in does not matter', () => {
  assert.equal(goMapSha3(data({ foo: '1', bar: '2' })), goMapSha3(data({ bar: '2', foo: '1' })))
})

test('an empty value, an empty map and a moved byte all differ', () => {
  const digests = [{}, { a: '' }, { a: 'b' }, { ab: '' }].map((members) => goMapSha3(data(members)))
  assert.equal(new Set(digests).size, digests.length)
})
