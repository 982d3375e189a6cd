// This file is about tests of the names of AWS's APIs: those the SDK computes, and those no server has.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ECRClient } from '@aws-sdk/client-ecr'
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public'
import { STSClient } from '@aws-sdk/client-sts'
import { readApiHost } from './api-host.ts'

const REGIONS = [
  'us-west-1',
  'eu-central-1',
  'us-gov-west-1',
  'cn-north-1',
  'eusc-de-east-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'eu-isoe-west-1',
  'us-isof-south-1',
]
const WITHOUT_FIPS = new Set(['eu-central-1', 'cn-north-1'])

for (const Region of REGIONS) {
  for (const [service, client] of [
    ['ecr', new ECRClient({ region: Region })],
    ['sts', new STSClient({ region: Region })],
  ] as const) {
    for (const UseFIPS of [false, true]) {
      for (const UseDualStack of [false, true]) {
        const endpoint = { Region, UseFIPS, UseDualStack }
        const host = client.config.endpointProvider(endpoint, {}).url.hostname
        const isThere = !UseFIPS || !WITHOUT_FIPS.has(Region)
        test(`${host} ${isThere ? 'is' : 'is not'} there`, () =>
          assert.deepEqual(readApiHost(host), isThere ? { service, region: Region } : undefined))
      }
    }
  }
}

test('the public service is in us-east-1, and has no FIPS endpoint', () => {
  const { endpointProvider } = new ECRPUBLICClient({ region: 'us-east-1' }).config
  const host = (Region: string, UseFIPS: boolean, UseDualStack: boolean): string =>
    endpointProvider({ Region, UseFIPS, UseDualStack }, {}).url.hostname
  for (const isDualStack of [false, true]) {
    const found = { service: 'ecr-public', region: 'us-east-1' }
    assert.deepEqual(readApiHost(host('us-east-1', false, isDualStack)), found)
    assert.equal(readApiHost(host('us-east-1', true, isDualStack)), undefined)
    assert.equal(readApiHost(host('eu-west-1', false, isDualStack)), undefined)
  }
})

test('the global STS is in us-east-1', () =>
  assert.deepEqual(readApiHost('sts.amazonaws.com'), { service: 'sts', region: 'us-east-1' }))

test('an interface endpoint of a VPC answers for its service and region', () => {
  const ecr = { service: 'ecr', region: 'us-west-1' }
  assert.deepEqual(readApiHost('vpce-0a1b-2c3d.api.ecr.us-west-1.vpce.amazonaws.com'), ecr)
  const sts = { service: 'sts', region: 'cn-north-1' }
  assert.deepEqual(readApiHost('vpce-0a1b-2c3d-cn-north-1a.sts.cn-north-1.vpce.amazonaws.com.cn'), sts)
})

const others = [
  'vpce-0a1b-2c3d.dkr.ecr.us-east-1.vpce.amazonaws.com',
  'vpce-0a1b-2c3d.api.ecr.cn-north-1.vpce.amazonaws.com',
  'api.ecr.cn-north-1.amazonaws.com',
  'api.ecr.us-west-1.amazonaws.com.cn',
  'ecr.us-west-1.amazonaws.com',
  'api.ecr.us-west-1.api.aws',
  'api.sts.us-west-1.amazonaws.com',
  'sts-fips.us-gov-west-1.amazonaws.com',
  'api.ecr.us-west-1.amazonaws.com.fake.example.com',
  'api.ecr..amazonaws.com',
  '123456789012.dkr.ecr.us-west-1.amazonaws.com',
]
for (const host of others) test(`${host} is no API`, () => assert.equal(readApiHost(host), undefined))
