// This file is about testing what counts as base64.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode } from './decoding.ts'

type Row = readonly [value: string, decoding: Parameters<typeof decode>[1], decoded: string | undefined]

const rows: readonly Row[] = [
  ['dmFsdWU=', 'none', 'dmFsdWU='],
  ['dmFsdWU=', 'base64', 'value'],
  ['dmFs\r\ndWU=\n', 'base64', 'value'],
  ['dmFs dWU=', 'base64', undefined],
  ['dmFsdWU', 'base64', undefined],
  ['dmFsdWU==', 'base64', undefined],
  ['', 'base64', ''],
  ['Pz8_', 'base64', undefined],
  ['Pz8_', 'base64url', '???'],
  ['Pz8/', 'base64url', undefined],
  ['Pz8/', 'auto', '???'],
  ['Pz8_', 'auto', '???'],
  ['not base64!', 'auto', 'not base64!'],
]
for (const [value, decoding, decoded] of rows) {
  test(`${JSON.stringify(value)} as ${decoding} is ${JSON.stringify(decoded)}`, () => {
    assert.equal(decode(Buffer.from(value), decoding)?.toString(), decoded)
  })
}
