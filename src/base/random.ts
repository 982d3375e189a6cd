// This file is about randomness: the one source of it, so that tests can seed it.

/** A number in [0, 1). */
export type Random = () => number

export const systemRandom: Random = Math.random

/** Full jitter: a delay anywhere between nothing and `ceiling` (milliseconds). */
export const fullJitter = (ceiling: number, random: Random): number => random() * ceiling

/** A seeded generator (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
