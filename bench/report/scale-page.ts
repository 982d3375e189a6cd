// This file is about docs/scale.md: what an object costs from few to many, and what a hundred thousand would.
import { COSTS, type CostName, costOf, type Curve, type CurvePoint } from './curve.ts'
import { machineLine } from './machine-line.ts'
import { megabytes, short } from './numbers.ts'

const PAPER_OBJECTS = 100_000
/** A login of AWS lives twelve hours and is renewed at two thirds of them, or up to a tenth sooner. */
const RENEWAL_HOURS = { latest: 8, soonest: 7.2 }
/** The Secret is written, and the status and an event say so; one in which others have something is read before. */
const REQUESTS_A_RENEWAL = 3

export function scalePage(curve: Curve): string {
  const last = curve.points.at(-1)
  return [
    '# How it scales',
    '',
    'Generated from `bench/results/curve.json` by `make generate`; `node bench/bench.ts curve` measures.',
    machineLine(curve.machine),
    `Source: commit ${curve.commit}.`,
    '',
    '## From few objects to many',
    '',
    'One process, cold start, four logins for all objects; memory is what comes on top of the same process without objects.',
    '',
    '![What one object costs](../bench/results/curve.svg)',
    '',
    ...table(curve.points),
    '',
    ...(last === undefined ? [] : paper(last)),
  ].join('\n')
}

function table(points: readonly CurvePoint[]): readonly string[] {
  const costs = Object.keys(COSTS) as CostName[]
  return [
    `| objects | ${costs.map((cost) => COSTS[cost].title).join(' | ')} | time, s | peak memory |`,
    `|---|${costs.map(() => '---|').join('')}---|---|`,
    ...points.map(
      (point) =>
        `| ${point.objects.toLocaleString('en')} | ${costs.map((cost) => COSTS[cost].write(costOf(point, cost))).join(' | ')} | ${short(point.wallSeconds)} | ${megabytes(point.peakBytes)} |`,
    ),
  ]
}

/** What a hundred thousand objects would take, by the largest number that was measured. */
export function paper(from: CurvePoint): readonly string[] {
  const bytes = costOf(from, 'memory') * 1000
  const memory = from.emptyBytes + bytes * PAPER_OBJECTS
  const requests = (PAPER_OBJECTS * REQUESTS_A_RENEWAL) / RENEWAL_HOURS.soonest
  const many = PAPER_OBJECTS.toLocaleString('en')
  const logins = from.awsCalls
  return [
    `## ${many} objects, on paper`,
    '',
    `Nobody measured this: it is what the row of ${from.objects.toLocaleString('en')} objects says if an object goes on costing the same.`,
    '',
    '| what | arithmetic | result |',
    '|---|---|---|',
    `| memory at the peak of a cold start | ${megabytes(from.emptyBytes)} + ${many} × ${short(bytes / 1000)} kB | ${megabytes(memory)} |`,
    `| CPU of a cold start | ${many} × ${short(costOf(from, 'cpu'))} ms | ${short((costOf(from, 'cpu') * PAPER_OBJECTS) / 1000)} s |`,
    `| API requests of a cold start | ${many} × ${short(costOf(from, 'requests'))} | ${short(costOf(from, 'requests') * PAPER_OBJECTS)} |`,
    `| API requests an hour, as logins are renewed | ${many} × ${REQUESTS_A_RENEWAL} each ${RENEWAL_HOURS.soonest} h (8 h less a tenth); a Secret in which others have something takes one more | ${short(requests)}, ${short(requests / 3600)} a second |`,
    `| AWS calls an hour | ${logins} logins each ${RENEWAL_HOURS.soonest} h; it is their number that counts, not that of the objects | ${short(logins / RENEWAL_HOURS.soonest)} |`,
    `| AWS calls an hour, if each object had an identity of its own | ${many} each ${RENEWAL_HOURS.soonest} h | ${short(PAPER_OBJECTS / RENEWAL_HOURS.soonest)} |`,
    '',
    'Shards divide the work and the requests between replicas, and not the memory, as each replica watches all that is in scope; installations with selectors of their own divide that too ([how](how-to/scale-out.md)).',
    '',
  ]
}
