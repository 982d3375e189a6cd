// This file is about the table at the end: each figure beside its limit.

export interface Row {
  readonly figure: string
  readonly measured: string
  readonly limit: string
  readonly isKept: boolean
}

export function tableOf(rows: readonly Row[]): string {
  const cells = [
    ['figure', 'measured', 'limit', ''],
    ...rows.map((row) => [row.figure, row.measured, row.limit, row.isKept ? 'ok' : 'MISSED']),
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
