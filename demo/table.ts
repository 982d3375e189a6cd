// This file is about the table: each Secret, its login, and the pulls that used it.
import { formatDuration } from '../src/base/duration.ts'

export interface Row {
  readonly secret: string
  /** Counted from 1; 0 where the operator has not written one yet. */
  readonly login: number
  readonly ageMs: number
  /** At the latest. */
  readonly renewalInMs: number
  readonly client: string
  readonly tried: number
  readonly failed: number
}

const HEADS = ['SECRET', 'LOGIN', 'AGE', 'NEXT RENEWAL', 'CLIENT', 'PULLS', 'FAILED'] as const
const GAP = '  '

/** Lines of equal columns, none longer than `width`; a Secret that several clients use is named once. */
export function table(rows: readonly Row[], width: number): readonly string[] {
  const cells = rows.map((row, i) => cellsOf(row, rows[i - 1]))
  const widths = HEADS.map((head, i) => Math.max(head.length, ...cells.map((line) => line[i]?.length ?? 0)))
  const rest = widths.slice(1).reduce((sum, w) => sum + w + GAP.length, 0)
  const names = Math.max(1, Math.min(widths[0] ?? 0, width - rest))
  return [HEADS, ...cells].map(([secret = '', ...others]) =>
    [shortened(secret, names).padEnd(names), ...others.map((cell, i) => cell.padEnd(widths[i + 1] ?? 0))]
      .join(GAP)
      .slice(0, width)
      .trimEnd(),
  )
}

function cellsOf(row: Row, above: Row | undefined): readonly string[] {
  const pulls = [row.client, String(row.tried), String(row.failed)]
  if (above?.secret === row.secret) return ['', '', '', '', ...pulls]
  if (row.login === 0) return [row.secret, '-', '-', '-', ...pulls]
  return [row.secret, String(row.login), inSeconds(row.ageMs), renewal(row.renewalInMs), ...pulls]
}

const renewal = (ms: number): string => (ms <= 0 ? 'now' : `within ${inSeconds(ms)}`)

/** "0s", "38s", "11h58m". */
export const inSeconds = (ms: number): string => (ms < 1000 ? '0s' : formatDuration(ms))

/** The end of a name tells more than its beginning. */
const shortened = (name: string, width: number): string =>
  name.length <= width ? name : `…${name.slice(name.length - width + 1)}`
