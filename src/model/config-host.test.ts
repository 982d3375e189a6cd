// This file is about testing which spellings of a host in a docker config are one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bareHost } from './config-host.ts'

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

const rows: readonly (readonly [spelling: string, bare: string])[] = [
  [HOST, HOST],
  [`https://${HOST}`, HOST],
  [`http://${HOST}`, HOST],
  [`https://${HOST}/`, HOST],
  [`https://${HOST}//`, HOST],
  [`https://${HOST}/v1/`, HOST],
  [`https://${HOST}/v2/`, HOST],
  [`https://${HOST}/v2`, HOST],
  [`${HOST}/`, HOST],
  [`HTTPS://${HOST.toUpperCase()}`, HOST],
  [`${HOST}:443`, `${HOST}:443`],
  [`${HOST}/team`, `${HOST}/team`],
  [`${HOST}/v3/`, `${HOST}/v3`],
  [`${HOST}/team/v1`, `${HOST}/team/v1`],
  ['', ''],
  ['https://', ''],
]
for (const [spelling, bare] of rows) {
  test(`"${spelling}" is "${bare}"`, () => assert.equal(bareHost(spelling), bare))
}

test('a spelling of any length is read in a moment', () => {
  const endless = `${HOST}${'/'.repeat(1 << 20)}x`
  assert.equal(bareHost(endless), endless)
})
