// This file is about tests of host names: which are registries, and whose.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRegistryHost } from './host.ts'

const registries: readonly [string, string][] = [
  ['123456789012.dkr.ecr.us-west-1.amazonaws.com', 'us-west-1'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['123456789012.dkr-ecr.us-west-2.on.aws', 'us-west-2'],
  ['123456789012.dkr-ecr-fips.us-west-2.on.aws', 'us-west-2'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
  ['123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['123456789012.dkr-ecr-fips.us-gov-east-1.on.aws', 'us-gov-east-1'],
  ['123456789012.dkr.ecr-fips.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
  ['123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1'],
  ['123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1'],
  ['123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk', 'eu-isoe-west-1'],
  ['123456789012.dkr.ecr.us-isof-east-1.csp.hci.ic.gov', 'us-isof-east-1'],
  ['123456789012.dkr.ecr.ap-newland-7.amazonaws.com', 'ap-newland-7'],
]
for (const [host, region] of registries) {
  test(`${host} is a private registry`, () =>
    assert.deepEqual(readRegistryHost(host), { service: 'ecr', account: '123456789012', region }))
}

for (const host of ['public.ecr.aws', 'ecr-public.aws.com']) {
  test(`${host} is the public registry`, () => assert.equal(readRegistryHost(host)?.service, 'ecr-public'))
}

const others = [
  '12345678901.dkr.ecr.us-west-2.amazonaws.com',
  '123456789012.dkr.ecr..amazonaws.com',
  '123456789012.dkr.ecr.us-west-2.amazonaws.com.fake.example.com',
  '123456789012.dkr.ecr.us-west-2.hacker.com',
  '123456789012.dkr.ecr.cn-north-1.amazonaws.com',
  '123456789012.dkr.ecr.us-west-2.amazonaws.com.cn',
  '123456789012.dkr.ecr.us-west-2.on.aws',
  '123456789012.dkr-ecr.us-west-2.amazonaws.com',
  '123456789012.dkr-ecr.cn-north-1.on.aws.com.cn',
  '123456789012.dkr.ecr-fips.eu-central-1.amazonaws.com',
  '123456789012.dkr.ecr-fips.cn-north-1.amazonaws.com.cn',
  'vpce-0a1b2c-d3e4.dkr.ecr.us-east-1.vpce.amazonaws.com',
  'public.ecr.aws.fake.example.com',
  'gcr.io',
]
for (const host of others)
  test(`${host} is no registry`, () => assert.equal(readRegistryHost(host), undefined))
