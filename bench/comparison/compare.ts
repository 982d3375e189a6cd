// This file is about running every sitting that has not been measured yet, one after the other.
import { PART_NAMES } from '../../sandbox/parts/catalog.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { cellName, type Outcome } from './cell.ts'
import { measure } from './measure.ts'
import type { Outcomes } from './outcomes.ts'
import { cellsOf, type Sitting } from './plan.ts'
import { say } from '../surroundings.ts'

export interface Compared {
  readonly done: readonly Outcome[]
  /** Sittings that failed, which is told when it happens; the others go on. */
  readonly failed: number
}

/** @param afresh measures also what has an outcome already */
export async function compare(
  sittings: readonly Sitting[],
  outcomes: Outcomes<Outcome>,
  afresh: boolean,
): Promise<Compared> {
  const done: Outcome[] = []
  let failed = 0
  // Built before anything is timed; its module brings the definitions too.
  if (sittings.length > 0) await ensureParts([...PART_NAMES, 'external-secrets'], say)
  for (const [i, sitting] of sittings.entries()) {
    if (!afresh && cellsOf(sitting).every((cell) => outcomes.has(cellName(cell)))) continue
    say(`[${i + 1}/${sittings.length}] ${sitting.subject}: ${sitting.works.join(', ')} of ${sitting.objects}`)
    try {
      await measure(sitting, (outcome) => {
        outcomes.keep(outcome)
        done.push(outcome)
        say(`  ${cellName(outcome)}: ${JSON.stringify(outcome.figures)}`)
      })
    } catch (error) {
      failed += 1
      say(`  failed: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return { done, failed }
}
