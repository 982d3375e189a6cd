// This file is about lines that an edit did not mean to change: printed anew they may look otherwise, so the old ones are kept.

/**
 * `edited` with each line as the author wrote it, where the edit left it alone. `printed` is what the printer that made
 * `edited` makes of `written`, so what differs between those two is the edit, and the rest only the printer's taste.
 */
export function keepLines(written: string, printed: string, edited: string): string {
  const [a, b, c] = [written, printed, edited].map((text) => text.split('\n')) as [
    string[],
    string[],
    string[],
  ]
  const inWritten = matches(b.map(bare), a.map(bare))
  const inPrinted = matches(c, b)
  return c.map((line, i) => a[inWritten.get(inPrinted.get(i) ?? -1) ?? -1] ?? line).join('\n')
}

/** A printer changes spaces only. */
const bare = (line: string): string => line.replace(/\s+/g, '')

/** Beyond that the longest common run is not looked for: 4 M cells are some 20 ms. */
const MOST_CELLS = 4_000_000

/** Which line of the one is which of the other, by a longest common subsequence. */
function matches(from: readonly string[], to: readonly string[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  let start = 0
  while (start < from.length && start < to.length && from[start] === to[start]) {
    found.set(start, start)
    start += 1
  }
  let [f, t] = [from.length, to.length]
  while (f > start && t > start && from[f - 1] === to[t - 1]) found.set(--f, --t)
  if ((f - start) * (t - start) <= MOST_CELLS)
    matchBetween(from.slice(start, f), to.slice(start, t), start, found)
  return found
}

function matchBetween(
  from: readonly string[],
  to: readonly string[],
  offset: number,
  found: Map<number, number>,
): void {
  const width = to.length + 1
  const lengths = new Uint32Array((from.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = from.length - 1; i >= 0; i--) {
    for (let j = to.length - 1; j >= 0; j--) {
      lengths[i * width + j] = from[i] === to[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  for (let i = 0, j = 0; i < from.length && j < to.length; ) {
    if (from[i] === to[j]) found.set(offset + i++, offset + j++)
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
}
