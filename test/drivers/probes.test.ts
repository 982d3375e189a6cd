// This file is about testing connections: what passes, what fails, and that what is said to help does.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Connection, leastPolicies, type LeastPolicy } from '../../src/generate/iam-policy.ts'
import type { PolicyStatement } from '../../src/model/iam-policy.ts'
import type { Identity } from '../../src/model/identity.ts'
import { isPassed, type Probe } from '../../src/model/probe.ts'
import { anIdentity, serviceAccountSource } from '../support/aws-logins.ts'
import { ACCOUNT, aProbeWorld, type ProbeWorld, stepOf, unpassed, WEST_HOST } from '../support/probe-world.ts'

let stage: ProbeWorld
before(async () => {
  stage = await aProbeWorld()
})
after(() => stage[Symbol.asyncDispose]())

const WEST = { host: WEST_HOST, service: 'private', account: ACCOUNT, region: 'us-west-1' } as const
const PUBLIC = { host: 'public.ecr.aws', service: 'public', region: 'us-east-1' } as const

type Wish = Pick<Probe, 'identity' | 'registries' | 'permissions'>
const connection = (wish: Wish, more: Partial<Connection> = {}): Connection => ({
  ...wish,
  probes: true,
  ...more,
})

const without = (policies: readonly LeastPolicy[], action: string): readonly LeastPolicy[] =>
  policies.map((one) => ({
    ...one,
    policy: {
      ...one.policy,
      Statement: one.policy.Statement.flatMap((statement): PolicyStatement[] => {
        const kept = [statement.Action].flat().filter((each) => each !== action)
        return kept.length === 0 ? [] : [{ ...statement, Action: kept }]
      }),
    },
  }))

const actionsIn = (policies: readonly LeastPolicy[]): readonly string[] => [
  ...new Set(
    policies
      .filter(({ kind }) => kind === 'identity')
      .flatMap(({ policy }) => policy.Statement.flatMap(({ Action }) => [Action].flat())),
  ),
]

/** What is tried under another name, and what nobody can try. */
const STEPS_OF: Readonly<Record<string, readonly string[]>> = {
  'ecr:GetAuthorizationToken': ['login'],
  'ecr-public:GetAuthorizationToken': ['login'],
  'sts:GetServiceBearerToken': ['login'],
  'ecr:BatchGetImage': ['ecr:BatchGetImage', 'ecr:ListImageReferrers'],
  'ecr:BatchImportUpstreamImage': [],
  'sts:AssumeRole': ['role 1'],
}

describe('the least policy', () => {
  const wishes: readonly { says: string; wish: (identity: Identity) => Wish }[] = [
    {
      says: 'for pulling',
      wish: (identity) => ({ identity, registries: [WEST], permissions: ['pull'] }),
    },
    {
      says: 'for pushing',
      wish: (identity) => ({ identity, registries: [WEST], permissions: ['pull', 'push'] }),
    },
    {
      says: 'for pushing to ECR Public',
      wish: (identity) => ({ identity, registries: [PUBLIC], permissions: ['push'] }),
    },
  ]
  for (const [at, { says, wish }] of wishes.entries()) {
    test(`${says} lets every step pass, and each action that is left out fails its own`, async () => {
      const { arn, source } = stage.user(`least-${at}`)
      const role = stage.role(`least-${at}`)
      const asked = wish(anIdentity(source, role))
      const policies = leastPolicies(connection(asked, { callerArn: arn }))
      stage.give(policies)
      const whole = await stage.probe(asked)
      assert.deepEqual(unpassed(whole), [])
      assert.ok(isPassed(whole))
      for (const action of actionsIn(policies)) {
        // A role of the same account may be assumed by whom it names, whatever that one's own policies say.
        if (action === 'sts:AssumeRole') continue
        stage.give(without(policies, action))
        const failed = (await stage.probe(asked)).steps.filter(({ result }) => result === 'denied')
        assert.deepEqual(
          failed.map(({ name }) => name),
          STEPS_OF[action] ?? [action],
          action,
        )
      }
    })
  }

  test('names the roles of another account and of a chain, with tags and external ids', async () => {
    const { arn, source } = stage.user('chained')
    const first = { ...stage.role('first'), externalId: 'one' }
    const last = { ...stage.role('last', '210987654321'), externalId: 'two', tags: { team: 'a', tier: 'b' } }
    const registry = { ...WEST, account: '210987654321', host: WEST_HOST.replace(ACCOUNT, '210987654321') }
    const asked = {
      identity: anIdentity(source, first, last),
      registries: [registry],
      permissions: ['pull'],
    } as const
    const policies = leastPolicies(connection(asked, { callerArn: arn }))
    stage.give(policies)
    const verdict = await stage.probe(asked)
    assert.deepEqual(unpassed(verdict), [])
    assert.deepEqual(verdict.caller, {
      account: '210987654321',
      arn: 'arn:aws:sts::210987654321:assumed-role/last/everpull',
    })
    for (const action of ['sts:AssumeRole', 'sts:TagSession']) {
      stage.give(without(policies, action))
      const failed = await stage.probe(asked)
      assert.equal(stepOf(failed, action === 'sts:AssumeRole' ? 'role 1' : 'role 2').result, 'denied')
    }
  })

  test('lets a service account take a role that takes itself', async () => {
    const role = stage.role('self')
    const { issuer } = stage.world.issuer.provider
    const identity = anIdentity(serviceAccountSource(role.roleArn), role)
    const asked = { identity, registries: [WEST], permissions: ['pull'] } as const
    const policies = leastPolicies(connection(asked, { issuer }))
    assert.deepEqual(
      policies.map(({ kind, of }) => `${kind} ${of}`),
      [`identity ${role.roleArn}`, `trust ${role.roleArn}`],
    )
    stage.give(policies)
    assert.deepEqual(unpassed(await stage.probe(asked)), [])
  })
})
