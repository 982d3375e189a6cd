// This file is about testing the logins that an integration gives by name: for which registries, and how far they reach.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Permission } from '../../model/probe.ts'
import { endpointWants } from './endpoint-logins.ts'
import { anIntegration, aWorld } from './integration-fixture.ts'
import { find } from './lending.ts'

const ROLE = 'arn:aws:iam::123456789012:role/ecr'
const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const WEST = '123456789012.dkr.ecr.us-west-2.amazonaws.com'
const byRole = { auth: { iamRole: { roleArn: ROLE } } }

function asked(spec: object, access: Permission = 'pull') {
  const world = aWorld([anIntegration(spec)])
  const found = find(world, 'ecr-prod')
  assert.ok(found.is === 'found', JSON.stringify(found))
  return endpointWants(world, found, access)
}

function wants(spec: object, access: Permission = 'pull') {
  const answer = asked(spec, access)
  assert.ok(answer.is === 'wants', JSON.stringify(answer))
  return answer.wants
}

const refusal = (spec: object, access: Permission = 'pull'): string => {
  const answer = asked(spec, access)
  assert.ok(answer.is === 'fault', JSON.stringify(answer))
  assert.equal(answer.code, 'integration-refused')
  return answer.message
}

describe('by name, an integration gives', () => {
  test('a login for each registry that it names, all with one identity', () => {
    const given = wants({ ...byRole, registries: [{ host: HOST }, { host: WEST }, { public: true }] })
    assert.deepEqual(
      given.map(({ host, want }) => [host, want.scope.service, want.scope.region]),
      [
        [HOST, 'private', 'eu-west-1'],
        [WEST, 'private', 'us-west-2'],
        ['public.ecr.aws', 'public', 'us-east-1'],
      ],
    )
    assert.equal(new Set(given.map(({ want }) => JSON.stringify(want.identity))).size, 1)
  })

  test('that of its role and region where it names none', () => {
    assert.deepEqual(
      wants(byRole).map(({ host }) => host),
      [HOST],
    )
    const china = { region: 'cn-north-1', auth: { iamRole: { roleArn: ROLE.replace('aws', 'aws-cn') } } }
    assert.deepEqual(
      wants(china).map(({ host }) => host),
      ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    )
  })

  test('none where nothing tells the account', () => {
    assert.match(
      refusal({}, 'push'),
      /names no registry, and no role that tells its account: name them in spec.registries/,
    )
  })

  test('a login to pull that cannot push', () => {
    const [want] = wants({ ...byRole, registries: [{ host: HOST }] })
    const policy = want?.want.identity.roles.at(-1)?.policy ?? ''
    assert.match(policy, /BatchGetImage/)
    assert.doesNotMatch(policy, /PutImage|UploadLayerPart/)
  })

  test('a login to push, and for its registries alone', () => {
    const [want] = wants({ ...byRole, registries: [{ host: HOST }] }, 'push')
    const policy = want?.want.identity.roles.at(-1)?.policy ?? ''
    assert.match(policy, /PutImage/)
    assert.match(policy, /arn:aws:ecr:eu-west-1:123456789012:repository/)
  })

  test('no login to pull where nothing keeps it from pushing', () => {
    const registries = [{ host: HOST }]
    assert.match(refusal({ registries }), /assumes no role, so that its login cannot be kept from pushing/)
    assert.equal(wants({ registries }, 'push').length, 1)
  })

  test('none where its registries do not fit into a session policy', () => {
    const registries = Array.from({ length: 60 }, (_, i) => ({
      account: String(100_000_000_000 + i),
      region: 'eu-west-1',
    }))
    assert.match(refusal({ ...byRole, registries }), /where AWS takes 2048/)
  })

  test('none to those whom it is not meant for', () => {
    assert.match(
      refusal({ ...byRole, runtimes: { policy: 'Selected', names: ['eu'] } }),
      /meant for runtime "eu"/,
    )
  })

  test('its session the name and the external id it has anyway', () => {
    const iamRole = { roleArn: ROLE, externalId: 'ours', chain: [{ roleArn: `${ROLE}-2` }] }
    const [want] = wants({ auth: { iamRole }, registries: [{ host: HOST }] })
    const roles = want?.want.identity.roles ?? []
    assert.deepEqual(
      roles.map(({ roleArn, externalId, policy }) => [roleArn, externalId, policy === undefined]),
      [
        [ROLE, 'ours', true],
        [`${ROLE}-2`, undefined, false],
      ],
    )
  })
})
