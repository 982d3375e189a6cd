// This file is about the command: seeds over lanes, a result for each, and how to replay the one that failed.
//
// node chaos/run.ts [--seeds 1..200 | 3,7,9] [--lanes 2] [--run NAME] [--again]
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { FAULTS } from './faults/all.ts'
import { LaneRunner } from './lane-runner.ts'
import { defaultRun, Results } from './results.ts'
import { scheduleOf } from './schedule.ts'
import { parseSeeds } from './seeds.ts'

/** Of a seed for which the machine was too busy. */
const MOST_TRIES = 3

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1..200' },
      lanes: { type: 'string', default: '2' },
      run: { type: 'string', default: '' },
      again: { type: 'boolean', default: false },
    },
  })
  const results = await Results.open(values.run === '' ? defaultRun() : values.run)
  await mkdir(results.folder, { recursive: true })
  const done = values.again ? new Set<number>() : results.passed
  const seeds = parseSeeds(values.seeds).filter((seed) => !done.has(seed))
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const next = (): number | undefined => (stopping.signal.aborted ? undefined : seeds.shift())
  console.log(
    `${seeds.length} seeds to run, ${done.size} have passed before; results are in ${results.folder}`,
  )
  const tried = new Map<number, number>()
  const lanes = Math.min(Number(values.lanes), seeds.length)
  const runs = Array.from({ length: lanes }, async (_, i) => {
    await using lane = await LaneRunner.open(i, results)
    for (let seed = next(); seed !== undefined; seed = next()) {
      await lane.untilFit()
      const { verdict } = await lane.run(scheduleOf(seed, { faults: FAULTS, shards: true }))
      // Nothing has been said about it yet: it comes again when the others have had their turn.
      const tries = 1 + (tried.get(seed) ?? 0)
      tried.set(seed, tries)
      if (verdict === 'undecided' && tries < MOST_TRIES) seeds.push(seed)
    }
  })
  const ended = await Promise.allSettled(runs)
  for (const lane of ended) if (lane.status === 'rejected') console.error(lane.reason)
  console.log(results.summary())
  return results.open.length === 0 && ended.every(({ status }) => status === 'fulfilled') ? 0 : 1
}

process.exit(await main())
