// This file is about what kstatus makes of our statuses: whoever waits for a rollout reads them that way.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Instant, instant } from '../../base/clock.ts'
import { hours, minutes } from '../../base/duration.ts'
import type { Answer } from '../../model/answer.ts'
import { fault, type FaultCode } from '../../model/fault.ts'
import type { Verdict } from '../../model/probe.ts'
import type { Resource } from '../../model/resource.ts'
import { someTime } from '../fixtures/world.ts'
import { clusterLoginStatus } from './cluster-status.ts'
import { conditionOf } from './conditions.ts'
import { aClusterLogin, aLogin, anIntegration } from './fixtures/resources.ts'
import { integrationStatus } from './integration-status.ts'
import { loginStatus } from './status.ts'

type Progress = 'Current' | 'InProgress' | 'Failed' | 'Terminating'

/** The rules that kstatus has for kinds it does not know, in its order. */
function progressOf({ status, generation, deletingSince }: Resource): Progress {
  if (deletingSince !== undefined) return 'Terminating'
  const { observedGeneration } = (status ?? {}) as { readonly observedGeneration?: number }
  if (observedGeneration !== undefined && observedGeneration !== generation) return 'InProgress'
  if (conditionOf(status, 'Reconciling')?.status === 'True') return 'InProgress'
  if (conditionOf(status, 'Stalled')?.status === 'True') return 'Failed'
  const ready = conditionOf(status, 'Ready')
  return ready === undefined || ready.status === 'True' ? 'Current' : 'InProgress'
}

const installed = { admitsStatusField: () => true, admitsConditionType: () => true }
const target = { namespace: 'builds', name: 'pull' }
const later = (ms: number): Instant => (someTime + ms) as Instant

const receipt: Answer = {
  is: 'receipt',
  target,
  logins: [{ mintedAt: someTime, expiresAt: later(hours(12)) }],
  at: someTime,
  nextAt: later(hours(8)),
  wrote: 'created',
  expiryAssumed: false,
}
const failed = (code: FaultCode, until?: Instant): Answer => ({
  is: 'failed',
  fault: fault(code, 'cause'),
  target,
  at: someTime,
  ...(until === undefined ? {} : { serving: { until, since: someTime } }),
})

const rows: readonly (readonly [string, Answer, Progress])[] = [
  ['served', receipt, 'Current'],
  ['that AWS is away for, while the login lives,', failed('aws-unavailable', later(hours(4))), 'Current'],
  ['that AWS is away for, without a login,', failed('aws-unavailable'), 'InProgress'],
  ['that waits for what it names', failed('reference-missing'), 'InProgress'],
  ['whose Secret is somebody else’s', failed('target-foreign'), 'Failed'],
  ['suspended while its login lives', failed('suspended', later(hours(4))), 'Current'],
]

describe('kstatus takes a RegistryLogin', () => {
  for (const [name, answer, progress] of rows) {
    test(`${name} for ${progress}`, () => {
      const asked = aLogin()
      const { status } = loginStatus(asked, [answer], installed)
      assert.equal(progressOf({ ...asked, status }), progress)
    })
  }

  test('that has changed since it was looked at for InProgress', () => {
    const asked = aLogin()
    const { status } = loginStatus(asked, [receipt], installed)
    assert.equal(progressOf({ ...asked, status, generation: asked.generation + 1 }), 'InProgress')
  })

  test('suspended from the start for no work that is being done', () => {
    const { status } = loginStatus(aLogin(), [failed('suspended')], installed)
    assert.equal(conditionOf(status, 'Ready')?.status, 'False')
    assert.equal(conditionOf(status, 'Reconciling')?.status, 'False')
  })
})

describe('kstatus takes a ClusterRegistryLogin', () => {
  const share = (namespace: string, ...answers: readonly Answer[]) => ({ namespace, answers, links: [] })
  for (const [name, answer, progress] of rows) {
    test(`${name}, in one of its namespaces, for ${progress}`, () => {
      const asked = aClusterLogin()
      const shares = [share('team-a', receipt), share('team-b', answer)]
      const { status } = clusterLoginStatus(asked, [], installed, { shares })
      assert.equal(progressOf({ ...asked, status }), progress)
    })
  }

  test('with a namespace that waits for its turn for InProgress', () => {
    const asked = aClusterLogin()
    const { status } = clusterLoginStatus(asked, [], installed, {
      shares: [share('team-a', receipt), share('team-b')],
    })
    assert.equal(progressOf({ ...asked, status }), 'InProgress')
  })
})

describe('kstatus takes an EcrIntegration', () => {
  const at = instant(someTime + minutes(1))
  const integrationRows: readonly (readonly [string, FaultCode | undefined, Progress])[] = [
    ['that was tested', undefined, 'Current'],
    ['whose spec is wrong', 'spec-invalid', 'Failed'],
    ['that AWS is away for', 'aws-unavailable', 'InProgress'],
  ]
  for (const [name, code, progress] of integrationRows) {
    test(`${name} for ${progress}`, () => {
      const asked = anIntegration()
      const answers: readonly Answer[] =
        code === undefined ? [] : [{ is: 'failed', fault: fault(code, 'cause'), at }]
      const verdicts: readonly Verdict[] =
        code === undefined ? [{ at, steps: [{ name: 'login', result: 'passed', tookMs: 1 }] }] : []
      const { status } = integrationStatus(asked, answers, { at, verdicts })
      assert.equal(progressOf({ ...asked, status }), progress)
    })
  }
})
