// This file is about letting the faults of a schedule happen at their times, and noting what was lost when.
import { setTimeout as pause } from 'node:timers/promises'
import { seededRandom } from '../src/base/random.ts'
import type { End, World } from './fault.ts'
import type { Outage } from './history.ts'
import type { Lane, Replica } from './lane.ts'
import type { PlannedFault } from './schedule.ts'
import type { Workload } from './workload.ts'

export interface Scene {
  readonly lane: Lane
  readonly replicas: readonly Replica[]
  readonly workload: Workload
  readonly tell: (line: string) => void
}

/** Resolves when all have begun and ended. Outages are in the list from their begin on. */
export async function runFaults(
  faults: readonly PlannedFault[],
  scene: Scene,
  outages: Outage[],
): Promise<void> {
  const began = performance.now()
  const runs: Promise<void>[] = []
  for (const fault of faults) {
    // Planned to be over by then; on a busy machine, what is started anew takes longer to answer than planned.
    const inTheWay = runs.filter((_, j) => touchTheSame(fault, faults[j]))
    runs.push(runFault(fault, scene, began, { outages, inTheWay }))
  }
  const all = await Promise.allSettled(runs)
  const failures = all.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('; '))
}

const touchTheSame = ({ kind }: PlannedFault, other: PlannedFault | undefined): boolean =>
  kind.touches.some((thing) => other?.kind.touches.includes(thing) === true)

interface Others {
  readonly outages: Outage[]
  /** Those before it that touch the same things. */
  readonly inTheWay: readonly Promise<void>[]
}

async function runFault(
  fault: PlannedFault,
  scene: Scene,
  began: number,
  { outages, inTheWay }: Others,
): Promise<void> {
  const { kind, begin, length, target } = fault
  await until(began + begin)
  await Promise.allSettled(inTheWay)
  const outage: Outage = {
    fault: kind.name,
    takes: kind.takes,
    retried: kind.retried,
    replica: kind.aim === 'replica' ? target : undefined,
    from: Date.now(),
    until: Number.POSITIVE_INFINITY,
  }
  if (kind.takes.length > 0) outages.push(outage)
  scene.tell(`${kind.name} begins`)
  let end: End | undefined
  try {
    end = await kind.strike(worldOf(fault, scene))
    // An end that was delayed by its begin comes as soon as it can.
    await until(began + begin + length)
  } finally {
    await end?.()
    outage.until = Date.now() + (kind.mends ?? 0)
    scene.tell(`${kind.name} is over`)
  }
}

function worldOf({ kind, length, target, seed }: PlannedFault, scene: Scene): World {
  const aimed = scene.replicas[target]
  if (aimed === undefined) throw new Error(`there is no replica ${target}`)
  return {
    ...scene,
    target: aimed,
    length,
    random: seededRandom(seed),
    tell: (line) => scene.tell(`${kind.name}: ${line}`),
  }
}

const until = (at: number): Promise<void> => pause(Math.max(0, at - performance.now()))
