// This file is about testing when an object that could not be applied is tried again.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { minutes } from '../base/duration.ts'
import { Setbacks } from './setbacks.ts'

const problem = { path: 'resources/control-planes/a/i.yaml', because: 'refused' }

it('the same content is tried ever more rarely, every ten minutes at least', () => {
  const clock = new ManualClock()
  const setbacks = new Setbacks(clock, minutes(1))
  for (const wait of [1, 2, 4, 8, 10, 10]) {
    setbacks.note('a', 'd1', 'failed', problem)
    clock.advance(minutes(wait) - 1)
    assert.equal(setbacks.isDue('a', 'd1'), false, `${wait} minutes`)
    clock.advance(1)
    assert.equal(setbacks.isDue('a', 'd1'), true, `${wait} minutes`)
  }
})

it('another content is tried at once', () => {
  const setbacks = new Setbacks(new ManualClock(), minutes(1))
  setbacks.note('a', 'd1', 'failed', problem)
  assert.deepEqual([setbacks.isDue('a', 'd1'), setbacks.isDue('a', 'd2')], [false, true])
})

it('what nobody wants any more, and what went well, is forgotten', () => {
  const setbacks = new Setbacks(new ManualClock(), minutes(1))
  for (const key of ['a', 'b', 'c']) setbacks.note(key, 'd', 'foreign', problem)
  setbacks.keep(new Set(['a', 'b']))
  setbacks.clear('a')
  assert.deepEqual(
    [setbacks.count('foreign'), setbacks.count('failed'), setbacks.problems()],
    [1, 0, [problem]],
  )
})
