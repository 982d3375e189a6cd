// This file is about the table at the end: each figure beside its limit.

export interface Row {
  readonly figure: string
  readonly measured: string
  /** Empty where a figure is told only to be looked at. */
  readonly limit: string
  readonly isKept: boolean
}

export const atMost = (figure: string, measured: number, limit: number, unit = '', digits = 0): Row => ({
  figure,
  measured: `${measured.toFixed(digits)}${unit}`,
  limit: `${limit}${unit}`,
  isKept: measured <= limit,
})

export const told = (figure: string, measured: string): Row => ({ figure, measured, limit: '', isKept: true })

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`

export function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['figure', 'measured', 'limit', ''],
    ...rows.map((row) => [row.figure, row.measured, row.limit, verdict(row)]),
  ]
  const widths = [0, 1, 2, 3].map((i) => Math.max(...cells.map((line) => (line[i] ?? '').length)))
  return cells
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function verdict({ limit, isKept }: Row): string {
  if (limit === '') return ''
  return isKept ? 'ok' : 'MISSED'
}
