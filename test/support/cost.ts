// This file is about what work costs in processor time, measured so that a busy or slow machine changes little.

/** What an idle machine does in some 5 ms: arithmetic, a map, growing text. */
export function unitOfWork(): number {
  const seen = new Map<string, number>()
  let text = ''
  let n = 0
  for (let i = 0; i < 200_000; i++) {
    n = (Math.imul(n, 31) + i) | 0
    if (i % 4 === 0) seen.set(`k${i & 1023}`, n)
    if (i % 16 === 0) text += String(n)
  }
  return text.length + seen.size
}

/**
 * Processor time in microseconds, which other work on the machine takes less part in than in the time of day. That of
 * this thread alone would leave out the engine's compiler, but some systems count it in steps of 4 ms.
 */
export function cost(work: () => unknown): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return user + system
}

/** The engine compiles what it runs often, and a busy machine disturbs: the best of some counts. */
const TRIES = 10

/** How many units of work it costs, at best; no more tries than it takes to stay below `most`. */
export function unitsOf(work: () => unknown, most: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < TRIES && least > most; i++) {
    // A processor changes its pace, so the unit is taken at both ends.
    const before = cost(unitOfWork)
    const taken = cost(work)
    least = Math.min(least, (taken * 2) / (before + cost(unitOfWork)))
  }
  return least
}
