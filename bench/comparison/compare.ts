// This file is about running every sitting that has not been measured yet, one after the other.
import { cellName, type Outcome } from './cell.ts'
import { measure } from './measure.ts'
import type { Outcomes } from './outcomes.ts'
import { cellsOf, type Sitting } from './plan.ts'
import { say } from '../surroundings.ts'

/** @param afresh measures also what has an outcome already */
export async function compare(
  sittings: readonly Sitting[],
  outcomes: Outcomes,
  afresh: boolean,
): Promise<readonly Outcome[]> {
  const done: Outcome[] = []
  for (const [i, sitting] of sittings.entries()) {
    if (!afresh && cellsOf(sitting).every((cell) => outcomes.has(cell))) continue
    say(`[${i + 1}/${sittings.length}] ${sitting.subject}: ${sitting.works.join(', ')} of ${sitting.objects}`)
    await measure(sitting, (outcome) => {
      outcomes.keep(outcome)
      done.push(outcome)
      say(`  ${cellName(outcome)}: ${JSON.stringify(outcome.figures)}`)
    })
  }
  return done
}
