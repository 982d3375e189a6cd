// This file is about one sitting: a fresh control plane, one subject, and its works one after the other.
import { loadavg } from 'node:os'
import { Arena, type ArenaOptions } from './arena.ts'
import { type Figures, namespacesFor, type Outcome, type WorkName } from './cell.ts'
import { creations } from './creations.ts'
import { LIFE_SECONDS, outage, PERIOD_SECONDS } from './outage.ts'
import type { Sitting } from './plan.ts'
import { measureRawLimit } from './raw-limit.ts'
import { type OperatorName, type Subject, SUBJECTS } from './subjects.ts'
import { coldStart, keyRotation, rotation, steady } from './works.ts'

const HALF_A_DAY_SECONDS = 43_200

type Record = (work: WorkName, figures: Figures) => void

/** Tells each outcome as soon as it is there. */
export async function measure(sitting: Sitting, tell: (outcome: Outcome) => void): Promise<void> {
  const { subject, objects, repetition } = sitting
  const loadBefore = loadavg()[0] ?? Number.NaN
  const options = optionsFor(sitting)
  await using arena = await Arena.open(subject, options)
  const record: Record = (work, figures) => {
    const at = new Date().toISOString()
    const { namespaces } = options
    if (sitting.works.includes(work))
      tell({ subject, work, objects, repetition, figures, namespaces, at, loadBefore })
  }
  if (subject === 'raw-limit') await measureRawLimit(arena, record)
  else await measureOperator(arena, sitting, subject, record)
}

function optionsFor({ objects, works }: Sitting): ArenaOptions {
  const namespaces = namespacesFor(objects)
  if (works.includes('outage'))
    return { objects, namespaces, refreshInterval: `${PERIOD_SECONDS}s`, tokenLifeSeconds: LIFE_SECONDS }
  const standing = { namespaces, refreshInterval: '8h', tokenLifeSeconds: HALF_A_DAY_SECONDS }
  return { ...standing, objects: works.includes('creations') ? 0 : objects }
}

async function measureOperator(
  arena: Arena,
  { works, objects }: Sitting,
  name: OperatorName,
  record: Record,
): Promise<void> {
  const subject = SUBJECTS[name]
  if (works.includes('creations')) return record('creations', await creations(arena, subject, objects))
  if (works.includes('outage')) return record('outage', await outage(arena, subject))
  return measureStanding(arena, works, subject, record)
}

/** Whatever else is asked, it begins with a cold start. */
async function measureStanding(
  arena: Arena,
  works: readonly WorkName[],
  subject: Subject,
  record: Record,
): Promise<void> {
  const { operator, figures } = await coldStart(arena, subject)
  record('cold-start', figures)
  try {
    if (works.includes('steady')) record('steady', await steady(arena, operator))
    if (works.includes('rotation')) record('rotation', await rotation(arena, operator))
    if (works.includes('key-rotation')) record('key-rotation', await keyRotation(arena, operator))
  } finally {
    await operator.end()
  }
}
