// This file is about AWS failing for three renewal periods: what is asked meanwhile, and how soon all is well after.
import { setTimeout as pause } from 'node:timers/promises'
import type { Arena } from './arena.ts'
import type { Figures } from './cell.ts'
import { Meter } from './meter.ts'
import type { Subject } from './subjects.ts'
import { pidOf, untilRight } from './works.ts'

/** Every login is renewed this often: by the objects' interval, and by Everpull at two thirds of a token's life too. */
export const PERIOD_SECONDS = 20
export const LIFE_SECONDS = 30
const PERIODS = 3

export async function outage(arena: Arena, subject: Subject): Promise<Figures> {
  const { stage, minted, history } = arena
  const begunAt = performance.now()
  const operator = await subject.start(stage)
  try {
    // With short lives there is no quiet to wait for.
    await untilRight(arena, operator, begunAt)
    await stage.fault({ kind: 'unavailable', operation: 'GetAuthorizationToken' })
    const during = await Meter.begin(arena, pidOf(operator))
    await pause(PERIODS * PERIOD_SECONDS * 1000)
    const { requests, awsCalls, cpuSeconds } = await during.read(pidOf(operator))
    await minted.forgetPast()
    history.forget()
    const begun = performance.now()
    await stage.clearFaults()
    const wallSeconds = await untilRight(arena, operator, begun)
    return { wallSeconds, cpuSeconds, outageRequests: requests, outageAwsCalls: awsCalls }
  } finally {
    await operator.end()
  }
}
