// This file is about whether memory over a run was judged at all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flatnessOf, livesIn } from './veteran-lives.ts'

const looks = (lane: number, ...counts: readonly number[]) =>
  counts.map((veteranLooks) => ({ lane, veteranLooks }))

test('each process is one life, on its lane', () => {
  const results = [...looks(0, 1, 2), ...looks(1, 1), ...looks(0, 2, 3), ...looks(1, 0, 1)]
  assert.deepEqual(livesIn(results), [
    { lane: 0, looks: 3 },
    { lane: 1, looks: 1 },
    { lane: 1, looks: 1 },
  ])
})

test('a run in pieces says that nothing was judged', () => {
  assert.equal(
    flatnessOf(looks(0, 9, 1, 2)),
    'not judged; too few on lane 0 (9 looks), lane 0 (2 looks), it takes 12 of one process',
  )
  assert.equal(
    flatnessOf([...looks(0, 11, 12), ...looks(1, 4)]),
    'judged by lane 0 (12 looks); too few on lane 1 (4 looks), it takes 12 of one process',
  )
  assert.equal(flatnessOf([{ lane: 0 }]), 'not known, as looks were not counted')
})
