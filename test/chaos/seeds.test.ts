// This file is about some fixed seeds of the chaos suite: two wherever tests run, ten where CI does; `make chaos` runs as many as wanted.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FAULTS } from '../../chaos/faults/all.ts'
import { LaneRunner } from '../../chaos/lane-runner.ts'
import { Results } from '../../chaos/results.ts'
import { scheduleOf } from '../../chaos/schedule.ts'

/** Chosen so that the first two kill a replica in a renewal, let go of the API server and of AWS, and edit Secrets. */
const SEEDS = [2, 5, 1, 3, 4, 6, 7, 8, 9, 10]
const isCi = process.env['CI'] === 'true'
const LANES = isCi ? 2 : 1

describe('the chaos suite', () => {
  it('breaks no invariant with fixed seeds', async (t) => {
    const results = await Results.open('bounded')
    const left = SEEDS.slice(0, isCi ? SEEDS.length : 2)
    const lanes = Array.from({ length: LANES }, async (_, number) => {
      await using lane = await LaneRunner.open(number, results)
      for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
        await lane.untilFit()
        const { verdict, broken } = await lane.run(scheduleOf(seed, { faults: FAULTS, shards: true }))
        const says = broken.map(({ invariant, what }) => `${invariant}: ${what}`).join('\n')
        t.diagnostic(`seed ${seed}: ${verdict}`)
        assert.notEqual(
          verdict,
          'failed',
          `${says}; seed ${seed}; kept in ${results.folder}; replay: make chaos SEEDS=${seed}`,
        )
      }
    })
    await Promise.all(lanes)
  })
})
