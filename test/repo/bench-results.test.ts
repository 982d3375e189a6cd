// This file is about what is said of performance: it is what the kept figures give.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { benchFiles } from '../../bench/results.ts'
import { read, trackedFiles } from './tree.ts'

const files = benchFiles()

for (const [path, text] of files)
  test(`${path} says what the kept figures say (make generate)`, () => {
    assert.ok(trackedFiles().includes(path) && read(path) === text)
  })

test('nothing but figures and what they give lies among the results', () => {
  const kept = trackedFiles().filter((path) => path.startsWith('bench/results/'))
  assert.deepEqual(
    kept.filter((path) => !path.endsWith('.json')).toSorted(),
    [...files.keys()].filter((path) => path.startsWith('bench/results/')).toSorted(),
  )
})
