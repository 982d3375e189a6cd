// This file is about what is told of several repetitions: the median, and how far they lie apart.

export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** @throws of nothing */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const [least] = sorted
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) throw new Error('nothing was measured')
  const middle = (sorted.length - 1) / 2
  const [low = least, high = least] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]]
  return { median: (low + high) / 2, least, most }
}

/** The smallest value that so large a share does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
