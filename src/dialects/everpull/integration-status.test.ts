// This file is about testing what users of an EcrIntegration are told: how its last test went, and who uses it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Instant, instant } from '../../base/clock.ts'
import { hours } from '../../base/duration.ts'
import { type FaultCode, fault } from '../../model/fault.ts'
import type { Step, Verdict } from '../../model/probe.ts'
import type { Resource } from '../../model/resource.ts'
import type { Others, Status } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import type { Condition } from './conditions.ts'
import { translateIntegration } from './integration.ts'
import { anIntegration, aUser, aWorld } from './integration-fixture.ts'
import { type EcrIntegrationStatus, EcrIntegration } from './integration-schema.ts'
import { integrationStatus } from './integration-status.ts'

const ARN = 'arn:aws:sts::123456789012:assumed-role/ecr/everpull-ecr-prod'
const later = (ms: number): Instant => instant(someTime + ms)

const passed = (name: string, more: Partial<Step> = {}): Step => ({
  name,
  result: 'passed',
  tookMs: 7,
  ...more,
})
const refused = (name: string, code: FaultCode, more: Partial<Step> = {}): Step => ({
  name,
  result: 'denied',
  fault: fault(code, `${name} is not allowed`),
  tookMs: 9,
  ...more,
})

const aVerdict = (changed: Partial<Verdict> = {}): Verdict => ({
  at: someTime,
  steps: [passed('credentials'), passed('identity', { requestId: 'r-1' }), passed('login')],
  caller: { account: '123456789012', arn: ARN },
  login: { mintedAt: someTime, expiresAt: later(hours(12)) },
  ...changed,
})

/** What a pass over the object tells. */
function pass(asked: Resource, verdict: Verdict | undefined, world = aWorld(), at?: Instant): Status {
  const translation = translateIntegration(asked, world)
  const circumstances = translation.is === 'order' ? translation.circumstances : undefined
  const others: Others = {
    at,
    circumstances,
    ...(verdict === undefined ? {} : { verdicts: [verdict] }),
  }
  return integrationStatus(asked, [], others)
}

function after(asked: Resource, { status }: Status): Resource {
  const merged = Object.entries({ ...(asked.status as object | undefined), ...status })
  return { ...asked, status: Object.fromEntries(merged.filter(([, value]) => value !== null)) }
}

const toldOf = (asked: Resource): EcrIntegrationStatus => asked.status as EcrIntegrationStatus

const condition = (asked: Resource, type: string): Condition | undefined =>
  toldOf(asked).conditions?.find((one) => one.type === type)

const types = (asked: Resource): readonly string[] => (toldOf(asked).conditions ?? []).map(({ type }) => type)

describe('a test that passed', () => {
  const asked = anIntegration()
  const first = pass(asked, aVerdict())
  const told = after(asked, first)

  test('is told with who it is, when its login dies, and every step', () => {
    const { conditions, usedBy, ...rest } = toldOf(told)
    assert.deepEqual(rest, {
      observedGeneration: 3,
      lastTestedAt: '2026-05-04T10:00:00Z',
      identity: { account: '123456789012', arn: ARN },
      expiresAt: '2026-05-04T22:00:00Z',
      permissions: ['credentials', 'identity', 'login'].map((name) => ({ name, result: 'Passed' })),
    })
    assert.deepEqual(usedBy, { count: 0, first: [] })
    assert.deepEqual(
      conditions?.map(({ type, status, reason }) => [type, status, reason]),
      [
        ['Ready', 'True', 'Tested'],
        ['SharingEnforced', 'True', 'Enforced'],
        ['InUse', 'False', 'NotUsed'],
      ],
    )
    assert.deepEqual(first.events, [
      { type: 'Normal', reason: 'Tested', message: 'everything that was tested is allowed' },
    ])
  })

  test('fits the schema', () => {
    assert.deepEqual(EcrIntegration.parse({ spec: asked.spec, status: told.status }).status, told.status)
  })

  test('is told once', () => {
    assert.deepEqual(pass(told, aVerdict(), aWorld(), later(60_000)), { events: [] })
  })

  test('is told again with its time alone when it passes again', () => {
    const again = after(told, pass(told, aVerdict({ at: later(hours(1)) })))
    assert.deepEqual(toldOf(again), { ...toldOf(told), lastTestedAt: '2026-05-04T11:00:00Z' })
  })
})

describe('a test that failed', () => {
  const remedy = 'allow ecr:BatchGetImage'
  const denied = aVerdict({
    steps: [passed('login'), refused('ecr:BatchGetImage', 'aws-denied', { on: 'host', remedy })],
  })
  const asked = anIntegration()
  const first = pass(asked, denied)
  const told = after(asked, first)

  test('is told with what failed, why, and what to change', () => {
    const ready = condition(told, 'Ready')
    assert.deepEqual([ready?.status, ready?.reason], ['False', 'AccessDenied'])
    assert.equal(ready?.message, 'ecr:BatchGetImage on host: ecr:BatchGetImage is not allowed')
    assert.deepEqual(toldOf(told).permissions?.[1], {
      name: 'ecr:BatchGetImage',
      on: 'host',
      result: 'Denied',
      reason: 'AccessDenied',
      message: 'ecr:BatchGetImage is not allowed',
      remedy,
    })
    assert.equal(condition(told, 'Reconciling')?.status, 'True')
    assert.deepEqual(first.events, [{ type: 'Warning', reason: 'AccessDenied', message: ready.message }])
  })

  test('is told once', () => {
    const again = pass(told, {
      ...denied,
      at: later(60_000),
      steps: denied.steps.map((step) => ({ ...step, tookMs: 1, requestId: 'r-2' })),
    })
    assert.deepEqual(again.events, [])
    assert.deepEqual(after(told, again).status, { ...toldOf(told), lastTestedAt: '2026-05-04T10:01:00Z' })
  })

  test('is over when it passes, and that is told', () => {
    const passes = pass(told, aVerdict({ at: later(60_000) }))
    const now = after(told, passes)
    assert.deepEqual(types(now), ['Ready', 'SharingEnforced', 'InUse'])
    assert.equal(condition(now, 'Ready')?.lastTransitionTime, '2026-05-04T10:01:00Z')
    assert.deepEqual(
      passes.events.map(({ type }) => type),
      ['Normal'],
    )
  })

  test('says how many steps did, and first what lasts', () => {
    const steps = [
      refused('login', 'aws-throttled'),
      refused('ecr:ListImages', 'aws-denied'),
      refused('registry', 'aws-denied'),
    ]
    const now = after(asked, pass(asked, aVerdict({ steps })))
    assert.match(
      condition(now, 'Ready')?.message ?? '',
      /^ecr:ListImages: .* \(and 2 more: see status\.permissions\)$/,
    )
  })

  test('takes back who it was, where that could not be found out', () => {
    const before = after(asked, pass(asked, aVerdict()))
    const {
      caller: _caller,
      login: _login,
      ...nobody
    } = aVerdict({ steps: [refused('credentials', 'aws-unrecognised')] })
    const now = toldOf(after(before, pass(before, nobody)))
    assert.deepEqual([now.identity, now.expiresAt], [undefined, undefined])
  })

  test('of which nothing is known but that AWS was away leaves it ready, and says so', () => {
    const before = after(asked, pass(asked, aVerdict()))
    const {
      caller: _caller,
      login: _login,
      ...away
    } = aVerdict({ steps: [refused('login', 'aws-unavailable')] })
    const now = after(before, pass(before, away))
    const ready = condition(now, 'Ready')
    assert.deepEqual([ready?.status, ready?.reason], ['True', 'TestUnfinished'])
    assert.match(ready?.message ?? '', /could not be done again: login: login is not allowed$/)
    assert.equal(toldOf(now).identity?.arn, ARN)
    assert.equal(condition(after(asked, pass(asked, away)), 'Ready')?.status, 'False')
    const changed = { ...before, generation: 4 }
    assert.equal(condition(after(changed, pass(changed, away)), 'Ready')?.status, 'False')
  })

  test('in what is nice to have only leaves it ready', () => {
    const steps = [passed('login'), refused('ecr:DescribeImages', 'aws-denied', { optional: true })]
    const now = after(asked, pass(asked, aVerdict({ steps })))
    assert.equal(condition(now, 'Ready')?.status, 'True')
    const [, step] = toldOf(now).permissions ?? []
    assert.deepEqual([step?.result, step?.optional], ['Denied', true])
  })

  test('in very many steps is told in as many as there is room for, those that failed first', () => {
    const steps = [
      ...Array.from({ length: 400 }, (_, i) => passed(`step ${i}`)),
      refused('last', 'aws-denied'),
    ]
    const { permissions } = toldOf(after(asked, pass(asked, aVerdict({ steps }))))
    assert.deepEqual([permissions?.length, permissions?.[0]?.name], [256, 'last'])
  })
})

describe('without a test', () => {
  const failing = (code: FaultCode, asked = anIntegration()) =>
    integrationStatus(asked, [{ is: 'failed', fault: fault(code, 'the cause'), at: someTime }])

  test('a spec that is wrong stalls it', () => {
    const told = after(anIntegration(), failing('spec-invalid'))
    assert.deepEqual(types(told), ['Ready', 'Stalled'])
    assert.equal(condition(told, 'Ready')?.message, 'the cause')
  })

  test('what may mend itself is still being tried', () => {
    assert.deepEqual(types(after(anIntegration(), failing('reference-unreadable'))), ['Ready', 'Reconciling'])
  })

  test('what is known of its use and its sharing stays', () => {
    const asked = anIntegration()
    const before = after(asked, pass(asked, aVerdict()))
    assert.deepEqual(types(after(before, failing('credential-missing', before))), [
      'Ready',
      'SharingEnforced',
      'InUse',
      'Stalled',
    ])
  })

  test('nothing is told while nothing is known', () => {
    assert.deepEqual(integrationStatus(anIntegration(), []), { events: [] })
  })
})

describe('its users', () => {
  const asked = anIntegration({ sharing: { namespaces: { names: ['team-*'] } } })
  const users = Array.from({ length: 30 }, (_, i) => aUser(`team-${String(i).padStart(2, '0')}`, 'pull'))
  const world = aWorld([], { usersOf: () => users.toReversed() })

  test('are counted, and the first of them named', () => {
    const { usedBy } = toldOf(after(asked, pass(asked, aVerdict(), world)))
    assert.deepEqual(
      [usedBy?.count, usedBy?.first.length, usedBy?.first[0]],
      [30, 20, 'RegistryLogin team-00/pull'],
    )
  })

  test('hold its deletion, which is told once, and leave what was said of it', () => {
    const before = after(asked, pass(asked, aVerdict(), world))
    const going = { ...before, deletingSince: later(1000) }
    const translation = translateIntegration(going, world)
    assert.ok(translation.is === 'order' && translation.holds !== undefined)
    const answers = [{ is: 'failed', fault: translation.holds, at: later(1000) }] as const
    for (const others of [{}, { circumstances: translation.circumstances }]) {
      const held = integrationStatus(going, answers, others)
      const now = after(going, held)
      assert.equal(condition(now, 'InUse')?.reason, 'DeletionHeld')
      assert.match(
        condition(now, 'InUse')?.message ?? '',
        /used by 30 objects: .*everpull\.dev\/force-delete=true$/,
      )
      assert.equal(condition(now, 'Ready')?.status, 'True')
      assert.deepEqual(
        held.events.map(({ reason }) => reason),
        ['DeletionHeld'],
      )
      assert.deepEqual(integrationStatus(now, answers, others), { events: [] })
    }
  })
})

describe('an integration for others', () => {
  const meantFor = (...names: readonly string[]) => ({ runtimes: { policy: 'Selected', names } })

  test('says that it is ignored, and nothing else', () => {
    const asked = anIntegration(meantFor('eu'))
    const told = after(asked, pass(asked, undefined))
    assert.deepEqual(types(told), ['Ignored'])
    assert.equal(toldOf(told).observedGeneration, 3)
    assert.deepEqual(pass(told, undefined), { events: [] })
  })

  test('keeps what those say of it that serve it, and they keep that others ignore it', () => {
    const asked = anIntegration(meantFor('eu'))
    const eu = aWorld([], { runtime: 'eu' })
    const served = after(asked, pass(asked, aVerdict(), eu))
    const ignored = after(served, pass(served, undefined))
    assert.deepEqual(types(ignored), ['Ready', 'SharingEnforced', 'InUse', 'Ignored'])
    const both = after(ignored, pass(ignored, aVerdict(), eu))
    assert.deepEqual(types(both).toSorted(), ['Ignored', 'InUse', 'Ready', 'SharingEnforced'])
    assert.deepEqual(pass(after(both, pass(both, undefined)), aVerdict(), eu), { events: [] })
  })

  test('that was ours before loses what was said of it then', () => {
    const before = after(anIntegration(), pass(anIntegration(), aVerdict()))
    const asked = { ...anIntegration(meantFor('eu')), generation: 4, status: before.status }
    assert.deepEqual(types(after(asked, pass(asked, undefined))), ['Ignored'])
  })

  test('that becomes ours is no longer said to be ignored', () => {
    const before = anIntegration(meantFor('eu'))
    const { status } = after(before, pass(before, undefined))
    for (const changed of [{}, meantFor('default')]) {
      const asked = { ...anIntegration(changed), generation: 4, status }
      assert.ok(!types(after(asked, pass(asked, aVerdict()))).includes('Ignored'))
    }
  })
})

describe('a step that was not asked', () => {
  test('is told as inferred, with the words that say so', () => {
    const put = passed('ecr:PutImage', { inferred: true, note: 'inferred, not asked' })
    const told = after(anIntegration(), pass(anIntegration(), aVerdict({ steps: [put] })))
    const step = { name: 'ecr:PutImage', result: 'Passed', inferred: true, message: 'inferred, not asked' }
    assert.deepEqual(toldOf(told).permissions, [step])
    assert.deepEqual(
      EcrIntegration.parse({ spec: anIntegration().spec, status: told.status }).status,
      told.status,
    )
  })
})

describe('what was made for a test', () => {
  const asked = anIntegration({}, { labels: { 'everpull.dev/test': 'true' } })
  const first = pass(asked, aVerdict())

  test('tells the times and requests of its steps as events, and in no status', () => {
    assert.deepEqual(first.events.slice(1), [
      {
        type: 'Normal',
        reason: 'StepsTimed',
        message: '1 credentials took 7 ms; 2 identity took 7 ms as request r-1; 3 login took 7 ms',
      },
    ])
    assert.ok(!JSON.stringify(first.status).includes('r-1'))
  })

  test('tells them once a test', () => {
    const told = after(asked, first)
    assert.deepEqual(pass(told, aVerdict()).events, [])
    assert.equal(pass(told, aVerdict({ at: later(60_000) })).events.length, 1)
  })
})
