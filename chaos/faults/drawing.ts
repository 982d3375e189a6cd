// This file is about drawing from a fault's own random numbers.
import type { Random } from '../../src/base/random.ts'

export function oneOf<T>(random: Random, first: T, ...others: readonly T[]): T {
  return others[Math.floor(random() * (others.length + 1)) - 1] ?? first
}

/** A whole number; both ends may come. */
export const between = (random: Random, least: number, most: number): number =>
  least + Math.floor(random() * (most - least + 1))
