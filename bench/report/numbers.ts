// This file is about how figures are written for people.
import type { FigureName } from '../comparison/cell.ts'
import type { Summary } from '../comparison/statistics.ts'

interface Style {
  readonly title: string
  readonly write: (value: number) => string
}

/** Three digits that count, as many as three repetitions can tell. */
export function short(value: number): string {
  if (value === 0) return '0'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(value < 1 ? 2 : 3)))
}

const seconds = (value: number): string => (value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`)
export const megabytes = (value: number): string => `${short(value / 1e6)} MB`
const count = (value: number): string => Math.round(value).toLocaleString('en')

export const STYLES: Readonly<Record<FigureName, Style>> = {
  wallSeconds: { title: 'time', write: seconds },
  cpuSeconds: { title: 'CPU', write: seconds },
  peakBytes: { title: 'peak memory', write: megabytes },
  requests: { title: 'API requests', write: count },
  awsCalls: { title: 'AWS calls', write: count },
  p50Seconds: { title: 'wait, median', write: seconds },
  p99Seconds: { title: 'wait, 99th percentile', write: seconds },
  outageRequests: { title: 'API requests while AWS failed', write: count },
  outageAwsCalls: { title: 'AWS calls while it failed', write: count },
}

/** The median, and from where to where the repetitions lie when there are several. */
export function written(figure: FigureName, { median, least, most }: Summary): string {
  const { write } = STYLES[figure]
  const [middle, low, high] = [write(median), write(least), write(most)]
  return low === high ? middle : `${middle} (${low} to ${high})`
}
