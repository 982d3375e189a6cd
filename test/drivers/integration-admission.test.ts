// This file is about what a real API server takes as an EcrIntegration, and what it refuses before anybody has to be told.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { REFUSED, TAKEN } from '../../src/dialects/everpull/fixtures/integration-specs.ts'
import { integrationSpec } from '../../src/dialects/everpull/integration-fixture.ts'
import { ECR_INTEGRATION } from '../../src/dialects/everpull/integration-kind.ts'
import { crdYaml } from '../../src/generate/crds.ts'
import { type DefinedServer, startDefinedServer } from '../support/definitions.ts'

/** What takes more than a schema can say: the operator tells it. */
const TOLD_LATER = new Set([
  'a role that is none',
  'a user for a role',
  'a bare name without registries',
  'a bare name with registries of two accounts',
  'a bare name in the chain',
  'a selector that no label can match',
  'a registry that is none of ECR',
])

interface Refusal {
  readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] }
}
interface Read {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: object
}

describe('an API server', () => {
  let server: DefinedServer
  before(async () => {
    server = await startDefinedServer(crdYaml([ECR_INTEGRATION]))
  })
  after(() => server.stop())

  const path = '/apis/everpull.dev/v1alpha1/ecrintegrations'
  const create = (name: string, changed: object) =>
    server.call('POST', `${path}?fieldValidation=Strict`, {
      apiVersion: 'everpull.dev/v1alpha1',
      kind: 'EcrIntegration',
      metadata: { name },
      spec: { ...integrationSpec, ...changed },
    })

  for (const [row, [what, changed]] of TAKEN.entries()) {
    test(`takes ${what}`, async () => {
      const { status, body } = await create(`taken-${row}`, changed)
      assert.equal(status, 201, body)
    })
  }

  for (const [row, [what, changed, at]] of REFUSED.entries()) {
    const isTaken = TOLD_LATER.has(what)
    test(`${isTaken ? 'leaves to the operator' : 'refuses'} ${what}`, async () => {
      const { status, body } = await create(`refused-${row}`, changed)
      assert.equal(status, isTaken ? 201 : 422, body)
      if (isTaken) return
      const { causes } = (JSON.parse(body) as Refusal).details
      assert.ok(
        causes.some(({ field }) => at.test(field)),
        body,
      )
    })
  }

  test('fills in what is not said', async () => {
    await create('filled', { runtimes: {}, probe: {} })
    const { spec } = JSON.parse((await server.call('GET', `${path}/filled`)).body) as Read
    assert.deepEqual(
      [spec['runtimes'], spec['probe']],
      [{ policy: 'All' }, { interval: '1h', permissions: ['pull'] }],
    )
  })

  test('shows the columns that matter', async () => {
    await create('shown', {})
    const status = {
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Tested',
          message: 'fine',
          lastTransitionTime: '2026-05-04T10:00:00Z',
        },
      ],
      identity: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/bot' },
      expiresAt: '2099-01-01T00:00:00Z',
      lastTestedAt: '2026-05-04T10:00:00Z',
      usedBy: { count: 3, first: ['RegistryLogin team-a/pull'] },
    }
    const patched = await server.patch(`${path}/shown/status`, { status })
    assert.equal(patched.status, 200, patched.body)
    const [head = '', line = ''] = (await server.kubectl('get', 'ecri', 'shown')).split('\n')
    assert.deepEqual(head.trim().split(/ {2,}/), [
      'NAME',
      'READY',
      'IDENTITY',
      'REGION',
      'EXPIRES',
      'IN USE',
      'TESTED',
      'AGE',
    ])
    assert.deepEqual(line.trim().split(/ {2,}/).slice(0, 6), [
      'shown',
      'True',
      'arn:aws:iam::123456789012:user/bot',
      'eu-west-1',
      '2099-01-01T00:00:00Z',
      '3',
    ])
  })
})
