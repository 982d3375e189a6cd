// This file is about which cells are measured, and which of them share a control plane.
import { type Cell, SUBJECT_NAMES, type SubjectName, WORK_NAMES, type WorkName } from './cell.ts'

/** What is asked for; everything where nothing is named. */
export interface Wish {
  readonly works?: readonly WorkName[]
  readonly subjects?: readonly SubjectName[]
  /** For works on standing objects. */
  readonly objects?: readonly number[]
  readonly repetitions?: number
}

/** Cells of one subject that follow each other in one fresh control plane. */
export interface Sitting {
  readonly subject: SubjectName
  readonly objects: number
  readonly repetition: number
  readonly works: readonly WorkName[]
}

export const REPETITIONS = 3
export const SCALES = [1000, 5000] as const
/** 500 a minute for two minutes. */
export const CREATED = 1000
/** So few that the slowest subject renews all of them within one period. */
const IN_OUTAGE = 100

const STANDING: readonly WorkName[] = ['cold-start', 'steady', 'rotation', 'key-rotation']
/** Nobody else notices new access keys by itself, and the raw limit only writes. */
const DONE_BY: Readonly<Partial<Record<WorkName, readonly SubjectName[]>>> = {
  steady: ['everpull', 'external-secrets', 'external-secrets-best'],
  'key-rotation': ['everpull'],
  creations: ['everpull', 'external-secrets', 'external-secrets-best'],
  outage: ['everpull', 'external-secrets', 'external-secrets-best'],
}

/** Repetition by repetition, so that an interrupted run has whole ones. */
export function sittings(wish: Wish = {}): readonly Sitting[] {
  const { works = WORK_NAMES, subjects = SUBJECT_NAMES, objects = SCALES } = wish
  const repetitions = Array.from({ length: wish.repetitions ?? REPETITIONS }, (_, i) => i + 1)
  return repetitions.flatMap((repetition) =>
    scalesOf(works, objects).flatMap(({ objects, works }) =>
      subjects.flatMap((subject) => {
        const done = works.filter((work) => DONE_BY[work]?.includes(subject) ?? true)
        return done.length === 0 ? [] : [{ subject, objects, repetition, works: done }]
      }),
    ),
  )
}

function scalesOf(
  works: readonly WorkName[],
  objects: readonly number[],
): readonly Pick<Sitting, 'objects' | 'works'>[] {
  const standing = works.filter((work) => STANDING.includes(work))
  return [
    ...objects.map((objects) => ({ objects, works: standing })),
    ...(works.includes('creations') ? [{ objects: CREATED, works: ['creations'] as const }] : []),
    ...(works.includes('outage') ? [{ objects: IN_OUTAGE, works: ['outage'] as const }] : []),
  ]
}

export const cellsOf = ({ works, ...place }: Sitting): readonly Cell[] =>
  works.map((work) => ({ ...place, work }))
