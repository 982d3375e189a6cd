// This file is about telling people what came of testing a connection: each step, and what to change.
import type { StepTold } from '../../operator/commands.ts'
import type { ConnectionTold, TimedStep } from '../../operator/commands/integrations.ts'
import { type Cell, renderTable } from '../table.ts'
import { policiesText } from './policies-text.ts'

export function connectionText(told: ConnectionTold, colours: boolean): string {
  const { isPassed, arn, steps } = told
  const who = arn === undefined ? '' : ` as ${arn}`
  return `${stepsText(steps, colours)}${policiesText(told, colours)}${isPassed ? 'the connection works' : 'the connection does not work'}${who}`
}

export function stepsText(steps: readonly (StepTold | TimedStep)[], colours: boolean): string {
  const table = renderTable(
    {
      head: ['STEP', 'ON', 'RESULT', 'TOOK', 'REQUEST', 'WHY'],
      rows: steps.map((step): readonly Cell[] => [
        step.name,
        step.on ?? '',
        { text: step.inferred === true ? `${step.result} (inferred)` : step.result, tone: toneOf(step) },
        'tookMs' in step && step.tookMs !== undefined ? `${step.tookMs} ms` : '',
        'requestId' in step ? (step.requestId ?? '') : '',
        step.message ?? '',
      ]),
    },
    colours,
  )
  const remedies = steps.flatMap(({ name, on, remedy }) =>
    remedy === undefined ? [] : [`\n${name}${on === undefined ? '' : ` on ${on}`}:\n${remedy}\n`],
  )
  return `${table}${remedies.join('')}`
}

function toneOf({ result, optional }: StepTold): 'good' | 'bad' | 'faint' {
  if (result === 'passed') return 'good'
  return result === 'skipped' || optional === true ? 'faint' : 'bad'
}
