// This file is about the tables that put all subjects beside each other, one for each work.
import { type FigureName, namespacesFor, SUBJECT_NAMES, type SubjectName } from '../comparison/cell.ts'
import { STYLES, short, written } from './numbers.ts'
import { figureOf, type Place, placesIn, repetitionsOf, type Results } from './summaries.ts'
import { titleOf } from './titles.ts'

/** Markdown. */
export function comparisonTables({ outcomes }: Pick<Results, 'outcomes'>): string {
  return placesIn(outcomes)
    .map((place) => tableFor(outcomes, place))
    .join('\n\n')
}

function tableFor(outcomes: Results['outcomes'], place: Place): string {
  const subjects = SUBJECT_NAMES.filter((name) => repetitionsOf(outcomes, place, name) > 0)
  const figures = (Object.keys(STYLES) as FigureName[]).filter((figure) =>
    subjects.some((subject) => figureOf(outcomes, place, subject, figure) !== undefined),
  )
  const cell = (subject: SubjectName, figure: FigureName): string => {
    const summary = figureOf(outcomes, place, subject, figure)
    if (summary === undefined) return ''
    return `${written(figure, summary)}${ratio(outcomes, place, subject, figure, summary.median)}`
  }
  const rows = subjects.map((subject) => [
    titleOf(subject),
    ...figures.map((figure) => cell(subject, figure)),
    String(repetitionsOf(outcomes, place, subject)),
  ])
  return [
    `### ${headingOf(place)}`,
    '',
    line(['', ...figures.map((figure) => STYLES[figure].title), 'repetitions']),
    line(['---', ...figures.map(() => '---'), '---']),
    ...rows.map(line),
  ].join('\n')
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** How many times what Everpull takes. */
function ratio(
  outcomes: Results['outcomes'],
  place: Place,
  subject: SubjectName,
  figure: FigureName,
  median: number,
): string {
  const ours = figureOf(outcomes, place, 'everpull', figure)?.median
  return subject === 'everpull' || ours === undefined || ours === 0 ? '' : `, × ${short(median / ours)}`
}

function headingOf({ work, objects }: Place): string {
  const many = objects.toLocaleString('en')
  switch (work) {
    case 'cold-start':
      return `Cold start: ${many} objects in ${namespacesFor(objects)} namespaces`
    case 'steady':
      return `Nothing to do: ${many} objects, one minute`
    case 'rotation':
      return `Rotation of ${many} objects, each told so by an annotation`
    case 'key-rotation':
      return `Rotation of ${many} objects by new access keys`
    case 'creations':
      return `${many} new objects, 500 a minute: from the create to the Secret`
    case 'outage':
      return `AWS fails for three renewal periods, ${many} objects: until all is well again`
  }
}
