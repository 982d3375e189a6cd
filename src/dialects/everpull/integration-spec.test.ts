// This file is about testing how the spec of an EcrIntegration is read: what is taken, and what is wrong where.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minutes } from '../../base/duration.ts'
import { anIntegration } from './integration-fixture.ts'
import { readIntegration, type ReadIntegration } from './integration-spec.ts'

const ROLE = 'arn:aws:iam::123456789012:role/ecr'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

function taken(changed: object): ReadIntegration {
  const read = readIntegration(anIntegration(changed))
  assert.ok(read.is === 'read', JSON.stringify(read))
  return read
}

const roleArns = (changed: object): readonly string[] => taken(changed).roles.map(({ roleArn }) => roleArn)

const inRole = (iamRole: object, more: object = {}): object => ({ auth: { iamRole }, ...more })

describe('is taken:', () => {
  const rows: readonly [string, object][] = [
    ['the identity of the operator itself', {}],
    ['a role by its ARN', inRole({ roleArn: ROLE })],
    ['a role with a path', inRole({ roleArn: 'arn:aws-us-gov:iam::123456789012:role/team/ecr' })],
    [
      'a role with all there is to it',
      inRole({ roleArn: ROLE, externalId: 'a:b/c', sessionName: 'us', duration: '12h', tags: { team: 'a' } }),
    ],
    [
      'a chain of roles of an hour each',
      inRole({ roleArn: ROLE, chain: [{ roleArn: ROLE, duration: '1h' }] }),
    ],
    ['an access key', { auth: { accessKey: { secretName: 'aws' } } }],
    [
      'an access key with its id in the open',
      { auth: { accessKey: { secretName: 'aws', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } } },
    ],
    ['patterns of roles', { allowedRoles: ['arn:aws:iam::*:role/ecr-*', ROLE] }],
    ['with what those are assumed', { allowedRoleSession: { externalId: 'ours', tags: { by: 'everpull' } } }],
    ['all runtimes', { runtimes: { policy: 'All' } }],
    ['selected runtimes', { runtimes: { policy: 'Selected', names: ['eu', 'us'] } }],
    ['sharing by name', { sharing: { namespaces: { names: ['team-*', 'argocd'], exclude: ['team-x'] } } }],
    ['sharing with all', { sharing: { namespaces: { selector: {} } } }],
    [
      'a test every ten seconds, of pushing too',
      { probe: { interval: '10s', permissions: ['pull', 'push'] } },
    ],
    ['registries', { registries: [{ host: HOST }, { public: true }] }],
    ['a region that nobody has heard of', { region: 'mars-north-1' }],
  ]
  for (const [what, changed] of rows) test(what, () => assert.equal(taken(changed).is, 'read'))
})

describe('is refused:', () => {
  const rows: readonly [string, object, RegExp, RegExp][] = [
    ['no region', { region: undefined }, /^spec\.region$/, /missing/],
    ['a region that is no name', { region: 'Europe' }, /^spec\.region$/, /./],
    ['no identity', { auth: {} }, /^spec\.auth$/, /exactly one of iamRole, accessKey and ambient/],
    [
      'two identities',
      { auth: { ambient: {}, accessKey: { secretName: 'a' } } },
      /^spec\.auth$/,
      /exactly one/,
    ],
    ['a role that is none', inRole({ roleArn: 'ecr role' }), /iamRole\.roleArn$/, /write its ARN/],
    [
      'a user for a role',
      inRole({ roleArn: 'arn:aws:iam::123456789012:user/ecr' }),
      /iamRole\.roleArn$/,
      /no ARN of a role/,
    ],
    [
      'a bare name without registries',
      inRole({ roleArn: 'ecr' }),
      /iamRole\.roleArn$/,
      /bare name .* arn:aws:iam::ACCOUNT:role\/ecr/,
    ],
    [
      'a bare name with registries of two accounts',
      inRole(
        { roleArn: 'ecr' },
        { registries: [{ host: HOST }, { account: '210987654321', region: 'eu-west-1' }] },
      ),
      /iamRole\.roleArn$/,
      /several accounts/,
    ],
    [
      'a bare name in the chain',
      inRole({ roleArn: ROLE, chain: [{ roleArn: 'ecr' }] }),
      /iamRole\.chain\[0\]\.roleArn$/,
      /bare name/,
    ],
    [
      'a chained session over an hour',
      inRole({ roleArn: ROLE, chain: [{ roleArn: ROLE, duration: '61m' }] }),
      /chain\[0\]\.duration$/,
      /from 15m to 1h/,
    ],
    [
      'a session over twelve hours',
      inRole({ roleArn: ROLE, duration: '13h' }),
      /iamRole\.duration$/,
      /from 15m to 12h/,
    ],
    [
      'a session under a quarter of an hour',
      inRole({ roleArn: ROLE, duration: '14m' }),
      /iamRole\.duration$/,
      /from 15m/,
    ],
    [
      'an external id that AWS takes for none',
      inRole({ roleArn: ROLE, externalId: 'ours!' }),
      /externalId$/,
      /./,
    ],
    ['an access key without a Secret', { auth: { accessKey: {} } }, /accessKey\.secretName$/, /missing/],
    [
      'an access key id twice',
      { auth: { accessKey: { secretName: 'a', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', accessKeyIdKey: 'id' } } },
      /^spec\.auth\.accessKey$/,
      /not both/,
    ],
    ['every role there is', { allowedRoles: ['*'] }, /^spec\.allowedRoles\[0\]$/, /./],
    ['selected runtimes and none', { runtimes: { policy: 'Selected' } }, /^spec\.runtimes$/, /at least/],
    ['all runtimes and some', { runtimes: { policy: 'All', names: ['eu'] } }, /^spec\.runtimes$/, /Selected/],
    [
      'sharing with nobody',
      { sharing: { namespaces: {} } },
      /^spec\.sharing\.namespaces$/,
      /names or selector/,
    ],
    [
      'a selector that no label can match',
      { sharing: { namespaces: { selector: { matchLabels: { 'a b': 'c' } } } } },
      /selector\.matchLabels$/,
      /label key/,
    ],
    ['a test each second', { probe: { interval: '1s' } }, /^spec\.probe\.interval$/, /from 10s/],
    ['a test now and then', { probe: { interval: 'daily' } }, /^spec\.probe\.interval$/, /./],
    ['a test of nothing', { probe: { permissions: [] } }, /^spec\.probe\.permissions$/, /./],
    [
      'a registry that is none of ECR',
      { registries: [{ host: 'ghcr.io' }] },
      /^spec\.registries\[0\]/,
      /no Amazon ECR host/,
    ],
  ]
  for (const [what, changed, at, message] of rows) {
    test(what, () => {
      const read = readIntegration(anIntegration(changed))
      assert.ok(read.is === 'fault', JSON.stringify(read))
      assert.match(read.at ?? '', at)
      assert.match(read.message, message)
      assert.equal(read.code, 'spec-invalid')
    })
  }
})

test('a bare role name is one of the account and the partition of the registries', () => {
  const registries = [{ account: '123456789012', region: 'cn-north-1' }, { public: true }]
  assert.deepEqual(roleArns(inRole({ roleArn: 'ecr', chain: [{ roleArn: 'ecr-pull' }] }, { registries })), [
    'arn:aws-cn:iam::123456789012:role/ecr',
    'arn:aws-cn:iam::123456789012:role/ecr-pull',
  ])
})

test('each role of a chain is assumed with what it says itself', () => {
  const chain = [{ roleArn: ROLE, duration: '15m', tags: { team: 'a' } }]
  const iamRole = { roleArn: ROLE, externalId: 'ours', sessionName: 'mine', chain }
  assert.deepEqual(taken(inRole(iamRole)).roles, [
    { roleArn: ROLE, externalId: 'ours', sessionName: 'mine' },
    { roleArn: ROLE, sessionName: 'everpull-ecr-prod', duration: minutes(15), tags: { team: 'a' } },
  ])
})

test('the name of a session has a length that AWS takes, however long that of the integration', () => {
  const { ref } = anIntegration()
  const read = readIntegration(
    anIntegration(inRole({ roleArn: ROLE }), { ref: { ...ref, name: 'x'.repeat(253) } }),
  )
  assert.equal(read.is === 'read' && read.roles[0]?.sessionName?.length, 64)
})

test('the same spec is read once', () => {
  const asked = anIntegration()
  assert.equal(readIntegration(asked), readIntegration({ ...asked, status: {} }))
})
