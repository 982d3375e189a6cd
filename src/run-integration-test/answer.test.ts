// This file is about testing what of a status answers a test, and what says that there will be no answer.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { KubeObject } from '../kube/resource.ts'
import { answerOf } from './answer.ts'

const condition = (type: string, status: string, message = 'because') => ({
  type,
  status,
  reason: 'Reason',
  message,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})
const TESTED = {
  observedGeneration: 2,
  lastTestedAt: '2026-01-01T00:00:00Z',
  identity: { account: '123456789012', arn: 'arn:aws:iam::123456789012:user/bot' },
  permissions: [
    {
      name: 'login',
      on: 'us-west-1',
      result: 'Denied',
      reason: 'AccessDenied',
      message: 'no',
      remedy: 'yes',
    },
    { name: 'ecr:PutImage', result: 'Skipped', optional: true, inferred: true },
  ],
}
const object = (status?: object): KubeObject => ({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'test-1', generation: 2 },
  ...(status === undefined ? {} : { status }),
})

describe('a status', () => {
  it('answers with the steps of the test, and who was asking', () => {
    const status = { ...TESTED, conditions: [condition('Ready', 'False')] }
    assert.deepEqual(answerOf(object(status)), {
      isPassed: false,
      arn: 'arn:aws:iam::123456789012:user/bot',
      steps: [
        {
          name: 'login',
          on: 'us-west-1',
          result: 'denied',
          reason: 'AccessDenied',
          message: 'no',
          remedy: 'yes',
        },
        { name: 'ecr:PutImage', result: 'skipped', optional: true, inferred: true },
      ],
    })
    assert.equal(answerOf(object({ ...TESTED, conditions: [condition('Ready', 'True')] }))?.isPassed, true)
  })

  const waiting: readonly (readonly [string, object | undefined])[] = [
    ['there is none yet', undefined],
    ['it is about an earlier generation', { ...TESTED, observedGeneration: 1 }],
    ['it only says who uses it', { observedGeneration: 2, conditions: [condition('InUse', 'False')] }],
  ]
  for (const [says, status] of waiting) {
    it(`is waited for where ${says}`, () => assert.equal(answerOf(object(status)), undefined))
  }

  it('may say that nobody here will test it', () => {
    const status = { observedGeneration: 2, conditions: [condition('Ignored', 'True', 'it is for others')] }
    assert.throws(() => answerOf(object(status)), /the operator does not test it: it is for others$/)
  })

  it('is waited for where the key is still to come, and only for that', () => {
    const lacking = { ...condition('Ready', 'False', 'no such Secret'), reason: 'CredentialMissing' }
    const status = { observedGeneration: 2, conditions: [lacking] }
    assert.equal(answerOf(object(status), true), undefined)
    assert.throws(() => answerOf(object(status)), /it cannot be tested: no such Secret$/)
    const other = { observedGeneration: 2, conditions: [condition('Ready', 'False')] }
    assert.throws(() => answerOf(object(other), true), /it cannot be tested/)
  })

  it('may say that it cannot be tested', () => {
    const status = { observedGeneration: 2, conditions: [condition('Ready', 'False', 'no such Secret')] }
    assert.throws(() => answerOf(object(status)), /it cannot be tested: no such Secret$/)
  })
})
