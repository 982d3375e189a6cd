// This file is about machines that are too busy: what that excuses, and what it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anOutage, BEGAN } from '../history-fixture.ts'
import { isFit, verdictOf } from './fitness.ts'

const probes = (tookMs: number) => Array.from({ length: 20 }, (_, i) => ({ at: BEGAN + i * 250, tookMs }))
const broken = (invariant: string) => [{ invariant, what: '' }]

test('a machine is fit when the API server answers quickly, save while it is struck', () => {
  assert.equal(isFit({ probes: probes(10), outages: [] }), true)
  assert.equal(isFit({ probes: probes(700), outages: [] }), false)
  const outages = [anOutage({ takes: ['api'], from: BEGAN + 5000, until: BEGAN + 7000 })]
  const struck = [...probes(10), { at: BEGAN + 5100, tookMs: 1900 }, { at: BEGAN + 7000, tookMs: 900 }]
  assert.equal(isFit({ probes: struck, outages }), true)
  assert.equal(isFit({ probes: struck, outages: [] }), false)
  assert.equal(isFit({ probes: [], outages: [] }), false)
})

test('a machine that is not excuses times that were not kept, and nothing else', () => {
  const slow = { probes: probes(700), outages: [] }
  assert.equal(verdictOf([], slow), 'passed')
  assert.equal(verdictOf(broken('convergence'), slow), 'undecided')
  assert.equal(verdictOf([...broken('convergence'), ...broken('minted')], slow), 'failed')
  assert.equal(verdictOf(broken('convergence'), { probes: probes(10), outages: [] }), 'failed')
})

test('a seed that was not run to its end is excused by answers that came late, and by nothing else', () => {
  assert.equal(verdictOf(broken('suite'), { probes: probes(700), outages: [] }), 'undecided')
  assert.equal(verdictOf(broken('suite'), { probes: probes(10), outages: [] }), 'failed')
  for (const few of [[], probes(10).slice(0, 3), probes(700).slice(0, 1)])
    assert.equal(verdictOf(broken('suite'), { probes: few, outages: [] }), 'failed')
  const outages = [anOutage({ takes: ['api'], from: BEGAN, until: Number.POSITIVE_INFINITY })]
  assert.equal(verdictOf(broken('suite'), { probes: probes(700), outages }), 'failed')
})
