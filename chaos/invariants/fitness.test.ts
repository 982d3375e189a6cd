// This file is about machines that are too busy: what that excuses, and what it does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anOutage, BEGAN } from '../history-fixture.ts'
import { isFit, verdictOf } from './fitness.ts'

const probes = (tookMs: number) => Array.from({ length: 20 }, (_, i) => ({ at: BEGAN + i * 250, tookMs }))
const sharing = 'standby' as const
const broken = (invariant: string) => [{ invariant, what: '' }]

test('a machine is fit when the API server answers quickly, save while it is struck', () => {
  assert.equal(isFit({ probes: probes(10), outages: [], sharing }), true)
  assert.equal(isFit({ probes: probes(700), outages: [], sharing }), false)
  const outages = [anOutage({ takes: ['api'], from: BEGAN + 5000, until: BEGAN + 7000 })]
  const struck = [...probes(10), { at: BEGAN + 5100, tookMs: 1900 }, { at: BEGAN + 7000, tookMs: 900 }]
  assert.equal(isFit({ probes: struck, outages, sharing }), true)
  assert.equal(isFit({ probes: struck, outages: [], sharing }), false)
  assert.equal(isFit({ probes: [], outages: [], sharing }), false)
})

test('a machine that is not excuses times that were not kept, and nothing else', () => {
  const slow = { probes: probes(700), outages: [], sharing }
  assert.equal(verdictOf([], slow), 'passed')
  assert.equal(verdictOf(broken('convergence'), slow), 'undecided')
  assert.equal(verdictOf([...broken('convergence'), ...broken('minted')], slow), 'failed')
  assert.equal(verdictOf(broken('convergence'), { probes: probes(10), outages: [], sharing }), 'failed')
})

test('a seed that was not run to its end is excused by answers that came late, and by nothing else', () => {
  assert.equal(verdictOf(broken('suite'), { probes: probes(700), outages: [], sharing }), 'undecided')
  assert.equal(verdictOf(broken('suite'), { probes: probes(10), outages: [], sharing }), 'failed')
  for (const few of [[], probes(10).slice(0, 3), probes(700).slice(0, 1)])
    assert.equal(verdictOf(broken('suite'), { probes: few, outages: [], sharing }), 'failed')
  const outages = [anOutage({ takes: ['api'], from: BEGAN, until: Number.POSITIVE_INFINITY })]
  assert.equal(verdictOf(broken('suite'), { probes: probes(700), outages, sharing }), 'failed')
})

test('shards take quicker answers, as what replicas share is looked at before it is written', () => {
  const seen = { probes: probes(250), outages: [] }
  for (const [how, fit] of [
    ['alone', true],
    ['standby', true],
    ['shards', false],
  ] as const) {
    assert.equal(isFit({ ...seen, sharing: how }), fit)
    assert.equal(verdictOf(broken('pulls'), { ...seen, sharing: how }), fit ? 'failed' : 'undecided')
    assert.equal(verdictOf(broken('holders'), { ...seen, sharing: how }), 'failed')
    assert.equal(isFit({ probes: probes(150), outages: [], sharing: how }), true)
  }
})
