// This file is about what is promised of schedules: the same seed is the same, and nothing is struck twice at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FaultKind, NOTHING_TO_END } from './fault.ts'
import { FAULTS_END_MS, printed, scheduleOf } from './schedule.ts'

const kind = (name: string, change: Partial<FaultKind> = {}): FaultKind => ({
  name,
  weight: 1,
  length: [500, 4000],
  takes: ['aws'],
  retried: 'backoff',
  aim: 'lane',
  touches: [name],
  strike: () => Promise.resolve(NOTHING_TO_END),
  ...change,
})

const FAULTS = [
  kind('throttled'),
  kind('killed', { aim: 'replica', mends: 2000 }),
  kind('parted', { aim: 'replica', leastReplicas: 2, touches: ['killed'] }),
]
const CHOICE = { faults: FAULTS, shards: true }
const MANY = Array.from({ length: 500 }, (_, i) => scheduleOf(i + 1, CHOICE))

test('the same seed is the same schedule, and another is another', () => {
  assert.equal(printed(scheduleOf(7, CHOICE)), printed(scheduleOf(7, CHOICE)))
  assert.ok(new Set(MANY.map((schedule) => printed(schedule).split('\n').slice(1).join())).size > 450)
})

test('every number of replicas, way of sharing and fault comes up', () => {
  assert.deepEqual(
    [...new Set(MANY.map(({ replicas }) => replicas))].toSorted((a, b) => a - b),
    [1, 2, 3],
  )
  assert.deepEqual([...new Set(MANY.map(({ sharing }) => sharing))].toSorted(), [
    'alone',
    'shards',
    'standby',
  ])
  const struck = new Set(MANY.flatMap(({ faults }) => faults.map((fault) => fault.kind.name)))
  assert.equal(struck.size, FAULTS.length)
})

test('faults end in time, and those that touch the same thing do not overlap', () => {
  for (const { faults } of MANY) {
    for (const one of faults) {
      assert.ok(one.begin >= 0 && one.begin + one.length <= FAULTS_END_MS)
      for (const other of faults) {
        if (one === other || !one.kind.touches.some((thing) => other.kind.touches.includes(thing))) continue
        assert.ok(one.begin + one.length <= other.begin || other.begin + other.length <= one.begin)
      }
    }
  }
})

test('what needs several replicas strikes no single one, and targets exist', () => {
  for (const { faults, replicas } of MANY) {
    for (const { kind: fault, target } of faults) {
      assert.ok(target < replicas)
      assert.ok(replicas >= (fault.leastReplicas ?? 1))
    }
  }
})
