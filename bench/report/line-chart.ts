// This file is about the chart of the curve: what one object costs, from few objects to many.
import { COSTS, type CostName, costOf, type CurvePoint } from './curve.ts'
import { curve, line, svg, text } from './svg.ts'

const WIDTH = 760
const PANEL = { width: 340, height: 150 }
const MARGIN = { left: 56, top: 34 }
const ACROSS = 2

/** SVG. A pure function of the points. */
export function lineChart(points: readonly CurvePoint[]): string {
  const panels = (Object.keys(COSTS) as CostName[]).map((cost, i) =>
    panel(points, cost, (i % ACROSS) * (WIDTH / ACROSS), Math.floor(i / ACROSS) * (PANEL.height + 70)),
  )
  const height = Math.ceil(panels.length / ACROSS) * (PANEL.height + 70)
  return svg(WIDTH, height, 'What one object costs, by the number of objects', panels)
}

function panel(points: readonly CurvePoint[], cost: CostName, left: number, top: number): string {
  const values = points.map((point) => costOf(point, cost))
  const most = Math.max(...values) * 1.25 || 1
  const widest = Math.max(...points.map(({ objects }) => objects))
  const across = PANEL.width - MARGIN.left - 20
  const x = (objects: number): number => left + MARGIN.left + (objects / widest) * across
  const bottom = top + MARGIN.top + PANEL.height
  const y = (value: number): number => bottom - (value / most) * PANEL.height
  return [
    text(left, top + 16, COSTS[cost].title, { look: 'title' }),
    line(x(0), bottom, x(widest), bottom),
    text(x(0) - 6, bottom + 4, '0', { anchor: 'end', look: 'quiet' }),
    text(x(0) - 6, y(most) + 10, COSTS[cost].write(most), { anchor: 'end', look: 'quiet' }),
    curve(
      points.map((point, i) => [x(point.objects), y(values[i] ?? 0)] as const),
      0,
    ),
    ...points.map(({ objects }) =>
      objects * 10 < widest
        ? ''
        : text(x(objects), bottom + 18, objects.toLocaleString('en'), { anchor: 'middle', look: 'quiet' }),
    ),
  ].join('\n')
}
