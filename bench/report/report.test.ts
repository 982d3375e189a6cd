// This file is about what is written and drawn from figures.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Figures, Outcome, SubjectName, WorkName } from '../comparison/cell.ts'
import { barChart } from './bar-chart.ts'
import { comparisonTables } from './comparison-table.ts'
import type { CurvePoint } from './curve.ts'
import { reportFiles, SECTION, withSection } from './files.ts'
import { goals, goalTable } from './goals.ts'
import { lineChart } from './line-chart.ts'
import { paper } from './scale-page.ts'

const outcome = (
  subject: SubjectName,
  work: WorkName,
  figures: Figures,
  repetition = 1,
  objects = 1000,
): Outcome => ({ subject, work, figures, repetition, objects, namespaces: 50, at: '', loadBefore: 0 })

const OUTCOMES: readonly Outcome[] = [
  outcome('everpull', 'cold-start', {
    wallSeconds: 2,
    cpuSeconds: 2,
    peakBytes: 100e6,
    requests: 3200,
    awsCalls: 4,
  }),
  outcome('everpull', 'cold-start', { wallSeconds: 3 }, 2),
  outcome('everpull', 'cold-start', { wallSeconds: 2.5 }, 3),
  outcome('external-secrets-best', 'cold-start', {
    wallSeconds: 12.5,
    cpuSeconds: 10,
    peakBytes: 300e6,
    requests: 9000,
    awsCalls: 1000,
  }),
  outcome('raw-limit', 'cold-start', { wallSeconds: 1 }),
  outcome('raw-limit', 'rotation', { wallSeconds: 1 }),
  outcome('everpull', 'key-rotation', { wallSeconds: 2 }),
  outcome('everpull', 'creations', { p50Seconds: 0.02, p99Seconds: 0.3 }),
]
const MACHINE = {
  processor: 'Any',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
  kernel: 'Linux 6',
  node: 'v26.1.0',
  go: '1.26.1',
}
const RESULTS = { commit: 'abc', machine: MACHINE, outcomes: OUTCOMES }
const POINT: CurvePoint = {
  objects: 20_000,
  namespaces: 200,
  wallSeconds: 40,
  cpuSeconds: 40,
  peakBytes: 300e6,
  requests: 60_000,
  awsCalls: 4,
  emptyBytes: 100e6,
}

test('a table has the median with the spread, and the ratio to Everpull', () => {
  const [heading, , , , ours, theirs] = comparisonTables(RESULTS).split('\n')
  assert.equal(heading, '### Cold start: 1,000 objects in 50 namespaces')
  assert.equal(ours, '| Everpull | 2.5 s (2 s to 3 s) | 2 s | 100 MB | 3,200 | 4 | 3 |')
  assert.equal(
    theirs,
    '| External Secrets, best flags | 12.5 s, × 5 | 10 s, × 5 | 300 MB, × 3 | 9,000, × 2.81 | 1,000, × 250 | 1 |',
  )
})

test('each goal is met or missed by the medians', () => {
  const verdicts = goals(OUTCOMES)
    .filter(({ measured }) => measured !== undefined)
    .map(({ title, isMet }) => [title.replace('1,000 objects: ', ''), isMet])
  assert.deepEqual(verdicts, [
    ['times faster than External Secrets at its best flags', true],
    ['share of its memory', false],
    ['share of its API requests', false],
    ['API requests', true],
    ['share of its AWS calls', true],
    ['cold start, times the raw limit', true],
    ['rotation by new access keys, times the raw limit', true],
    ['500 creations a minute: seconds to the Secret, 99th percentile', false],
  ])
})

test('a goal that is missed by little does not read as if it were met', () => {
  const missed = { title: 'share', asked: 'at most 0.25', measured: 0.2537, isMet: false }
  assert.match(goalTable([missed]), /\| at most 0\.25 \| 0\.254 \| \*\*missed\*\* \|/)
})

test('a goal that nobody measured is neither met nor in the table', () => {
  const all = goals([])
  assert.ok(all.every(({ isMet }) => !isMet))
  assert.equal(goalTable(all).split('\n').length, 2)
})

test('the longest bar belongs to whoever takes most, and every value stands beside its bar', () => {
  const chart = barChart(RESULTS, 1000)
  assert.match(chart, /width="420" height="16" rx="2" class="c2"/)
  for (const value of ['2.5 s', '12.5 s', '100 MB', '9,000']) assert.ok(chart.includes(`>${value}<`), value)
  assert.match(chart, /prefers-color-scheme:dark/)
})

test('charts are the same for the same figures', () => {
  assert.equal(barChart(RESULTS, 1000), barChart(RESULTS, 1000))
  assert.equal(lineChart([POINT]), lineChart([POINT]))
})

test('a hundred thousand objects cost the largest measured ones, times their number', () => {
  const text = paper(POINT).join('\n')
  assert.match(text, /100 MB \+ 100,000 × 10 kB \| 1,100 MB/)
  assert.match(text, /100,000 × 3 \| 300,000/)
  assert.match(text, /100,000 × 3 each 7\.2 h \(8 h less a tenth\)[^|]*\| 41,667, 11\.6 a second/)
})

test('only what lies between the marks of the README changes', () => {
  const text = `before\n${SECTION.begin}\nold\n${SECTION.end}\nafter`
  const once = withSection(text, 'new')
  assert.equal(once, `before\n${SECTION.begin}\n\nnew\n\n${SECTION.end}\nafter`)
  assert.equal(withSection(once, 'new'), once)
  assert.throws(() => withSection('none', 'new'), /has no/)
})

test('every file the results give is written from them alone', () => {
  const curve = { commit: 'abc', machine: MACHINE, points: [POINT] }
  const files = reportFiles(RESULTS, curve, `${SECTION.begin}${SECTION.end}`)
  assert.deepEqual(
    [...files.keys()],
    [
      'bench/results/comparison.md',
      'bench/results/cold-start-1000.svg',
      'bench/results/curve.svg',
      'docs/scale.md',
      'README.md',
    ],
  )
  assert.match(files.get('README.md') ?? '', /cold-start-1000\.svg/)
})
