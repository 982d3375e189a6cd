// This file is about testing how registries are named: every form, and every way to get one wrong.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOST } from './fixtures/resources.ts'
import { readRegistries } from './registries.ts'
import type { RegistryFields } from './registry-schema.ts'

const ACCOUNT = '123456789012'

type Row = readonly [says: string, given: RegistryFields, host: string, scope: object]
const rows: readonly Row[] = [
  ['a host', { host: HOST }, HOST, { service: 'private', region: 'eu-west-1' }],
  [
    'a FIPS host, which asks the FIPS endpoint',
    { host: `${ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com` },
    `${ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com`,
    { service: 'private', region: 'us-gov-west-1', fips: true },
  ],
  [
    'an account and region',
    { account: ACCOUNT, region: 'eu-west-1' },
    HOST,
    { service: 'private', region: 'eu-west-1' },
  ],
  [
    'an account and region with both flags',
    { account: ACCOUNT, region: 'us-gov-west-1', fips: true, dualStack: true },
    `${ACCOUNT}.dkr-ecr-fips.us-gov-west-1.on.aws`,
    { service: 'private', region: 'us-gov-west-1', fips: true, dualStack: true },
  ],
  [
    'an account in China',
    { account: ACCOUNT, region: 'cn-north-1' },
    `${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`,
    { service: 'private', region: 'cn-north-1' },
  ],
  ['ECR Public', { public: true }, 'public.ecr.aws', { service: 'public', region: 'us-east-1' }],
  [
    'ECR Public by both protocols',
    { public: true, dualStack: true },
    'ecr-public.aws.com',
    { service: 'public', region: 'us-east-1', dualStack: true },
  ],
  [
    'ECR Public by its host',
    { host: 'public.ecr.aws' },
    'public.ecr.aws',
    { service: 'public', region: 'us-east-1' },
  ],
  [
    'an alias with its region',
    { host: 'vpce-0a1b-2c3d.dkr.ecr.us-east-1.vpce.amazonaws.com', region: 'us-east-1' },
    'vpce-0a1b-2c3d.dkr.ecr.us-east-1.vpce.amazonaws.com',
    { service: 'private', region: 'us-east-1' },
  ],
  [
    'an alias with a port',
    { host: 'registry.corp.example:5000', region: 'us-east-1' },
    'registry.corp.example:5000',
    { service: 'private', region: 'us-east-1' },
  ],
  [
    'a host with its own region',
    { host: HOST, region: 'eu-west-1' },
    HOST,
    { service: 'private', region: 'eu-west-1' },
  ],
]

describe('a registry is named by', () => {
  for (const [says, given, host, scope] of rows) {
    test(says, () => {
      const { registries, problems } = readRegistries([given])
      assert.deepEqual(problems, [])
      assert.deepEqual([registries[0]?.host, registries[0]?.scope], [host, scope])
    })
  }
})

type Wrong = readonly [says: string, given: RegistryFields, at: string, because: RegExp]
const wrong: readonly Wrong[] = [
  ['a scheme', { host: `https://${HOST}` }, '.host', new RegExp(`has a scheme: write "${HOST}"$`)],
  ['a path', { host: `${HOST}/team` }, '.host', new RegExp(`has a path: write "${HOST}"$`)],
  ['capitals', { host: HOST.toUpperCase() }, '.host', /no host name: use lower-case/],
  ['another registry', { host: 'ghcr.io' }, '.host', /no Amazon ECR host.*say its region too/],
  [
    'a spoofed suffix',
    { host: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.evil.example`, region: 'eu-west-1' },
    '.host',
    /no Amazon ECR host: registries of region eu-west-1 end in/,
  ],
  ['an account too short', { host: '12345.dkr.ecr.eu-west-1.amazonaws.com' }, '.host', /twelve digits/],
  [
    'a region that is not the host’s',
    { host: HOST, region: 'us-east-1' },
    '.region',
    /is one of eu-west-1: leave it out/,
  ],
  ['flags beside a host', { host: HOST, fips: true }, '', /leave fips and dualStack out/],
  ['an account without a region', { account: ACCOUNT }, '.region', /is missing/],
  [
    'a dual-stack name that AWS has not',
    { account: ACCOUNT, region: 'us-iso-east-1', dualStack: true },
    '',
    /no dual-stack names/,
  ],
  ['a region beside public', { public: true, region: 'us-east-1' }, '', /takes dualStack and nothing else/],
]

describe('it is refused for', () => {
  for (const [says, given, at, because] of wrong) {
    test(says, () => {
      const { registries, problems } = readRegistries([given])
      assert.deepEqual(registries, [])
      assert.equal(problems[0]?.at, `spec.registries[0]${at}`)
      assert.match(problems[0]?.because ?? '', because)
    })
  }

  test('being named twice, in whatever form', () => {
    const { problems } = readRegistries([{ host: HOST }, { account: ACCOUNT, region: 'eu-west-1' }])
    assert.deepEqual(problems, [
      { at: 'spec.registries[1]', because: `names ${HOST} again, as spec.registries[0] does: leave it out` },
    ])
  })
})
