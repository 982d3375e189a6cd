// This file is about testing that the times of a test survive the way over events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../model/probe.ts'
import { readTimes, TIMES_REASON, timesEvents } from './step-times.ts'

const ID = '0c8e1f6a-5d3b-4c1e-9a57-2f1f0a8b7c6d'
const steps: readonly Step[] = Array.from({ length: 40 }, (_, i) => ({
  name: i % 3 === 0 ? `role ${i}` : 'ecr:DescribeImageScanFindings',
  on: '123456789012.dkr.ecr.us-west-1.amazonaws.com',
  result: 'passed',
  tookMs: i * 7,
  ...(i % 2 === 0 ? { requestId: ID } : {}),
}))

test('what events say of times is read again, whatever their order', () => {
  const messages = timesEvents(steps).map(({ message }) => message)
  const times = readTimes(messages.toReversed())
  assert.equal(times.size, steps.length)
  for (const [at, { tookMs, requestId }] of steps.entries()) {
    assert.deepEqual(times.get(at + 1), { tookMs, ...(requestId === undefined ? {} : { requestId }) })
  }
})

test('no event is longer than the API server takes, and there are few', () => {
  const events = timesEvents(steps)
  assert.ok(events.length <= 6, String(events.length))
  for (const { type, reason, message } of events) {
    assert.deepEqual([type, reason], ['Normal', TIMES_REASON])
    assert.ok(message.length <= 1024)
  }
})

test('what reads otherwise is left out', () => {
  assert.deepEqual(
    [...readTimes(['everything is allowed', '2 login took 5 ms; 3 nothing'])],
    [[2, { tookMs: 5 }]],
  )
})
