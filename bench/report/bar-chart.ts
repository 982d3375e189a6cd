// This file is about the chart of one cold start: what each subject took, figure by figure.
import { type FigureName, SUBJECT_NAMES, type SubjectName } from '../comparison/cell.ts'
import { STYLES } from './numbers.ts'
import { figureOf, type Results } from './summaries.ts'
import { bar, svg, text } from './svg.ts'
import { titleOf } from './titles.ts'

const SHOWN: readonly FigureName[] = ['wallSeconds', 'cpuSeconds', 'peakBytes', 'requests', 'awsCalls']
const WIDTH = 760
const LEFT = 210
const LONGEST = 420
const ROW = 22
const GAP = 18

/** SVG; empty panels are left out. A pure function of the results. */
export function barChart({ outcomes }: Pick<Results, 'outcomes'>, objects: number): string {
  const parts: string[] = []
  let y = 24
  for (const figure of SHOWN) {
    const rows = valuesOf(outcomes, objects, figure)
    if (rows.length === 0) continue
    parts.push(text(0, y, STYLES[figure].title, { look: 'title' }))
    const most = Math.max(...rows.map(({ value }) => value))
    for (const { subject, value } of rows) {
      y += ROW
      const width = most === 0 ? 0 : Math.max(1, (value / most) * LONGEST)
      parts.push(
        text(LEFT - 10, y, titleOf(subject), { anchor: 'end' }),
        bar(LEFT, y - 13, width, 16, SUBJECT_NAMES.indexOf(subject)),
        text(LEFT + width + 8, y, STYLES[figure].write(value), { look: 'quiet' }),
      )
    }
    y += ROW + GAP
  }
  return svg(WIDTH, y - GAP, `A cold start of ${objects.toLocaleString('en')} objects`, parts)
}

/** The raw limit only writes: its processor and memory tell nothing. */
function valuesOf(
  outcomes: Results['outcomes'],
  objects: number,
  figure: FigureName,
): readonly { readonly subject: SubjectName; readonly value: number }[] {
  const subjects = SUBJECT_NAMES.filter((subject) => subject !== 'raw-limit' || figure === 'wallSeconds')
  return subjects.flatMap((subject) => {
    const value = figureOf(outcomes, { work: 'cold-start', objects }, subject, figure)?.median
    return value === undefined ? [] : [{ subject, value }]
  })
}
