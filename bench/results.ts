// This file is about bench/results: where figures are kept, and the files that are written from them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Outcome } from './comparison/cell.ts'
import { thisMachine } from './comparison/machine.ts'
import { reportFiles, RESULTS_FOLDER } from './report/files.ts'
import type { Curve, CurvePoint } from './report/curve.ts'
import type { Results } from './report/summaries.ts'

const ROOT = join(import.meta.dirname, '..')
const COMPARISON = join(ROOT, RESULTS_FOLDER, 'comparison.json')
const CURVE = join(ROOT, RESULTS_FOLDER, 'curve.json')

const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))

/** What the kept figures say; path from the root to text. */
export const benchFiles = (): ReadonlyMap<string, string> =>
  reportFiles(
    read(COMPARISON) as Results,
    read(CURVE) as Curve,
    readFileSync(join(ROOT, 'README.md'), 'utf8'),
  )

/** These outcomes replace all that were kept before. */
export const keepOutcomes = (commit: string, outcomes: readonly Outcome[]): void =>
  keep(COMPARISON, { commit, machine: thisMachine(), outcomes })

export const keepCurve = (commit: string, points: readonly CurvePoint[]): void =>
  keep(CURVE, { commit, machine: thisMachine(), points })

function keep(file: string, content: object): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(content, rounded, 2)}\n`)
  for (const [path, text] of benchFiles()) writeFileSync(join(ROOT, path), text)
}

/** More digits than six are noise. */
const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value
