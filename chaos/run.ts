// This file is about the command: seeds over lanes, a result for each, and how to replay the one that failed.
//
// node chaos/run.ts [--seeds 1..200 | 3,7,9 | ''] [--lanes 2] [--run NAME] [--again] [--summary FILE.md | FILE.json]
import { mkdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { FAULTS } from './faults/all.ts'
import { LaneRunner } from './lane-runner.ts'
import { defaultRun, Results } from './results.ts'
import { scheduleOf } from './schedule.ts'
import { SeedQueue } from './seed-queue.ts'
import { parseSeeds } from './seeds.ts'
import { asMarkdown, summaryOf } from './summary.ts'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1..200' },
      lanes: { type: 'string', default: '2' },
      run: { type: 'string', default: '' },
      again: { type: 'boolean', default: false },
      summary: { type: 'string', default: '' },
    },
  })
  const results = await Results.open(values.run === '' ? defaultRun() : values.run)
  await mkdir(results.folder, { recursive: true })
  const done = values.again ? new Set<number>() : results.passed
  const seeds = parseSeeds(values.seeds).filter((seed) => !done.has(seed))
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
  const queue = new SeedQueue(seeds, () => stopping.signal.aborted)
  console.log(
    `${seeds.length} seeds to run, ${done.size} have passed before; results are in ${results.folder}`,
  )
  if (!/^[1-9]\d*$/.test(values.lanes)) throw new TypeError(`lanes are a number, not "${values.lanes}"`)
  const lanes = Math.min(Number(values.lanes), seeds.length)
  const runs = Array.from({ length: lanes }, async (_, i) => {
    await using lane = await LaneRunner.open(i, results)
    for (let seed = queue.next(); seed !== undefined; seed = queue.next()) {
      const schedule = scheduleOf(seed, { faults: FAULTS, shards: true })
      await lane.untilFit(schedule)
      const { verdict } = await lane.run(schedule)
      queue.settle(seed, verdict)
    }
  })
  const ended = await Promise.allSettled(runs)
  for (const lane of ended) if (lane.status === 'rejected') console.error(lane.reason)
  console.log(results.summary())
  if (values.summary !== '') {
    const summary = summaryOf(results.all)
    const isJson = values.summary.endsWith('.json')
    await writeFile(
      values.summary,
      isJson ? `${JSON.stringify(summary, undefined, 2)}\n` : asMarkdown(summary),
    )
  }
  return results.open.length === 0 && ended.every(({ status }) => status === 'fulfilled') ? 0 : 1
}

process.exit(await main())
