// This file is about whose turn it is when the machine was too busy for some seeds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from './invariants/fitness.ts'
import { SeedQueue } from './seed-queue.ts'

function order(queue: SeedQueue, verdict: (seed: number) => Verdict): number[] {
  const ran: number[] = []
  for (let seed = queue.next(); seed !== undefined; seed = queue.next()) {
    ran.push(seed)
    queue.settle(seed, verdict(seed))
  }
  return ran
}

test('an undecided seed comes again after the others, three times in all, and no other seed does', () => {
  const queue = new SeedQueue([1, 2, 3], () => false)
  const verdicts: Record<number, Verdict> = { 1: 'undecided', 2: 'failed', 3: 'passed' }
  assert.deepEqual(
    order(queue, (seed) => verdicts[seed] ?? 'passed'),
    [1, 2, 3, 1, 1],
  )
  assert.deepEqual(Object.fromEntries(queue.verdicts), verdicts)
})

test('nothing begins when it is over', () => {
  let ran = 0
  const queue = new SeedQueue([1, 2, 3], () => ran === 2)
  order(queue, () => {
    ran++
    return 'undecided'
  })
  assert.deepEqual([...queue.verdicts.keys()], [1, 2])
})
