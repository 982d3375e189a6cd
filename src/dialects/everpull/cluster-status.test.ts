// This file is about testing what a ClusterRegistryLogin tells of itself, however many its namespaces are.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant, rfc3339 } from '../../base/clock.ts'
import { hours, minutes } from '../../base/duration.ts'
import type { Answer } from '../../model/answer.ts'
import { type FaultCode, fault } from '../../model/fault.ts'
import type { Resource } from '../../model/resource.ts'
import type { InstalledSchema, Share } from '../dialect.ts'
import { someTime } from '../fixtures/world.ts'
import { clusterLoginStatus } from './cluster-status.ts'
import { conditionOf } from './conditions.ts'
import { aClusterLogin, HOST } from './fixtures/resources.ts'
import type { FailingNamespace } from './login-status-schema.ts'

const installed: InstalledSchema = { admitsStatusField: () => true, admitsConditionType: () => true }
const at = (minute: number) => instant(someTime + minutes(minute))

const share = (namespace: string, ...answers: readonly Answer[]): Share => ({ namespace, answers, links: [] })

const served = (namespace: string, minute = 0): Share =>
  share(namespace, {
    is: 'receipt',
    target: { namespace, name: 'pull' },
    logins: [{ mintedAt: at(minute), expiresAt: instant(at(minute) + hours(12)) }],
    at: at(minute),
    wrote: 'created',
    nextAt: instant(at(minute) + hours(7)),
    expiryAssumed: false,
  })

const failing = (
  namespace: string,
  minute = 0,
  message = 'it is refused',
  code: FaultCode = 'integration-refused',
): Share =>
  share(namespace, {
    is: 'failed',
    fault: fault(code, message),
    target: { namespace, name: 'pull' },
    at: at(minute),
  })

const told = (shares: readonly Share[], asked: Resource = aClusterLogin()) =>
  clusterLoginStatus(asked, [], installed, { shares })

const states = (status: unknown): readonly (string | undefined)[] =>
  ['Ready', 'Serving', 'Reconciling', 'Stalled'].map((type) => conditionOf(status, type)?.status)

describe('a ClusterRegistryLogin', () => {
  test('that is served everywhere is ready, and says when its first login dies', () => {
    const { status } = told([served('team-a', 5), served('team-b', 0)])
    assert.deepEqual(states(status), ['True', 'True', 'False', 'False'])
    assert.equal(status?.['targets'], '2/2')
    assert.deepEqual(status?.['namespaces'], { selected: 2, serving: 2, failing: 0, pending: 0 })
    assert.deepEqual(status?.['registries'], [
      { host: HOST, expiresAt: '2026-05-04T22:00:00Z', renewsAt: '2026-05-04T17:00:00Z' },
    ])
    assert.equal(status?.['failing'], undefined)
  })

  test('whose namespaces wait for their turn is as ready as it was, and being worked on', () => {
    const { status } = told([served('team-a'), share('team-b')])
    assert.deepEqual(states(status), ['Unknown', 'False', 'True', 'False'])
    assert.equal(conditionOf(status, 'Ready')?.message, '1 of 2 namespaces are served')
    const before = { ...aClusterLogin(), status: told([served('team-a')]).status }
    assert.equal(
      conditionOf(told([served('team-a'), share('team-b')], before).status, 'Ready')?.status,
      'True',
    )
  })

  test('that fails in one namespace is not ready, and names it', () => {
    const { status, events } = told([served('team-a'), failing('team-b')])
    assert.deepEqual(states(status), ['False', 'False', 'True', 'False'])
    assert.equal(status?.['targets'], '1/2')
    const message = '1 of 2 namespaces fail, team-b for longest: it is refused'
    assert.equal(conditionOf(status, 'Ready')?.message, message)
    assert.deepEqual(events, [{ type: 'Warning', reason: 'IntegrationRefused', message }])
  })

  test('that fails in more namespaces for the same reason is no news', () => {
    const before = { ...aClusterLogin(), status: told([served('team-a'), failing('team-b')]).status }
    const { status, events } = told([failing('team-a', 1), failing('team-b')], before)
    assert.match(conditionOf(status, 'Ready')?.message ?? '', /^2 of 2 namespaces fail, team-b for longest/)
    assert.deepEqual(events, [])
  })

  test('that fails where only a change helps is stalled', () => {
    const { status } = told([failing('team-b', 0, 'somebody else’s', 'target-foreign')])
    assert.deepEqual(states(status), ['False', 'False', 'False', 'True'])
  })

  test('that chooses nothing says so, and is ready', () => {
    const { status } = told([])
    assert.deepEqual(states(status), ['True', 'True', 'False', 'False'])
    assert.equal(conditionOf(status, 'Ready')?.reason, 'NoNamespaceChosen')
    assert.equal(status?.['targets'], '0/0')
  })

  test('that is suspended stays as ready as it was', () => {
    const before = { ...aClusterLogin(), status: told([served('team-a')]).status }
    const answer: Answer = { is: 'failed', fault: fault('suspended', 'spec.suspend is true'), at: at(9) }
    const { status } = clusterLoginStatus(before, [answer], installed)
    assert.deepEqual(states(status), ['True', 'True', 'False', 'False'])
    assert.equal(conditionOf(status, 'Ready')?.reason, 'Suspended')
  })

  test('that is suspended is ready no longer than what was written lives', () => {
    const before = { ...aClusterLogin(), status: told([served('team-a')]).status }
    const suspended = (hour: number, serving: boolean): Answer => ({
      is: 'failed',
      fault: fault('suspended', 'spec.suspend is true'),
      at: at(hour * 60),
      ...(serving ? { serving: { until: at(12 * 60), since: at(60) } } : {}),
    })
    const during = (hour: number, isAlive: boolean) =>
      clusterLoginStatus(before, [suspended(hour, false)], installed, {
        shares: [share('team-a', suspended(hour, isAlive))],
      }).status
    assert.deepEqual(states(during(1, true)), ['True', 'True', 'False', 'False'])
    assert.equal(
      conditionOf(during(1, true), 'Ready')?.message,
      'spec.suspend is true; the first login written expires at 2026-05-04T22:00:00Z',
    )
    assert.equal(during(1, true)?.['renewsAt'], null)
    const unaware = clusterLoginStatus(before, [suspended(1, false)], installed, {
      shares: [served('team-a')],
    }).status
    assert.equal(unaware?.['renewsAt'], null)
    assert.deepEqual(states(during(13, false)), ['False', 'False', 'False', 'False'])
    // A new operator knows no more than what was told.
    const { status } = clusterLoginStatus(before, [suspended(13, false)], installed)
    assert.deepEqual(states(status), ['False', 'False', 'False', 'False'])
  })

  test('that cannot be read is stalled, and what was told of its namespaces stays', () => {
    const answer: Answer = { is: 'failed', fault: fault('spec-invalid', 'wrong'), at: at(9), isFinal: true }
    const { status } = clusterLoginStatus(aClusterLogin(), [answer], installed)
    assert.deepEqual(states(status), ['False', 'False', 'False', 'True'])
    assert.equal(status?.['namespaces'], undefined)
  })
})

describe('failing namespaces', () => {
  const listIn = (status: unknown): readonly FailingNamespace[] =>
    (status as { failing?: readonly FailingNamespace[] } | undefined)?.failing ?? []

  test('are told twenty at most, those that have failed longest, and the rest counted', () => {
    const shares = Array.from({ length: 500 }, (_, i) => failing(`team-${i}`, 500 - i))
    const { status } = told(shares)
    assert.equal(listIn(status).length, 20)
    assert.deepEqual(listIn(status)[0], {
      namespace: 'team-499',
      since: rfc3339(at(1)),
      reason: 'IntegrationRefused',
      message: 'it is refused',
    })
    assert.equal(status?.['targets'], '0/500')
    assert.deepEqual(status?.['namespaces'], { selected: 500, serving: 0, failing: 500, pending: 0 })
  })

  test('keep the time since when they fail, and are not written again for trying', () => {
    const { status } = told([failing('team-a', 0)])
    const again = told([failing('team-a', 30)], { ...aClusterLogin(), status })
    assert.deepEqual(again, { events: [] })
  })

  test('have their reasons cut', () => {
    const [one] = listIn(told([failing('team-a', 0, 'x'.repeat(5000))]).status)
    assert.equal(one?.message.length, 200)
  })

  test('are no longer told once they are served', () => {
    const { status } = told([failing('team-a')])
    const healed = told([served('team-a', 5)], { ...aClusterLogin(), status })
    assert.equal(healed.status?.['failing'], null)
    assert.deepEqual(states(healed.status), ['True', 'True', 'False', 'False'])
  })
})
