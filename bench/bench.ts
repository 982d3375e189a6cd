// This file is about `make bench`: what Everpull and others cost on the same work, on the same machine, in one run.
import { parseArgs } from 'node:util'
import { cellName, type Outcome, SUBJECT_NAMES, WORK_NAMES, type WorkName } from './comparison/cell.ts'
import { compare } from './comparison/compare.ts'
import { CURVE_OBJECTS, measurePoint } from './comparison/curve.ts'
import { measuredCommit } from './comparison/machine.ts'
import { Outcomes } from './comparison/outcomes.ts'
import { sittings, type Wish } from './comparison/plan.ts'
import { measureParts, PART_NAMES } from './parts.ts'
import { comparisonTables } from './report/comparison-table.ts'
import type { CurvePoint } from './report/curve.ts'
import { goals, goalTable } from './report/goals.ts'
import { keepCurve, keepOutcomes } from './results.ts'
import { say } from './surroundings.ts'

const HELP = `node bench/bench.ts [WHAT]... [--subject NAME]... [--objects N]... [--repetitions N] [--afresh]

Without WHAT it measures everything, which takes hours, and writes bench/results.
What was measured at this commit already is not measured again: an interrupted run goes on where it stopped.

WHAT           ${WORK_NAMES.join(', ')}
               curve: Everpull alone, from few objects to many
               ${PART_NAMES.join(', ')}
               report: write bench/results from all that was measured at this commit
--subject      ${SUBJECT_NAMES.join(', ')}; all unless told
--objects      1000 and 5000 unless told
--repetitions  3 unless told
--afresh       measure again what was measured already
`
const OTHERS = ['curve', 'report'] as const

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    subject: { type: 'string', multiple: true },
    objects: { type: 'string', multiple: true },
    repetitions: { type: 'string' },
    afresh: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const commit = measuredCommit()
// A checkout that was changed may have been changed again since.
const afresh = values.afresh || commit.endsWith('-changed')
const outcomes = new Outcomes<Outcome>(commit, cellName)
const points = new Outcomes<CurvePoint>(`${commit}/curve`, ({ objects }) => pointName(objects))
const pointName = (objects: number): string => String(objects).padStart(6, '0')

/** @throws when one is not among them */
function known<Name extends string>(asked: readonly string[], names: readonly Name[]): readonly Name[] {
  const stranger = asked.find((one) => !names.some((name) => name === one))
  if (stranger !== undefined) throw new Error(`${stranger} is none of ${names.join(', ')}`)
  return names.filter((name) => asked.includes(name))
}

function number(text: string): number {
  const read = Number(text)
  if (!Number.isInteger(read) || read < 1) throw new Error(`${text} is no number of something`)
  return read
}

const wishFor = (works: readonly WorkName[]): Wish => ({
  works,
  subjects: known(values.subject ?? SUBJECT_NAMES, SUBJECT_NAMES),
  ...(values.objects === undefined ? {} : { objects: values.objects.map(number) }),
  ...(values.repetitions === undefined ? {} : { repetitions: number(values.repetitions) }),
})

/** False when something could not be measured. */
async function measureWorks(works: readonly WorkName[]): Promise<boolean> {
  const { done, failed } = await compare(sittings(wishFor(works)), outcomes, afresh)
  const shown = afresh ? done : outcomes.all()
  process.stdout.write(`\n${comparisonTables({ outcomes: shown })}\n\n${goalTable(goals(shown))}\n`)
  return failed === 0
}

async function measureCurve(): Promise<void> {
  for (const objects of values.objects?.map(number) ?? CURVE_OBJECTS) {
    if (!afresh && points.has(pointName(objects))) continue
    say(`curve: ${objects} objects`)
    const point = await measurePoint(objects)
    points.keep(point)
    say(`  ${JSON.stringify(point)}`)
  }
}

function report(): void {
  if (outcomes.all().length > 0) keepOutcomes(commit, outcomes.all())
  if (points.all().length > 0) keepCurve(commit, points.all())
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(HELP)
  const everything = [...WORK_NAMES, ...OTHERS, ...PART_NAMES]
  const asked = positionals.length === 0 ? everything : known(positionals, everything)
  const works = WORK_NAMES.filter((work) => asked.includes(work))
  const isMeasured = works.length === 0 || (await measureWorks(works))
  if (asked.includes('curve')) await measureCurve()
  if (asked.includes('report')) report()
  const isKept = await measureParts(PART_NAMES.filter((part) => asked.includes(part)))
  process.exitCode = isKept && isMeasured ? 0 : 1
}

await main()
