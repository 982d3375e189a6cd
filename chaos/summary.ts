// This file is about a run in one page: what was run on which commit, what was said of it, and how much there was to judge.
import type { Verdict } from './invariants/fitness.ts'
import type { SeedResult } from './results.ts'
import { flatnessOf } from './veteran-lives.ts'

interface Counts {
  readonly seeds: number
  readonly passed: number
  readonly pulls: number
  /** With excuse, in seeds that passed. */
  readonly failedPulls: number
  readonly versions: number
  readonly calls: number
}

/** Of one lane: what its operator that lives on took after the first of its seeds, and after the last. */
interface Veteran {
  readonly lane: number
  readonly seeds: number
  readonly firstMegabytes: number
  readonly lastMegabytes: number
}

export interface Summary extends Counts {
  /** Each with the number of seeds whose last run was of it. */
  readonly commits: Readonly<Record<string, number>>
  /** Of the last run of each seed. */
  readonly verdicts: Readonly<Record<Verdict, number>>
  /** Of all seeds, also those that ran again. */
  readonly runs: number
  readonly seconds: { readonly median: number; readonly longest: number }
  /** Whether it was judged, and by how many looks. */
  readonly memory: string
  readonly veterans: readonly Veteran[]
  readonly sharings: Readonly<Record<string, Counts>>
  /** How often each fault was drawn. */
  readonly faults: Readonly<Record<string, number>>
  /** Every run that did not pass, with the seed's last verdict. */
  readonly notPassed: readonly {
    readonly seed: number
    readonly commit: string
    readonly verdict: Verdict
    readonly invariants: readonly string[]
    readonly last: Verdict
  }[]
  readonly ran: readonly number[]
}

/** `results` in the order of the runs. What is counted is of the last run of each seed. */
export function summaryOf(results: readonly SeedResult[]): Summary {
  const last = new Map(results.map((result) => [result.seed, result]))
  const final = [...last.values()].toSorted((a, b) => a.seed - b.seed)
  const times = final.map(({ seconds }) => seconds).toSorted((a, b) => a - b)
  const verdicts = { passed: 0, failed: 0, undecided: 0 }
  for (const { verdict } of final) verdicts[verdict]++
  return {
    ...countsOf(final),
    commits: tally(final.map(({ commit }) => commit)),
    verdicts,
    runs: results.length,
    seconds: { median: times[Math.floor(times.length / 2)] ?? 0, longest: times.at(-1) ?? 0 },
    memory: flatnessOf(results),
    veterans: veteransOf(results),
    sharings: Object.fromEntries(
      [...new Set(final.map(({ sharing }) => sharing))]
        .toSorted()
        .map((sharing) => [sharing, countsOf(final.filter((result) => result.sharing === sharing))]),
    ),
    faults: tally(final.flatMap(({ faults }) => faults).toSorted()),
    notPassed: results
      .filter(({ verdict }) => verdict !== 'passed')
      .map(({ seed, commit, verdict, broken }) => ({
        seed,
        commit,
        verdict,
        invariants: [...new Set(broken.map(({ invariant }) => invariant))],
        last: last.get(seed)?.verdict ?? verdict,
      })),
    ran: final.map(({ seed }) => seed),
  }
}

const countsOf = (results: readonly SeedResult[]): Counts => ({
  seeds: results.length,
  passed: results.filter(({ verdict }) => verdict === 'passed').length,
  pulls: sum(results.map(({ pulls }) => pulls)),
  failedPulls: sum(results.map(({ excusedPulls }) => excusedPulls)),
  versions: sum(results.map(({ versions }) => versions)),
  calls: sum(results.map(({ calls }) => calls)),
})

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0)

function tally(values: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const value of values) counts[value] = 1 + (counts[value] ?? 0)
  return counts
}

function veteransOf(results: readonly SeedResult[]): readonly Veteran[] {
  const lanes = [...new Set(results.map(({ lane }) => lane))].toSorted((a, b) => a - b)
  return lanes.map((lane) => {
    const weighed = results.filter((result) => result.lane === lane && result.veteranMegabytes > 0)
    return {
      lane,
      seeds: weighed.length,
      firstMegabytes: weighed[0]?.veteranMegabytes ?? 0,
      lastMegabytes: weighed.at(-1)?.veteranMegabytes ?? 0,
    }
  })
}

export const asMarkdown = (summary: Summary): string =>
  [
    '# A run of the chaos suite',
    '',
    'Written by `chaos/run.ts --summary`; [docs/chaos.md](../docs/chaos.md) says what is promised and how it is judged.',
    '',
    '| what | how much |',
    '|---|---|',
    ...facts(summary).map(([what, value]) => `| ${what} | ${value} |`),
    '',
    '| replicas | seeds | passed | pulls | versions judged | calls to AWS |',
    '|---|---|---|---|---|---|',
    ...Object.entries(summary.sharings).map(
      ([sharing, { seeds, passed, pulls, versions, calls }]) =>
        `| ${sharing} | ${seeds} | ${passed} | ${pulls} | ${versions} | ${calls} |`,
    ),
    '',
    '| fault | drawn |',
    '|---|---|',
    ...Object.entries(summary.faults).map(([fault, count]) => `| \`${fault}\` | ${count} |`),
    '',
    '## Runs that did not pass',
    '',
    ...(summary.notPassed.length === 0 ? ['None.'] : notPassed(summary)),
    '',
  ].join('\n')

function facts(summary: Summary): readonly (readonly [string, string | number])[] {
  const { passed, failed, undecided } = summary.verdicts
  return [
    ['commits', named(summary.commits)],
    ['seeds', `${rangesOf(summary.ran)} (${summary.seeds}, in ${summary.runs} runs)`],
    ['last verdict of each', `${passed} passed, ${failed} failed, ${undecided} undecided`],
    [
      'pulls',
      `${summary.pulls}; ${summary.failedPulls} of them failed, with excuse in every seed that passed`,
    ],
    ['versions of Secrets judged', summary.versions],
    ['calls to AWS for a login', summary.calls],
    ['seconds a seed', `${summary.seconds.median} at the median, ${summary.seconds.longest} at the longest`],
    ['memory over the run', summary.memory],
    ['operator that lives on, at its first and last look', grown(summary.veterans)],
  ]
}

const grown = (veterans: readonly Veteran[]): string =>
  veterans
    .map(
      ({ lane, seeds, firstMegabytes, lastMegabytes }) =>
        `lane ${lane}: ${firstMegabytes} and ${lastMegabytes} MB (${seeds} seeds)`,
    )
    .join(', ')

const named = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `\`${name}\` (${count})`)
    .join(', ')

const notPassed = ({ notPassed: runs }: Summary): readonly string[] => [
  '| seed | commit | verdict | broken | last verdict of the seed |',
  '|---|---|---|---|---|',
  ...runs.map(
    ({ seed, commit, verdict, invariants, last }) =>
      `| ${seed} | \`${commit}\` | ${verdict} | ${invariants.join(', ')} | ${last} |`,
  ),
]

/** As `--seeds` takes them: 1..5,7; in rising order. */
export function rangesOf(seeds: readonly number[]): string {
  const ranges: { first: number; last: number }[] = []
  for (const seed of seeds) {
    const range = ranges.at(-1)
    if (range !== undefined && range.last === seed - 1) range.last = seed
    else ranges.push({ first: seed, last: seed })
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}..${last}`)).join(',')
}
