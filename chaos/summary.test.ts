// This file is about a run in one page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SeedResult } from './results.ts'
import { asMarkdown, rangesOf, summaryOf } from './summary.ts'

const result = (seed: number, change: Partial<SeedResult> = {}): SeedResult => ({
  seed,
  commit: 'abc1234',
  lane: 0,
  replicas: 2,
  sharing: 'standby',
  faults: ['etcd-crashed'],
  verdict: 'passed',
  broken: [],
  seconds: 30,
  pulls: 10,
  excusedPulls: 1,
  versions: 20,
  calls: 15,
  veteranMegabytes: 120,
  ...change,
})

const RESULTS = [
  result(1),
  result(3, { verdict: 'failed', broken: [{ invariant: 'pulls', what: 'a pull failed' }] }),
  result(2, { sharing: 'shards', seconds: 50 }),
  result(3, { commit: 'def5678', pulls: 12, faults: ['etcd-crashed', 'aws-throttled'] }),
]

test('counts are of the last run of each seed, and earlier ones are not hidden', () => {
  const summary = summaryOf(RESULTS)
  assert.deepEqual(summary.verdicts, { passed: 3, failed: 0, undecided: 0 })
  assert.deepEqual(summary.commits, { abc1234: 2, def5678: 1 })
  assert.equal(summary.runs, 4)
  assert.equal(summary.pulls, 32)
  assert.deepEqual(summary.faults, { 'aws-throttled': 1, 'etcd-crashed': 3 })
  assert.equal(summary.sharings['shards']?.seeds, 1)
  assert.deepEqual(summary.notPassed, [
    { seed: 3, commit: 'abc1234', verdict: 'failed', invariants: ['pulls'], last: 'passed' },
  ])
})

test('the page names commits, seeds, and what did not pass', () => {
  const page = asMarkdown(summaryOf(RESULTS))
  assert.match(page, /\| commits \| `abc1234` \(2\), `def5678` \(1\) \|/)
  assert.match(page, /\| seeds \| 1\.\.3 \(3, in 4 runs\) \|/)
  assert.match(page, /lane 0: 120 and 120 MB \(4 seeds\)/)
  assert.match(page, /\| 3 \| `abc1234` \| failed \| pulls \| passed \|/)
  assert.match(asMarkdown(summaryOf([])), /None\./)
})

test('seeds are written as they are asked for', () => {
  assert.equal(rangesOf([1, 2, 3, 7, 9, 10]), '1..3,7,9..10')
})
