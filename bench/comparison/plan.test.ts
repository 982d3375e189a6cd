// This file is about which cells are measured.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cellsOf, sittings } from './plan.ts'

test('everything is every subject at both scales three times, repetition by repetition', () => {
  const all = sittings()
  assert.deepEqual([...new Set(all.map(({ repetition }) => repetition))], [1, 2, 3])
  const numbers = all.map(({ repetition }) => repetition)
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
  const colds = all.flatMap(cellsOf).filter(({ work }) => work === 'cold-start')
  assert.equal(colds.length, 4 * 2 * 3)
})

test('works on standing objects follow each other in one control plane', () => {
  const [first] = sittings({ works: ['cold-start', 'rotation'], subjects: ['everpull'], objects: [10] })
  assert.deepEqual(first, {
    subject: 'everpull',
    objects: 10,
    repetition: 1,
    works: ['cold-start', 'rotation'],
  })
})

test('the raw limit only writes', () => {
  const works = sittings({ subjects: ['raw-limit'], repetitions: 1 }).flatMap(({ works }) => works)
  assert.deepEqual([...new Set(works)], ['cold-start', 'rotation'])
})
