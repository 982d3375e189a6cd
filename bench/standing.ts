// This file is about what it costs to find everything right: a restart, and standing still.
import { setTimeout as pause } from 'node:timers/promises'
import { minus } from './audit.ts'
import { atMost, type Row } from './report.ts'
import { minted, quiet, say, type Surroundings } from './surroundings.ts'

const STEADY_MS = 15_000

export async function restartAndStand(around: Surroundings): Promise<readonly Row[]> {
  const { stage, requests } = around
  say('restart with everything fresh')
  const before = await requests.now()
  const mints = await minted(stage)
  const operator = await stage.startOperator()
  await operator.ready()
  const restart = await quiet(around, before)
  const mintsAfterRestart = await minted(stage)
  say('standing still')
  const beforeSteady = await requests.now()
  await pause(STEADY_MS)
  const steady = minus(await requests.now(), beforeSteady)
  const mintsAfterSteady = await minted(stage)
  await operator.stop()
  return [
    atMost('restart: writes', restart.writes, 0),
    atMost('restart: AWS calls', mintsAfterRestart - mints, 0),
    atMost(`standing still ${STEADY_MS / 1000} s: writes`, steady.writes, 0),
    atMost(`standing still ${STEADY_MS / 1000} s: AWS calls`, mintsAfterSteady - mintsAfterRestart, 0),
  ]
}
