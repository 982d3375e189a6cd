// This file is about whether memory over a run was judged at all: only a process that lives through enough seeds tells.
import { LEAST_LOOKS } from './invariants/memory.ts'

interface Weighed {
  readonly lane: number
  readonly veteranLooks?: number
}

export interface VeteranLife {
  readonly lane: number
  readonly looks: number
}

/** One for each process; looks at one process only grow, so that fewer begin another. */
export function livesIn(results: readonly Weighed[]): readonly VeteranLife[] {
  const lives: VeteranLife[] = []
  const current = new Map<number, number>()
  for (const { lane, veteranLooks: looks } of results) {
    if (looks === undefined) continue
    const index = current.get(lane)
    const isSame = index !== undefined && (lives[index]?.looks ?? 0) <= looks
    if (isSame) lives[index] = { lane, looks }
    else current.set(lane, lives.push({ lane, looks }) - 1)
  }
  return lives
}

export function flatnessOf(results: readonly Weighed[]): string {
  const lives = livesIn(results)
  if (lives.length === 0) return 'not known, as looks were not counted'
  const judged = lives.filter(({ looks }) => looks >= LEAST_LOOKS)
  const short = lives.filter(({ looks }) => looks < LEAST_LOOKS)
  const parts = [
    ...(judged.length === 0 ? ['not judged'] : [`judged by ${looksOf(judged)}`]),
    ...(short.length === 0 ? [] : [`too few on ${looksOf(short)}, it takes ${LEAST_LOOKS} of one process`]),
  ]
  return parts.join('; ')
}

const looksOf = (lives: readonly VeteranLife[]): string =>
  lives.map(({ lane, looks }) => `lane ${lane} (${looks} looks)`).join(', ')
