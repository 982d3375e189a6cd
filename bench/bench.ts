// This file is about `make bench`: what Everpull and others cost on the same work, on the same machine, in one run.
import { parseArgs } from 'node:util'
import {
  type Outcome,
  SUBJECT_NAMES,
  type SubjectName,
  WORK_NAMES,
  type WorkName,
} from './comparison/cell.ts'
import { compare } from './comparison/compare.ts'
import { measuredCommit } from './comparison/machine.ts'
import { Outcomes } from './comparison/outcomes.ts'
import { sittings, type Wish } from './comparison/plan.ts'
import { comparisonTables } from './report/comparison-table.ts'
import { goals, goalTable } from './report/goals.ts'
import { measureParts, PART_NAMES } from './parts.ts'

const HELP = `node bench/bench.ts [WORK | PART]... [--subject NAME]... [--objects N]... [--repetitions N] [--afresh]

Without anything it measures everything, which takes hours; --repetitions 1 takes a third of it.
What was measured at this commit already is not measured again: an interrupted run goes on where it stopped.

works      ${WORK_NAMES.join(', ')}
parts      ${PART_NAMES.join(', ')}
--subject  ${SUBJECT_NAMES.join(', ')}
--afresh   measure again what was measured already
`

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

function known<Name extends string>(asked: readonly string[], names: readonly Name[]): readonly Name[] {
  return names.filter((name) => asked.includes(name))
}

function numbers(texts: readonly string[]): readonly number[] {
  const read = texts.map(Number)
  if (read.some((number) => !Number.isInteger(number) || number < 1))
    throw new Error(`not a number of something: ${texts.join(', ')}`)
  return read
}

function wishFrom(works: readonly WorkName[]): Wish {
  const { subject, objects, repetitions } = values
  const subjects: readonly SubjectName[] = known(subject ?? SUBJECT_NAMES, SUBJECT_NAMES)
  if (subject !== undefined && subjects.length < new Set(subject).size)
    throw new Error(`subjects are ${SUBJECT_NAMES.join(', ')}`)
  return {
    works,
    subjects,
    ...(objects === undefined ? {} : { objects: numbers(objects) }),
    ...(repetitions === undefined ? {} : { repetitions: numbers([repetitions])[0] ?? 1 }),
  }
}

function print(outcomes: readonly Outcome[]): void {
  process.stdout.write(`\n${comparisonTables({ outcomes })}\n\n${goalTable(goals(outcomes))}\n`)
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(HELP)
  const works = known(positionals, WORK_NAMES)
  const parts = known(positionals, PART_NAMES)
  if (works.length + parts.length < new Set(positionals).size) throw new Error(HELP)
  const everything = positionals.length === 0
  const outcomes = new Outcomes(measuredCommit())
  if (everything || works.length > 0) {
    const done = await compare(
      sittings(wishFrom(everything ? WORK_NAMES : works)),
      outcomes,
      // A checkout that was changed may have been changed again since.
      values.afresh || outcomes.commit.endsWith('-changed'),
    )
    print(done)
  }
  const isKept = await measureParts(everything ? PART_NAMES : parts)
  process.exitCode = isKept ? 0 : 1
}

await main()
