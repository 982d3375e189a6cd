// This file is about what the README says of performance.
import { GOAL_SCALES, goals, goalTable } from './goals.ts'
import { busyLines, machineLine } from './machine-line.ts'
import { repetitionsOf, type Results } from './summaries.ts'

/** Markdown, from its heading on. @param charts scales that have a chart */
export function performanceSection(results: Results, charts: readonly number[]): string {
  const { outcomes, machine, commit } = results
  const counts = GOAL_SCALES.map((objects) =>
    repetitionsOf(outcomes, { work: 'cold-start', objects }, 'everpull'),
  )
  // Of the scale with the fewest; one that was not measured is not told of.
  const [repetitions = 0] = counts.filter((count) => count > 0).toSorted((a, b) => a - b)
  return [
    '## Performance',
    '',
    `\`make bench\` measures Everpull beside the External Secrets Operator v0.20.4 and the raw limit: the same number of writes over one HTTP/2 session, and nothing else.`,
    `All get the same manifests in a fresh control plane, on the same machine, in the same run${repetitions > 1 ? `; these are medians of ${repetitions} repetitions` : ''}.`,
    '',
    ...charts.map(
      (objects) =>
        `![A cold start of ${objects.toLocaleString('en')} objects](bench/results/cold-start-${objects}.svg)`,
    ),
    '',
    goalTable(goals(outcomes)),
    '',
    '[Why some are missed](docs/decisions/0034-benchmark.md#what-is-missed-and-why) is told with the numbers.',
    machineLine(machine),
    `Source: commit ${commit}.`,
    ...busyLines(outcomes, machine),
    '[All figures](bench/results/comparison.md), [as JSON](bench/results/comparison.json), and [what many objects cost](docs/scale.md).',
  ].join('\n')
}
