// This file is about testing what a RegistryLogin tells of itself.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../base/clock.ts'
import { hours } from '../../base/duration.ts'
import type { Answer } from '../../model/answer.ts'
import { type FaultCode, fault } from '../../model/fault.ts'
import type { Linked } from '../../model/link.ts'
import type { Resource } from '../../model/resource.ts'
import type { InstalledSchema } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import { type Condition, conditionOf } from './conditions.ts'
import { aLogin, HOST, OTHER_HOST } from './fixtures/resources.ts'
import { loginStatus } from './status.ts'

const installed: InstalledSchema = { admitsStatusField: () => true, admitsConditionType: () => true }
const later = (h: number) => instant(someTime + hours(h))
const target = (name = 'pull') => ({ namespace: 'builds', name })

const receipt = (name = 'pull', wrote: 'created' | 'updated' | 'none' = 'updated'): Answer => ({
  is: 'receipt',
  target: target(name),
  logins: [{ mintedAt: someTime, expiresAt: later(12) }],
  at: someTime,
  wrote,
  nextAt: later(7),
  expiryAssumed: false,
})

const failed = (code: FaultCode, rest: object = {}): Answer => ({
  is: 'failed',
  fault: fault(code, `cause ${code}`),
  target: target(),
  at: someTime,
  ...rest,
})

const SERVING = { serving: { until: later(4), since: later(-1) } }

const told = (answers: readonly Answer[], asked: Resource = aLogin(), links?: readonly Linked[]) =>
  loginStatus(asked, answers, installed, links === undefined ? undefined : { links })

const conditionsIn = (status: unknown): Readonly<Record<string, Condition['status'] | undefined>> =>
  Object.fromEntries(
    ['Ready', 'Serving', 'Reconciling', 'Stalled'].map((type) => [type, conditionOf(status, type)?.status]),
  )

describe('a RegistryLogin that is served', () => {
  const asked = aLogin({
    registries: [{ host: HOST }, { host: OTHER_HOST }],
    outputs: [
      { secretName: 'pull', dockerConfig: {}, link: { serviceAccounts: { names: ['default', 'builder'] } } },
      { secretName: 'basic', registry: OTHER_HOST, basicAuth: {} },
    ],
  })
  const linked: Linked = { secret: target(), accounts: ['default'], missing: ['builder'] }
  const { status, events } = told([receipt(), receipt('basic', 'none')], asked, [linked])

  test('is ready, and neither being worked on nor stalled', () => {
    assert.deepEqual(conditionsIn(status), {
      Ready: 'True',
      Serving: 'True',
      Reconciling: 'False',
      Stalled: 'False',
    })
    assert.equal(status?.['observedGeneration'], 3)
    assert.equal(conditionOf(status, 'Ready')?.observedGeneration, 3)
  })

  test('says when logins die and are renewed, in all and for each registry', () => {
    const times = { expiresAt: '2026-05-04T22:00:00Z', renewsAt: '2026-05-04T17:00:00Z' }
    const { expiresAt, renewsAt, registries, targets } = status ?? {}
    assert.deepEqual({ expiresAt, renewsAt }, times)
    assert.deepEqual(registries, [
      { host: HOST, ...times },
      { host: OTHER_HOST, ...times },
    ])
    assert.equal(targets, '2/2')
  })

  test('says what was written, whether it is narrowed, and who names it', () => {
    assert.deepEqual(status?.['outputs'], [
      {
        secretName: 'pull',
        shape: 'dockerConfig',
        type: 'kubernetes.io/dockerconfigjson',
        access: 'unscoped',
        hosts: [HOST, OTHER_HOST],
        keys: ['.dockerconfigjson'],
        state: 'Written',
        writtenAt: '2026-05-04T10:00:00Z',
        expiresAt: '2026-05-04T22:00:00Z',
        links: {
          as: ['imagePullSecrets', 'secrets'],
          count: 1,
          serviceAccounts: ['default'],
          missing: ['builder'],
        },
      },
      {
        secretName: 'basic',
        shape: 'basicAuth',
        type: 'kubernetes.io/basic-auth',
        access: 'unscoped',
        hosts: [OTHER_HOST],
        keys: ['username', 'password'],
        state: 'Written',
        expiresAt: '2026-05-04T22:00:00Z',
      },
    ])
  })

  test('tells of what was written by one event', () => {
    assert.deepEqual(events, [
      { type: 'Normal', reason: 'LoginsWritten', message: 'Secret pull: new logins written' },
    ])
  })

  test('keeps saying when a Secret was written while it need not be', () => {
    const again = told([receipt('pull', 'none'), receipt('basic', 'none')], { ...asked, status }, [linked])
    assert.deepEqual(again, { events: [] })
  })

  test('still says who names its Secrets while nothing is served', () => {
    const { status: after } = told([failed('credential-missing', SERVING)], { ...asked, status })
    const outputs = after?.['outputs'] as readonly { links?: { serviceAccounts: readonly string[] } }[]
    assert.deepEqual(outputs[0]?.links?.serviceAccounts, ['default'])
  })

  test('keeps what it told of its Secrets while its spec cannot be read', () => {
    const broken = { ...aLogin({ outputs: [] }), status }
    const { status: after } = told([failed('spec-invalid', { isFinal: true })], broken)
    assert.deepEqual(Object.keys(after ?? {}).toSorted(), ['conditions', 'observedGeneration'])
  })

  test('forgets what is not so any more', () => {
    const before = { ...asked, status }
    const { status: after } = loginStatus(before, [{ ...failed('aws-denied'), target: target() }], installed)
    assert.deepEqual([after?.['expiresAt'], after?.['renewsAt']], [null, null])
  })
})

describe('a RegistryLogin in trouble', () => {
  type Row = readonly [says: string, answer: Answer, conditions: readonly string[], message: RegExp]
  const rows: readonly Row[] = [
    [
      'is stalled when its spec is wrong',
      failed('spec-invalid', { isFinal: true }),
      ['False', 'False', 'False', 'True'],
      /^cause spec-invalid$/,
    ],
    [
      'is stalled by a Secret that is somebody else’s',
      failed('target-foreign'),
      ['False', 'False', 'False', 'True'],
      /^cause/,
    ],
    [
      'is worked on while AWS refuses',
      failed('aws-denied'),
      ['False', 'False', 'True', 'False'],
      /^cause aws-denied$/,
    ],
    [
      'stays ready while what was written lives',
      failed('aws-unavailable', SERVING),
      ['True', 'True', 'False', 'False'],
      /^serving a login that expires at 2026-05-04T14:00:00Z; renewing fails since 2026-05-04T09:00:00Z: cause/,
    ],
    [
      'stays ready while it is suspended, and says until when',
      failed('suspended', SERVING),
      ['True', 'True', 'False', 'False'],
      /^cause suspended; the login written expires at 2026-05-04T14:00:00Z$/,
    ],
    [
      'yields to whoever writes its Secret',
      {
        is: 'yielded',
        to: { group: 'everpull.dev', kind: 'RegistryLogin', namespace: 'builds', name: 'older' },
        target: target(),
        at: someTime,
      },
      ['False', 'False', 'False', 'True'],
      /Secret builds\/pull is kept by RegistryLogin builds\/older, .*: choose another secretName, or delete one/,
    ],
  ]
  for (const [says, answer, conditions, message] of rows) {
    test(says, () => {
      const { status } = told([answer])
      assert.deepEqual(Object.values(conditionsIn(status)), conditions)
      assert.match(conditionOf(status, 'Ready')?.message ?? '', message)
    })
  }

  test('says since when renewing fails as it was first told, by whoever tells it again', () => {
    const { status } = told([failed('aws-unavailable', SERVING)])
    const restarted = { serving: { until: later(4), since: later(1) } }
    const again = told([failed('aws-unavailable', restarted)], { ...aLogin(), status })
    assert.deepEqual(again, { events: [] })
  })

  test('tells the worst of its outputs, and counts the others', () => {
    const asked = aLogin({
      outputs: [
        { secretName: 'pull', dockerConfig: {} },
        { secretName: 'basic', basicAuth: {} },
      ],
    })
    const { status } = told([failed('target-type'), receipt('basic')], asked)
    assert.equal(status?.['targets'], '1/2')
    const outputs = status?.['outputs'] as readonly { state: string; message?: string }[]
    assert.deepEqual(
      outputs.map(({ state, message }) => [state, message]),
      [
        ['Failed', 'cause target-type'],
        ['Written', undefined],
      ],
    )
  })

  test('is not ready while a service account cannot be linked, though its Secrets serve', () => {
    const asked = aLogin({
      outputs: [{ secretName: 'pull', dockerConfig: {}, link: { serviceAccounts: { names: ['*'] } } }],
    })
    const link: Linked = {
      secret: target(),
      accounts: [],
      missing: [],
      fault: fault('account-unlinked', 'may not patch'),
    }
    const { status } = told([receipt()], asked, [link])
    assert.deepEqual(Object.values(conditionsIn(status)), ['False', 'True', 'True', 'False'])
    assert.equal(conditionOf(status, 'Ready')?.reason, 'ServiceAccountNotLinked')
  })

  test('tells of all its outputs what is true of the object', () => {
    const { status } = told([failed('credential-missing', { target: undefined })])
    const outputs = status?.['outputs'] as readonly { state: string }[]
    assert.deepEqual(
      outputs.map(({ state }) => state),
      ['Failed'],
    )
  })
})

test('only what the installed definition has is written', () => {
  const older: InstalledSchema = {
    admitsStatusField: (name) => name !== 'renewsAt',
    admitsConditionType: () => true,
  }
  const { status } = loginStatus(aLogin(), [receipt()], older)
  assert.deepEqual([status?.['renewsAt'], status?.['targets']], [undefined, '1/1'])
})
