// This file is about whether a schema keeps a field.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Schema } from './discovery.ts'
import { admits } from './discovery.ts'

const schema: Schema = {
  properties: {
    status: {
      properties: {
        conditions: { items: { properties: { type: {} } } },
        anything: { 'x-kubernetes-preserve-unknown-fields': true },
        labels: { additionalProperties: { properties: { a: {} } } },
        free: { additionalProperties: true },
      },
    },
  },
}

const rows: readonly (readonly [string, boolean])[] = [
  ['status', true],
  ['status.conditions', true],
  ['status.conditions.[].type', true],
  ['status.conditions.[].other', false],
  ['status.other', false],
  ['status.anything.goes', true],
  ['status.labels.x.a', true],
  ['status.labels.x.b', false],
  ['status.free.x', true],
  ['other', false],
]

for (const [path, expected] of rows) {
  test(`${path} is ${expected ? 'kept' : 'pruned'}`, () =>
    assert.equal(admits(schema, path.split('.')), expected))
}

test('without a schema nothing is known to be kept', () => assert.equal(admits(undefined, ['status']), false))
