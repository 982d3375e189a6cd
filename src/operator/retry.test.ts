// This file is about when an object is looked at again, as a table of how its pass ended.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { instant } from '../base/clock.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import type { Answer, Failed, Receipt } from '../model/answer.ts'
import { FAULTS, type FaultCode, fault } from '../model/fault.ts'
import { nextLook } from './retry.ts'

const NOW = instant(Date.parse('2026-01-01T12:00:00Z'))
const TARGET = { namespace: 'a', name: 'one' }
const after = (ms: number) => instant(NOW + ms)

const receipt = (nextAt?: number): Receipt => ({
  is: 'receipt',
  target: TARGET,
  logins: [],
  at: NOW,
  wrote: 'none',
  expiryAssumed: false,
  ...(nextAt === undefined ? {} : { nextAt: after(nextAt) }),
})
const failed = (code: FaultCode, change: Partial<Failed> = {}): Failed => ({
  is: 'failed',
  fault: fault(code, 'cause'),
  at: NOW,
  ...change,
})
const serving = (until: number) => ({ serving: { until: after(until), since: NOW } })
const yielded: Answer = {
  is: 'yielded',
  to: { group: '', kind: 'x', namespace: 'a', name: 'b' },
  target: TARGET,
  at: NOW,
}
const missing: Answer = { is: 'target-missing', target: TARGET, at: NOW }

interface Row {
  readonly name: string
  readonly answers: readonly Answer[]
  readonly failures?: number
  readonly jitter?: number
  /** Milliseconds from now; undefined: only a change matters. */
  readonly next: number | undefined
}

const rows: readonly Row[] = [
  { name: 'when its login is due', answers: [receipt(hours(1))], next: hours(1) },
  { name: 'never, when it is never renewed', answers: [receipt()], next: undefined },
  {
    name: 'with the first of several',
    answers: [receipt(hours(2)), receipt(hours(1)), receipt()],
    next: hours(1),
  },
  { name: 'never, when it yields', answers: [yielded], next: undefined },
  { name: 'soon, when its target is missing and nobody may watch', answers: [missing], next: seconds(30) },
  { name: 'never, when nothing was asked', answers: [], next: undefined },
  { name: 'at once after the first failure', answers: [failed('aws-throttled')], next: 250 },
  { name: 'with all of the wait at most', answers: [failed('aws-throttled')], jitter: 1, next: 500 },
  { name: 'twice as late each time', answers: [failed('aws-throttled')], failures: 3, next: 2000 },
  {
    name: 'after half a minute at most',
    answers: [failed('aws-throttled')],
    failures: 1000,
    next: seconds(15),
  },
  { name: 'slowly, where somebody must act', answers: [failed('aws-denied')], next: seconds(2) },
  {
    name: 'after a minute at most, where somebody must act',
    answers: [failed('aws-denied')],
    failures: 1000,
    next: seconds(30),
  },
  {
    name: 'late, where only a change helps and a watch shows it',
    answers: [failed('spec-invalid')],
    next: 7500,
  },
  {
    name: 'every five minutes at most, where only a change helps',
    answers: [failed('spec-invalid')],
    failures: 1000,
    next: minutes(2.5),
  },
  {
    name: 'never, where the object itself is wrong: whatever that depends on brings it back',
    answers: [failed('spec-invalid', { isFinal: true })],
    failures: 1000,
    next: undefined,
  },
  {
    name: 'not before the backoff everyone shares is over',
    answers: [failed('aws-throttled', { retryAt: after(seconds(20)) })],
    next: seconds(20),
  },
  {
    name: 'not as early as a shared backoff that is over allows',
    answers: [failed('aws-throttled', { retryAt: after(-1000) })],
    next: 250,
  },
  {
    name: 'when the login it serves dies, as the news changes then',
    answers: [failed('spec-invalid', serving(seconds(3)))],
    next: seconds(3) + 1,
  },
  {
    name: 'when the login it serves dies, even during a shared backoff',
    answers: [failed('aws-throttled', { retryAt: after(seconds(20)), ...serving(seconds(3)) })],
    next: seconds(3) + 1,
  },
  {
    name: 'as if it served nothing, when that is dead',
    answers: [failed('spec-invalid', serving(0))],
    next: 7500,
  },
  {
    name: 'for the failed one first, when others are well',
    answers: [receipt(hours(1)), failed('spec-invalid')],
    next: 7500,
  },
]

describe('an object is looked at again', () => {
  for (const { name, answers, failures = 0, jitter = 0, next } of rows) {
    it(name, () => {
      const at = nextLook(answers, failures, NOW, jitter)
      assert.equal(at === undefined ? undefined : at - NOW, next)
    })
  }

  it('in the future, whatever failed', () => {
    for (const code of Object.keys(FAULTS) as FaultCode[]) {
      assert.ok((nextLook([failed(code)], 0, NOW, 0) ?? 0) > NOW, code)
    }
  })
})
