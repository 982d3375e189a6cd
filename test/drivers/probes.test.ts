// This file is about testing connections: what passes, what fails, and that what is said to help does.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openAws } from '../../src/aws/connection.ts'
import { systemClock } from '../../src/base/clock.ts'
import { type Connection, leastPolicies, type LeastPolicy } from '../../src/generate/iam-policy.ts'
import type { PolicyStatement } from '../../src/model/iam-policy.ts'
import type { Identity } from '../../src/model/identity.ts'
import { isPassed, type Probe } from '../../src/model/probe.ts'
import { openRegistries } from '../../src/oci/registry.ts'
import { awsProber } from '../../src/operator/adapters/prober.ts'
import { accessKeySource, ALLOW_ALL, anIdentity, serviceAccountSource } from '../support/aws-logins.ts'
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
  'ecr:InitiateLayerUpload': [],
  'ecr:PutImage': [],
  'ecr-public:InitiateLayerUpload': [],
  'ecr-public:PutImage': [],
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

/** The statements of a remedy, in the order of its sentences. */
function statementsIn(remedy: string | undefined): readonly PolicyStatement[] {
  const texts = (remedy ?? '').split(/^(?=\{)|(?<=^\}),?$/mu).filter((text) => text.startsWith('{'))
  return texts.map((text) => JSON.parse(text) as PolicyStatement)
}

describe('a remedy', () => {
  test('for a role that may not be assumed heals, step by step', async () => {
    const { arn, source } = stage.user('remedied')
    const role = { ...stage.role('remedied'), externalId: 'agreed', tags: { team: 'a' } }
    const asked = { identity: anIdentity(source, role) }
    const refused = stepOf(await stage.probe(asked), 'role 1')
    assert.equal(refused.result, 'denied')
    assert.equal(refused.fault?.code, 'aws-denied')
    assert.match(
      refused.remedy ?? '',
      new RegExp(
        `^Add to the trust policy of role ${role.roleArn}:\n.*and to an IAM policy of ${arn}:\n`,
        's',
      ),
    )
    const statements = statementsIn(refused.remedy)
    assert.deepEqual(
      statements.map(({ Action }) => Action),
      ['sts:AssumeRole', 'sts:TagSession', ['sts:AssumeRole', 'sts:TagSession']],
    )
    const trust = statements.filter(({ Principal }) => Principal !== undefined)
    const own = statements.filter(({ Principal }) => Principal === undefined)
    const document = (Statement: readonly PolicyStatement[]) =>
      ({ Version: '2012-10-17', Statement }) as const
    stage.give([
      { kind: 'trust', of: role.roleArn, policy: document(trust) },
      { kind: 'identity', of: arn, policy: document(own) },
    ])
    const taken = await stage.probe(asked)
    assert.equal(stepOf(taken, 'role 1').result, 'passed')
    assert.deepEqual(statementsIn(stepOf(taken, 'login').remedy), [
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    ])
    const granted: PolicyStatement[] = []
    for (let turn = 0; turn < 12; turn += 1) {
      const denied = (await stage.probe(asked)).steps.find(({ result }) => result === 'denied')
      if (denied === undefined) break
      granted.push(...statementsIn(denied.remedy))
      stage.give([{ kind: 'identity', of: role.roleArn, policy: document(granted) }])
    }
    assert.deepEqual(unpassed(await stage.probe(asked)), [])
  })

  test('says that a role does not trust itself by itself', async () => {
    const role = stage.role('selfish')
    const { issuer } = stage.world.issuer.provider
    const identity = anIdentity(serviceAccountSource(role.roleArn), role)
    const web = stepOf(await stage.probe({ identity }), 'credentials')
    assert.equal(web.result, 'denied')
    const [trust] = statementsIn(web.remedy)
    assert.match(web.remedy ?? '', new RegExp(`IAM has to know ${issuer} as an OpenID Connect provider`))
    const policy = { Version: '2012-10-17', Statement: [trust ?? assert.fail()] } as const
    stage.give([{ kind: 'trust', of: role.roleArn, policy }])
    const self = stepOf(await stage.probe({ identity }), 'role 1')
    assert.match(self.remedy ?? '', /AWS lets no role assume itself unless both policies say so/)
    assert.deepEqual(statementsIn(self.remedy)[0]?.Principal, { AWS: role.roleArn })
  })

  test('for images of another account names the policy of its repositories', async () => {
    const { arn, source } = stage.user('neighbour')
    const host = WEST_HOST.replace(ACCOUNT, '210987654321')
    const registries = [{ ...WEST, account: '210987654321', host }]
    const asked = { identity: anIdentity(source), registries, permissions: ['pull'] } as const
    const policies = leastPolicies(connection(asked, { callerArn: arn }))
    assert.deepEqual(
      policies.map(({ kind, of }) => `${kind} ${of}`),
      [`identity ${arn}`, 'repository 210987654321'],
    )
    stage.give(policies)
    const verdict = await stage.probe(asked)
    const listing = stepOf(verdict, 'ecr:DescribeRepositories')
    assert.ok(isPassed(verdict))
    assert.match(
      listing.remedy ?? '',
      /and, as account 210987654321 owns them, to the policy of each repository there/,
    )
    assert.equal(stepOf(verdict, 'ecr:BatchGetImage').result, 'skipped')
  })
})

describe('a step that fails', () => {
  test('leaves what comes after it untried', async () => {
    const { source } = stage.user('hopeless')
    const verdict = await stage.probe({ identity: anIdentity(source, stage.role('hopeless')) })
    assert.deepEqual(
      verdict.steps.slice(0, 3).map(({ name, result }) => `${name} ${result}`),
      ['credentials passed', 'identity passed', 'role 1 denied'],
    )
    assert.ok(verdict.steps.slice(3).every(({ result }) => result === 'skipped'))
    assert.equal(isPassed(verdict), false)
    assert.equal(verdict.caller?.arn, 'arn:aws:iam::123456789012:user/hopeless')
  })

  test('tells AWS’s id of the request beside its message, never in it', async () => {
    const { source } = stage.user('traced')
    const verdict = await stage.probe({ identity: anIdentity(source) })
    const { steps } = verdict
    const login = stepOf(verdict, 'login')
    assert.equal(login.result, 'denied')
    assert.match(login.requestId ?? '', /^[0-9a-f-]{36}$/)
    assert.ok(
      !JSON.stringify(steps.map(({ fault, remedy }) => [fault, remedy])).includes(login.requestId ?? 'none'),
    )
    assert.match(stepOf(verdict, 'identity').requestId ?? '', /^[0-9a-f-]{36}$/)
  })

  const keys: readonly { says: string; values: Record<string, string>; remedy: RegExp }[] = [
    {
      says: 'a key id that AWS does not know',
      values: { 'access-key': 'AKIAIOSFODNN7EXAMPLE', 'secret-access-key': 'x'.repeat(40) },
      remedy: /^Check the access key id/,
    },
    {
      says: 'a secret key that is another’s',
      values: { 'secret-access-key': 'x'.repeat(40) },
      remedy: /^Check the secret access key/,
    },
  ]
  for (const { says, values, remedy } of keys) {
    test(`tells ${says} by asking who it is`, async () => {
      const { principals, secrets } = stage.world
      const ref = { namespace: 'argocd', name: 'wrong' }
      secrets.put(ref, { 'access-key': principals.bot.accessKeyId, ...values })
      const verdict = await stage.probe({ identity: anIdentity(accessKeySource(ref)) })
      const step = stepOf(verdict, 'identity')
      assert.equal(step.result, 'failed')
      assert.match(step.remedy ?? '', remedy)
    })
  }

  test('may be a Secret that is not there', async () => {
    const missing = accessKeySource({ namespace: 'argocd', name: 'nowhere' })
    const step = stepOf(await stage.probe({ identity: anIdentity(missing) }), 'credentials')
    assert.deepEqual(
      [step.result, step.fault?.code, step.fault?.at],
      ['failed', 'credential-missing', 'spec.identity'],
    )
  })

  test('may be a registry that takes logins of other regions only', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const host = WEST_HOST.replace('us-west-1', 'us-east-2')
    const verdict = await stage.probe({ identity, registries: [{ ...WEST, host }] })
    const step = stepOf(verdict, 'registry')
    assert.equal(step.result, 'denied')
    assert.match(step.remedy ?? '', /^A login is good in the region it was obtained in/)
  })

  test('may be a host nobody can reach', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const verdict = await stage.probe({ identity, registries: [{ ...WEST, host: 'registry.example' }] })
    assert.equal(stepOf(verdict, 'registry').fault?.code, 'aws-unavailable')
    assert.equal(stepOf(verdict, 'ecr:BatchGetImage').result, 'skipped')
  })
})

test('a network without STS hinders nobody who takes no role', async (t) => {
  const { settings, sandbox } = stage.world
  const endpoints = { ecr: sandbox.url, sts: 'http://127.0.0.1:1' }
  const aws = openAws({ ...settings, endpoints })
  t.after(() => aws.close())
  const direct = await stage.probe({ identity: anIdentity(accessKeySource()) }, aws)
  assert.equal(stepOf(direct, 'identity').result, 'failed')
  assert.ok(isPassed(direct))
  assert.equal(direct.caller, undefined)
  const overRole = await stage.probe({ identity: anIdentity(accessKeySource(), stage.world.puller()) }, aws)
  assert.equal(stepOf(overRole, 'role 1').result, 'skipped')
  assert.equal(isPassed(overRole), false)
})

test('a probe that is called off says nothing', async () => {
  const { world, front } = stage
  const registries = openRegistries({ proxyEnv: front.proxyEnv })
  const parts = { secrets: world.secrets, tokens: world.tokens, policy: ALLOW_ALL, clock: systemClock }
  const prober = awsProber({ ...parts, registries, aws: front.aws })
  const reason = new Error('called off')
  const probe = { region: 'us-west-1', registries: [WEST], permissions: ['pull'], at: '' } as const
  const asked = { ...probe, identity: anIdentity(accessKeySource(), world.puller()) }
  await assert.rejects(prober.probe(asked, AbortSignal.abort(reason)), reason)
})

describe('patience', () => {
  test('being throttled is no failure', async (t) => {
    const { faults } = stage.world.sandbox
    t.after(() => faults.clear())
    faults.add({ kind: 'throttle', operation: 'GetAuthorizationToken', times: 5 })
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    assert.deepEqual(unpassed(await stage.probe({ identity })), [])
  })

  test('unless it lasts', async (t) => {
    const { faults } = stage.world.sandbox
    t.after(() => faults.clear())
    faults.add({ kind: 'throttle', operation: 'GetAuthorizationToken' })
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const step = stepOf(await stage.probe({ identity }), 'login')
    assert.deepEqual([step.result, step.fault?.code], ['failed', 'aws-throttled'])
  })

  test('one login is minted for all registries of a region', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const registries = [
      WEST,
      { ...WEST, account: '210987654321', host: WEST_HOST.replace(ACCOUNT, '210987654321') },
    ]
    const asked = (): Promise<unknown> => stage.probe({ identity, registries })
    assert.equal(await stage.world.callsDuring('GetAuthorizationToken', asked), 1)
    assert.equal(await stage.world.callsDuring('AssumeRole', asked), 1)
  })

  test('a login alone is tested where no registry is named', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const verdict = await stage.probe({ identity, registries: [] })
    assert.deepEqual(
      verdict.steps.map(({ name }) => name),
      ['credentials', 'identity', 'role 1', 'login'],
    )
    assert.ok(isPassed(verdict))
    assert.ok((verdict.login?.expiresAt ?? 0) > verdict.at)
  })
})

describe('endpoints', () => {
  test('a FIPS registry is tested by FIPS endpoints, from the first role to the registry itself', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const host = `${ACCOUNT}.dkr-ecr-fips.us-east-2.on.aws`
    const registry = { ...WEST, host, region: 'us-east-2', fips: true, dualStack: true } as const
    const probe = { identity, region: 'us-east-2', registries: [registry] }
    const hosts = await stage.front.hostsDuring(async () => {
      assert.ok(isPassed(await stage.probe(probe)))
    })
    assert.deepEqual(hosts, ['sts-fips.us-east-2.api.aws', 'ecr-fips.us-east-2.api.aws'])
    const pinged = stage.front.front.pulls.list(0).filter((pull) => pull.host === host)
    assert.deepEqual(
      pinged.map(({ status }) => status),
      [401, 200],
    )
  })

  test('a registry behind an alias is the caller’s own', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const { account: _, ...alias } = WEST
    assert.deepEqual(unpassed(await stage.probe({ identity, registries: [alias] })), [])
  })

  test('pulling from ECR Public takes a login that it takes', async () => {
    const identity = anIdentity(accessKeySource(), stage.world.puller())
    const { steps } = await stage.probe({ identity, registries: [PUBLIC] })
    assert.deepEqual(steps.map(({ name, on, result }) => `${name} ${on ?? ''} ${result}`).slice(-2), [
      'login ECR Public passed',
      'registry public.ecr.aws passed',
    ])
  })
})

test('nothing is left in a repository that was tested for pushing', async () => {
  const { arn, source } = stage.user('tidy')
  const asked = { identity: anIdentity(source), registries: [WEST], permissions: ['push'] } as const
  stage.give(leastPolicies(connection(asked, { callerArn: arn })))
  const { repositories } = stage.world.sandbox
  const before = repositories.list('ecr', ACCOUNT, 'us-west-1').length
  assert.deepEqual(unpassed(await stage.probe(asked)), [])
  assert.equal(repositories.list('ecr', ACCOUNT, 'us-west-1').length, before)
  const calls = stage.world.sandbox.calls.list().filter(({ principal }) => principal === arn)
  const outcomes = calls.map(({ operation, outcome }) => `${operation} ${outcome}`)
  assert.ok(outcomes.includes('UploadLayerPart UploadNotFoundException'), outcomes.join(', '))
  assert.ok(outcomes.includes('CompleteLayerUpload UploadNotFoundException'))
  for (const operation of ['InitiateLayerUpload', 'PutImage'])
    assert.ok(!calls.some((call) => call.operation === operation), operation)
})
