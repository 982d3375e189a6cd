// This file is about what a handful of seeds proves, on a machine that may be too busy for some of them.
import type { Verdict } from './invariants/fitness.ts'

export interface Proof {
  readonly is: 'proven' | 'refuted' | 'unproven'
  readonly says: string
}

/** At least this share of the seeds has to pass: a machine that decides none of them has proven nothing. */
const LEAST_PASSED = 0.5

/** By the last verdict of each seed; one without a verdict has not run. */
export function proofOf(seeds: readonly number[], verdicts: ReadonlyMap<number, Verdict>): Proof {
  const of = (verdict: Verdict | undefined): readonly number[] =>
    seeds.filter((seed) => verdicts.get(seed) === verdict)
  const failed = of('failed')
  if (failed.length > 0)
    return {
      is: 'refuted',
      says: `failed: ${named(failed)}; replay: make chaos SEEDS=${failed.join(',')}`,
    }
  const passed = of('passed')
  const says = [
    `${passed.length} of ${seeds.length} seeds passed`,
    ...told('undecided, for the machine was too busy', of('undecided')),
    ...told('not run, for there was no time left', of(undefined)),
  ].join('; ')
  if (passed.length >= Math.max(1, seeds.length * LEAST_PASSED)) return { is: 'proven', says }
  return {
    is: 'unproven',
    says: `nothing is broken, and nothing is proven: this machine is too busy for the chaos suite (${says}); at least half have to pass`,
  }
}

const told = (what: string, seeds: readonly number[]): readonly string[] =>
  seeds.length === 0 ? [] : [`${what}: ${named(seeds)}`]

const named = (seeds: readonly number[]): string =>
  `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`
