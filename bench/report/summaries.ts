// This file is about the repetitions of one cell taken together.
import {
  type FigureName,
  type Outcome,
  type SubjectName,
  WORK_NAMES,
  type WorkName,
} from '../comparison/cell.ts'
import { type Summary, summaryOf } from '../comparison/statistics.ts'

export interface Results {
  readonly commit: string
  readonly machine: Machine
  readonly outcomes: readonly Outcome[]
}
/** As `thisMachine` tells it. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryBytes: number
  readonly kernel: string
  readonly node: string
  readonly go: string
}

export interface Place {
  readonly work: WorkName
  readonly objects: number
}

/** Works on so many objects that were measured: work by work, from few objects to many. */
export function placesIn(outcomes: readonly Outcome[]): readonly Place[] {
  const places = new Map(outcomes.map(({ work, objects }) => [`${work} ${objects}`, { work, objects }]))
  return WORK_NAMES.flatMap((work) =>
    [...places.values()].filter((place) => place.work === work).toSorted((a, b) => a.objects - b.objects),
  )
}

export const repetitionsOf = (outcomes: readonly Outcome[], place: Place, subject: SubjectName): number =>
  at(outcomes, place, subject).length

/** Undefined where nobody measured it, or where the work has no such figure. */
export function figureOf(
  outcomes: readonly Outcome[],
  place: Place,
  subject: SubjectName,
  figure: FigureName,
): Summary | undefined {
  const values = at(outcomes, place, subject).flatMap(({ figures }) => figures[figure] ?? [])
  return values.length === 0 ? undefined : summaryOf(values)
}

const at = (outcomes: readonly Outcome[], { work, objects }: Place, subject: SubjectName) =>
  outcomes.filter((one) => one.work === work && one.objects === objects && one.subject === subject)
