// This file is about dashboard and alerts: every series and every label they ask for is one that the operator tells.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMetrics } from '../../src/observe/metrics.ts'
import { ROWS } from '../../tools/observability/panels.ts'
import { ALERT_RULES, RECORDING_RULES } from '../../tools/observability/rules.ts'
import { read } from './tree.ts'

/** Name to labels, as the reference has them, which is made of the exposition itself. */
const told = new Map(
  [...read('docs/reference/metrics.md').matchAll(/^\| `(\w+)` \| \w+ \| (.*?) \|/gm)].map(
    ([, name = '', labels = '']) => [name, new Set([...labels.matchAll(/`(\w+)`/g)].map(([, one]) => one))],
  ),
)
const ofNode = await makeMetrics('1').expose()
const recorded = new Map(RECORDING_RULES.map(({ record, expr }) => [record, labelsBy(expr)]))

function labelsBy(expr: string): ReadonlySet<string | undefined> {
  return new Set((/ by \(([^)]*)\)/.exec(expr)?.[1] ?? '').split(',').map((label) => label.trim()))
}

/** What a scrape adds. */
const ADDED = new Set(['job', 'instance', 'le'])

const expressions = [
  ...ROWS.flatMap(({ panels }) =>
    panels.flatMap(({ title, queries }) => queries.map(({ expr }) => [title, expr] as const)),
  ),
  ...[...ALERT_RULES].map(({ name, expr }) => [name, expr] as const),
  ...RECORDING_RULES.map(({ record, expr }) => [record, expr] as const),
  // What the page of an alert says to ask.
  ...ALERT_RULES.flatMap(({ name, remedy }) =>
    remedy.flatMap((line) =>
      [...line.matchAll(/`([^`]*(?:everpull_|nodejs_|process_)[^`]*)`/g)].map(
        ([, expr = '']) => [name, expr] as const,
      ),
    ),
  ),
]

const SELECTOR = /((?:\w+:)?(?:everpull|process|nodejs)_\w+(?::\w+)?)(?:\{([^}]*)\})?/g

test('every series that is asked for is told, with the labels asked for', () => {
  const wrong = expressions.flatMap(([where, expr]) =>
    [...expr.matchAll(SELECTOR)].flatMap(([, name = '', matchers = '']) => {
      const base = name.replace(/_(?:bucket|count|sum)$/, '')
      const labels = recorded.get(name) ?? told.get(name) ?? told.get(base)
      if (labels === undefined)
        return new RegExp(`^${name}[ {]`, 'm').test(ofNode) ? [] : [`${where}: ${name}`]
      const grouped = [...expr.matchAll(/ by \(([^)]*)\)/g)].flatMap(([, by = '']) => by.split(','))
      const asked = [...matchers.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label]) => label)
      return [...asked, ...grouped.map((label) => label.trim())]
        .filter((label) => !labels.has(label) && !ADDED.has(label ?? ''))
        .map((label) => `${where}: ${label} of ${name}`)
    }),
  )
  assert.deepEqual(wrong, [])
  assert.ok(expressions.length > 50)
})

test('every alert has all that whoever is woken by it needs', () => {
  for (const { name, summary, description, remedy, severity } of ALERT_RULES) {
    assert.match(name, /^Everpull[A-Z]\w+$/)
    assert.ok(['critical', 'warning', 'info'].includes(severity))
    assert.ok(summary.length < 100 && description.length > summary.length && remedy.length > 1, name)
  }
  assert.equal(new Set(ALERT_RULES.map(({ name }) => name)).size, ALERT_RULES.length)
})

test('the dashboard lists single objects by topk alone, and every panel has its place', () => {
  const single = expressions.filter(
    ([, expr]) => expr.includes('everpull_target_') && !/topk|bottomk|^min|^sum|^sort/.test(expr),
  )
  assert.deepEqual(
    single.filter(([where]) => !where.startsWith('Everpull')),
    [],
  )
  const { panels } = JSON.parse(read('deploy/observability/everpull-dashboard.json')) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[]
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const taken = new Set<string>()
  for (const {
    gridPos: { x, y, w, h },
  } of panels)
    for (let i = x; i < x + w; i += 1)
      for (let j = y; j < y + h; j += 1) {
        assert.ok(i < 24 && !taken.has(`${i} ${j}`), `${i} ${j}`)
        taken.add(`${i} ${j}`)
      }
})
