// This file is about some fixed seeds of the chaos suite: two wherever tests run, ten where CI does; `make chaos` runs as many as wanted.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FAULTS } from '../../chaos/faults/all.ts'
import { LaneRunner } from '../../chaos/lane-runner.ts'
import { proofOf } from '../../chaos/proof.ts'
import { Results } from '../../chaos/results.ts'
import { scheduleOf } from '../../chaos/schedule.ts'
import { SeedQueue } from '../../chaos/seed-queue.ts'

/** Chosen so that the first two kill a replica in a renewal, let go of the API server and of AWS, and edit Secrets. */
const SEEDS = [2, 5, 1, 3, 4, 6, 7, 8, 9, 10]
const isCi = process.env['CI'] === 'true'
const LANES = isCi ? 2 : 1
/** The rung ends at 900 s; the longest seed takes less than what is between. */
const LAST_BEGIN_MS = 600_000
/** For a quiet moment of the machine, before all seeds of a lane together. */
const PATIENCE_MS = 60_000

describe('the chaos suite', () => {
  it('breaks no invariant with fixed seeds', async (t) => {
    const end = performance.now() + LAST_BEGIN_MS
    const results = await Results.open('bounded')
    const seeds = SEEDS.slice(0, isCi ? SEEDS.length : 2)
    const queue = new SeedQueue(seeds, () => performance.now() > end)
    const lanes = Array.from({ length: LANES }, async (_, number) => {
      await using lane = await LaneRunner.open(number, results)
      let patience = PATIENCE_MS
      for (let seed = queue.next(); seed !== undefined; seed = queue.next()) {
        const schedule = scheduleOf(seed, { faults: FAULTS, shards: true })
        patience -= await lane.untilFit(schedule, patience)
        const { verdict, broken } = await lane.run(schedule)
        queue.settle(seed, verdict)
        const says = broken.map(({ invariant, what }) => `${invariant}: ${what}`).join('\n')
        t.diagnostic(`seed ${seed}: ${verdict} ${says}`)
      }
    })
    const ended = await Promise.allSettled(lanes)
    const proof = proofOf(seeds, queue.verdicts)
    t.diagnostic(proof.says)
    assert.equal(proof.is, 'proven', `${proof.says}; kept in ${results.folder}`)
    for (const lane of ended) if (lane.status === 'rejected') throw lane.reason
  })
})
