// This file is about the one word for how an object fares.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../base/clock.ts'
import type { Answer } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import { objectState } from './object-state.ts'

const at = instant(0)
const target = { namespace: 'apps', name: 's' }
const ref = { group: 'g', kind: 'K', namespace: 'apps', name: 'o' }
const entry = (...answers: readonly Answer[]) => ({ ref, dialect: 'everpull' as const, answers })
const receipt: Answer = { is: 'receipt', target, logins: [], at, wrote: 'none', expiryAssumed: false }
const failed: Answer = { is: 'failed', fault: fault('aws-denied', ''), target, at }
const served: Answer = { ...failed, serving: { since: at, until: instant(1) } }
const unready = { conditions: [{ type: 'Ready', status: 'False' }] }

for (const [state, given, status] of [
  ['ready', entry(receipt), undefined],
  ['ready', entry(), undefined],
  ['failing', entry(), unready],
  ['failing', entry(receipt, failed), undefined],
  ['failing', entry(served, failed), undefined],
  ['retrying', entry(served), undefined],
  ['yielding', entry({ is: 'yielded', to: ref, target, at }), unready],
  ['waiting', entry({ is: 'target-missing', target, at }), undefined],
  ['dormant', { ...entry(), dormant: { because: 'it is at work', until: at } }, undefined],
] as const)
  test(`${JSON.stringify(given.answers.map(({ is }) => is))} is told as ${state}`, () => {
    assert.equal(objectState(given, status), state)
  })
