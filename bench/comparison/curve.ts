// This file is about measuring the curve: Everpull alone, from few objects to many.
import type { CurvePoint } from '../report/curve.ts'
import { Arena } from './arena.ts'
import { namespacesFor } from './cell.ts'
import { quiet } from './meter.ts'
import { peakBytes } from './process-tree.ts'
import { SUBJECTS } from './subjects.ts'
import { coldStart, pidOf } from './works.ts'

export const CURVE_OBJECTS = [1000, 2000, 5000, 10_000, 20_000] as const

const OPTIONS = { refreshInterval: '8h', tokenLifeSeconds: 43_200 }

export async function measurePoint(objects: number): Promise<CurvePoint> {
  const namespaces = namespacesFor(objects)
  const emptyBytes = await peakOfNothing(namespaces)
  await using arena = await Arena.open('everpull', { ...OPTIONS, objects, namespaces })
  const { operator, figures } = await coldStart(arena, SUBJECTS.everpull)
  await operator.end()
  const { wallSeconds = 0, cpuSeconds = 0, peakBytes: peak = 0, requests = 0, awsCalls = 0 } = figures
  return { objects, namespaces, wallSeconds, cpuSeconds, peakBytes: peak, requests, awsCalls, emptyBytes }
}

async function peakOfNothing(namespaces: number): Promise<number> {
  await using arena = await Arena.open('everpull', { ...OPTIONS, objects: 0, namespaces })
  const operator = await SUBJECTS.everpull.start(arena.stage)
  try {
    await operator.ready()
    await quiet(arena)
    return peakBytes(pidOf(operator))
  } finally {
    await operator.end()
  }
}
