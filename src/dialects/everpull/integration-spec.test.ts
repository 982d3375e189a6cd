// This file is about testing how the spec of an EcrIntegration is read: what is taken, and what is wrong where.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minutes } from '../../base/duration.ts'
import { inRole, REFUSED, ROLE, TAKEN } from './fixtures/integration-specs.ts'
import { anIntegration } from './integration-fixture.ts'
import { readIntegration, type ReadIntegration } from './integration-spec.ts'

function taken(changed: object): ReadIntegration {
  const read = readIntegration(anIntegration(changed))
  assert.ok(read.is === 'read', JSON.stringify(read))
  return read
}

const roleArns = (changed: object): readonly string[] => taken(changed).roles.map(({ roleArn }) => roleArn)

describe('is taken:', () => {
  for (const [what, changed] of TAKEN) test(what, () => assert.equal(taken(changed).is, 'read'))
})

describe('is refused:', () => {
  for (const [what, changed, at, message] of REFUSED) {
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
