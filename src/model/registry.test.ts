// This file is about testing which host names are taken for Amazon ECR's.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hostOf, isRegionName, parseHost, partitionIdOf } from './registry.ts'

const [header = '', ...rows] = readFileSync(new URL('./fixtures/ecr-hosts.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const columns = header.split(',')
const table = rows.map((row) => {
  const cells = row.split(',')
  return Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']))
})

const expected = (row: Record<string, string>): object => ({
  is: row['kind'],
  ...(row['account'] === '' ? {} : { account: row['account'] }),
  region: row['region'],
  partition: row['partition'],
  fips: row['fips'] === '1',
  dualStack: row['dualstack'] === '1',
})

test('the table of host names is whole', () => assert.equal(table.length, 46))

for (const row of table) {
  const host = row['host'] ?? ''
  if (row['valid'] === '1') {
    test(`${host} is an ECR host`, () => assert.deepEqual(parseHost(host), expected(row)))
  } else {
    test(`${host} is none: ${row['kind']}`, () => assert.equal(parseHost(host).is, 'not-ecr'))
  }
}

for (const row of table.filter(({ kind }) => kind === 'private')) {
  const { host = '', account = '', region = '', partition } = row
  test(`${host} is what its account and region make`, () => {
    const place = { account, region, fips: row['fips'] === '1', dualStack: row['dualstack'] === '1' }
    assert.equal(hostOf(place), host)
    assert.equal(partitionIdOf(region), partition)
  })
}

test('a registry of an unknown region has the host every region of AWS would have', () => {
  const host = hostOf({ account: '123456789012', region: 'lala-land-1' })
  assert.equal(host, '123456789012.dkr.ecr.lala-land-1.amazonaws.com')
})

test('a partition without dual-stack names makes none', () => {
  const host = hostOf({ account: '123456789012', region: 'us-iso-east-1', dualStack: true })
  assert.deepEqual(host, {
    is: 'not-ecr',
    because: 'registries of region us-iso-east-1 have no dual-stack names',
  })
})

const others = [
  ['a region nobody knows yet is accepted', '123456789012.dkr.ecr.lala-land-1.amazonaws.com', 'private'],
  [
    'a China region under the suffix of the others is refused',
    '123456789012.dkr.ecr.cn-north-1.amazonaws.com',
    'not-ecr',
  ],
  [
    'an ordinary region under the suffix of China is refused',
    '123456789012.dkr.ecr.us-west-2.amazonaws.com.cn',
    'not-ecr',
  ],
  [
    'the dual-stack suffix after the ordinary separator is refused',
    '123456789012.dkr.ecr.us-west-2.on.aws',
    'not-ecr',
  ],
  [
    'the ordinary suffix after the dual-stack separator is refused',
    '123456789012.dkr-ecr.us-west-2.amazonaws.com',
    'not-ecr',
  ],
  [
    'a partition without dual-stack registries has none',
    '123456789012.dkr-ecr.us-iso-east-1.on.aws',
    'not-ecr',
  ],
  ['a scheme makes it a URL, not a host', 'https://123456789012.dkr.ecr.us-west-2.amazonaws.com', 'not-ecr'],
  ['a port is not ECR’s', '123456789012.dkr.ecr.us-west-2.amazonaws.com:443', 'not-ecr'],
  ['a path is not a host', '123456789012.dkr.ecr.us-west-2.amazonaws.com/team', 'not-ecr'],
  ['capitals are not how ECR spells it', '123456789012.DKR.ECR.us-west-2.amazonaws.com', 'not-ecr'],
  ['nothing is no host', '', 'not-ecr'],
] as const

for (const [name, host, is] of others) test(name, () => assert.equal(parseHost(host).is, is))

test('a refusal says what is expected of that region', () => {
  const answer = parseHost('123456789012.dkr.ecr.cn-north-1.amazonaws.com')
  assert.equal(
    answer.is === 'not-ecr' && answer.because,
    'registries of region cn-north-1 end in "cn-north-1.amazonaws.com.cn"',
  )
})

test('the form of a region’s name is checked, its existence is not', () => {
  assert.ok(isRegionName('us-east-2') && isRegionName('xx-invalid-99'))
  assert.ok(!isRegionName('us-east-2 ') && !isRegionName('US-EAST-2') && !isRegionName('evil.example/#'))
})
