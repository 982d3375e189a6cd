// This file is about the sixth invariant: memory stays flat.
import type { Broken, History } from '../history.ts'

/** Whatever happens, an operator with a handful of objects stays below this. */
const MOST_BYTES = 220 * 2 ** 20
/** What a heap that is collected lazily may add between an early and a late look. */
const DRIFT_BYTES = 24 * 2 ** 20
/** Of looks, one a seed, until the first that counts: the engine compiles what it runs often. */
const WARM_UP = 4
export const LEAST_LOOKS = 12

/** Of the short-lived operators of a seed: only that they stay small. */
export function memory({ replicas }: History): readonly Broken[] {
  return replicas.flatMap(({ number, residentBytes }) => {
    const most = Math.max(0, ...residentBytes)
    return most <= MOST_BYTES
      ? []
      : [{ invariant: 'memory', what: `replica ${number} took ${inMegabytes(most)} MB` }]
  })
}

/** Of an operator that lives as long as its lane, by one look a seed: the last third against the first. */
export function flat(looks: readonly number[]): readonly Broken[] {
  if (looks.length < LEAST_LOOKS) return []
  const warm = looks.slice(WARM_UP)
  const third = Math.floor(warm.length / 3)
  const early = median(warm.slice(0, third))
  const late = median(warm.slice(-third))
  return late - early <= DRIFT_BYTES
    ? []
    : [
        {
          invariant: 'memory',
          what: `the veteran grew from ${inMegabytes(early)} to ${inMegabytes(late)} MB`,
        },
      ]
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const inMegabytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
