// This file is about what a handful of seeds proves.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Verdict } from './invariants/fitness.ts'
import { proofOf } from './proof.ts'

const proof = (...verdicts: readonly (Verdict | undefined)[]) =>
  proofOf(
    verdicts.map((_, i) => i + 1),
    new Map(verdicts.flatMap((verdict, i) => (verdict === undefined ? [] : [[i + 1, verdict] as const]))),
  )

test('half of the seeds prove it, when none failed, and the others are named', () => {
  assert.equal(proof('passed', 'passed').is, 'proven')
  const half = proof('passed', 'undecided', undefined, 'passed')
  assert.equal(half.is, 'proven')
  assert.match(half.says, /2 of 4 seeds passed; undecided, .*: seed 2; not run, .*: seed 3$/)
})

test('a machine that decides too few proves nothing, and that is said', () => {
  for (const few of [proof('undecided', 'undecided'), proof('passed', 'undecided', undefined), proof()]) {
    assert.equal(few.is, 'unproven')
    assert.match(few.says, /nothing is proven: this machine is too busy/)
  }
})

test('one seed that failed refutes it, whatever the others say', () => {
  const refuted = proof('passed', 'passed', 'failed', 'undecided')
  assert.equal(refuted.is, 'refuted')
  assert.match(refuted.says, /seed 3; replay: make chaos SEEDS=3$/)
})
