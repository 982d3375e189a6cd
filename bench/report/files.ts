// This file is about the files that say what the bench found, each a pure function of the figures that are kept.
import { barChart } from './bar-chart.ts'
import { comparisonTables } from './comparison-table.ts'
import type { Curve } from './curve.ts'
import { GOAL_SCALES, goals, goalTable } from './goals.ts'
import { lineChart } from './line-chart.ts'
import { busyLines, machineLine } from './machine-line.ts'
import { performanceSection } from './performance-section.ts'
import { scalePage } from './scale-page.ts'
import { figureOf, type Results } from './summaries.ts'

export const RESULTS_FOLDER = 'bench/results'
export const SECTION = { begin: '<!-- performance: begin -->', end: '<!-- performance: end -->' } as const

/** Path from the root to text. `readme` is the README as it is; only its section changes. */
export function reportFiles(results: Results, curve: Curve, readme: string): ReadonlyMap<string, string> {
  const charts = chartedScales(results)
  return new Map([
    [`${RESULTS_FOLDER}/comparison.md`, comparisonPage(results)],
    ...charts.map(
      (objects) => [`${RESULTS_FOLDER}/cold-start-${objects}.svg`, barChart(results, objects)] as const,
    ),
    [`${RESULTS_FOLDER}/curve.svg`, lineChart(curve.points)],
    ['docs/scale.md', scalePage(curve)],
    ['README.md', withSection(readme, performanceSection(results, charts))],
  ])
}

const chartedScales = ({ outcomes }: Results): readonly number[] =>
  GOAL_SCALES.filter(
    (objects) => figureOf(outcomes, { work: 'cold-start', objects }, 'everpull', 'wallSeconds') !== undefined,
  )

/** @throws where the text has no section to fill */
export function withSection(text: string, section: string): string {
  const [before, rest] = halves(text, SECTION.begin)
  const [, after] = halves(rest, SECTION.end)
  return `${before}${SECTION.begin}\n\n${section.trim()}\n\n${SECTION.end}${after}`
}

function halves(text: string, mark: string): readonly [string, string] {
  const at = text.indexOf(mark)
  if (at < 0) throw new Error(`the text has no ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

const comparisonPage = (results: Results): string =>
  [
    '# What it costs, beside others',
    '',
    'Generated from `comparison.json` by `make generate`; `make bench` measures.',
    machineLine(results.machine),
    `Source: commit ${results.commit}.`,
    ...busyLines(results.outcomes, results.machine),
    'Each figure is the median of the repetitions, with the least and the most; × is how many times what Everpull takes.',
    'Time is the time until the last Secret holds a login that AWS minted for its identity.',
    '',
    '## Goals',
    '',
    goalTable(goals(results.outcomes)),
    '',
    '## Figures',
    '',
    comparisonTables(results),
    '',
  ].join('\n')
