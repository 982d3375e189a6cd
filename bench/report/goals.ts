// This file is about what the figures ought to be, and whether they are.
import type { FigureName, Outcome, SubjectName, WorkName } from '../comparison/cell.ts'
import { short } from './numbers.ts'
import { figureOf } from './summaries.ts'

export interface Goal {
  readonly title: string
  /** In words. */
  readonly asked: string
  /** Undefined where one of the figures was not measured. */
  readonly measured: number | undefined
  readonly isMet: boolean
}

export const GOAL_SCALES = [1000, 5000] as const
const TIMES_FASTER = 4
const SHARE_OF_MEMORY = 1 / 4
const SHARE_OF_REQUESTS = 1 / 3
/** The same as a count: three an object, and what is asked once. */
const REQUESTS_AN_OBJECT = 3
const REQUESTS_ONCE = 300
const SHARE_OF_AWS_CALLS = 1 / 50
const TIMES_RAW = 3
const ROTATION_TIMES_RAW = 2.5
const P99_SECONDS = 0.25

export function goals(outcomes: readonly Outcome[]): readonly Goal[] {
  return [...GOAL_SCALES.flatMap((objects) => goalsAt(outcomes, objects)), waitGoal(outcomes)]
}

function goalsAt(outcomes: readonly Outcome[], objects: number): readonly Goal[] {
  const median = (subject: SubjectName, figure: FigureName, work: WorkName = 'cold-start') =>
    figureOf(outcomes, { work, objects }, subject, figure)?.median
  const ofTheirs = (figure: FigureName) =>
    quotient(median('everpull', figure), median('external-secrets-best', figure))
  const many = objects.toLocaleString('en')
  const requests = REQUESTS_AN_OBJECT * objects + REQUESTS_ONCE
  return [
    atLeast(
      `${many} objects: times faster than External Secrets at its best flags`,
      quotient(median('external-secrets-best', 'wallSeconds'), median('everpull', 'wallSeconds')),
      TIMES_FASTER,
    ),
    atMost(`${many} objects: share of its memory`, ofTheirs('peakBytes'), SHARE_OF_MEMORY),
    atMost(`${many} objects: share of its API requests`, ofTheirs('requests'), SHARE_OF_REQUESTS),
    atMost(`${many} objects: API requests`, median('everpull', 'requests'), requests),
    atMost(`${many} objects: share of its AWS calls`, ofTheirs('awsCalls'), SHARE_OF_AWS_CALLS),
    atMost(
      `${many} objects: cold start, times the raw limit`,
      quotient(median('everpull', 'wallSeconds'), median('raw-limit', 'wallSeconds')),
      TIMES_RAW,
    ),
    atMost(
      `${many} objects: rotation by new access keys, times the raw limit`,
      quotient(
        median('everpull', 'wallSeconds', 'key-rotation'),
        median('raw-limit', 'wallSeconds', 'rotation'),
      ),
      ROTATION_TIMES_RAW,
    ),
  ]
}

function waitGoal(outcomes: readonly Outcome[]): Goal {
  const created = outcomes.find(({ work }) => work === 'creations')?.objects ?? 0
  const wait = figureOf(outcomes, { work: 'creations', objects: created }, 'everpull', 'p99Seconds')?.median
  return atMost('500 creations a minute: seconds to the Secret, 99th percentile', wait, P99_SECONDS)
}

const quotient = (part: number | undefined, whole: number | undefined): number | undefined =>
  part === undefined || whole === undefined ? undefined : part / whole

const atMost = (title: string, measured: number | undefined, limit: number): Goal => ({
  title,
  asked: `at most ${short(limit)}`,
  measured,
  isMet: measured !== undefined && measured <= limit,
})
const atLeast = (title: string, measured: number | undefined, limit: number): Goal => ({
  title,
  asked: `at least ${short(limit)}`,
  measured,
  isMet: measured !== undefined && measured >= limit,
})

/** A share that misses its goal by little reads as more than was asked. */
const told = (measured: number): string =>
  measured < 1 ? String(Number(measured.toPrecision(3))) : short(measured)

/** Markdown; goals whose figures nobody measured are left out. */
export function goalTable(all: readonly Goal[]): string {
  const rows = all.flatMap(({ title, asked, measured, isMet }) =>
    measured === undefined
      ? []
      : [`| ${title} | ${asked} | ${told(measured)} | ${isMet ? 'met' : '**missed**'} |`],
  )
  return ['| goal | asked | measured | |', '|---|---|---|---|', ...rows].join('\n')
}
