// This file is about when deliveries are due, as a table.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Instant, instant } from '../base/clock.ts'
import { duration, hours, minutes, seconds } from '../base/duration.ts'
import type { Cadence } from '../model/cadence.ts'
import { type Life, spentAt } from '../model/login.ts'
import { dueAt } from './cadence.ts'

const MINTED = instant(Date.parse('2026-01-01T00:00:00Z'))
const life = (ms: number, mintedAt: Instant = MINTED): Life => ({
  mintedAt,
  expiresAt: instant(mintedAt + ms),
})
const every = (ms: number): Cadence => ({ is: 'renewed', interval: duration(ms) })

interface Row {
  readonly name: string
  readonly lives: readonly Life[]
  readonly cadence: Cadence
  readonly jitter?: number
  /** After the first mint; undefined is never. */
  readonly due: number | undefined
}

const rows: readonly Row[] = [
  {
    name: 'after its interval where that is shorter',
    lives: [life(hours(12))],
    cadence: every(hours(1)),
    due: hours(1),
  },
  {
    name: 'after two thirds of the life where that is shorter',
    lives: [life(hours(12))],
    cadence: every(hours(10)),
    due: hours(8),
  },
  {
    name: 'by the life alone where no interval is given',
    lives: [life(hours(12))],
    cadence: { is: 'renewed' },
    due: hours(8),
  },
  {
    name: 'by the life alone where the interval is zero',
    lives: [life(hours(12))],
    cadence: every(0),
    due: hours(8),
  },
  {
    name: 'by the life alone where the interval is negative',
    lives: [life(hours(12))],
    cadence: every(-1),
    due: hours(8),
  },
  {
    name: 'in time for a life of ten seconds',
    lives: [life(seconds(12))],
    cadence: every(hours(1)),
    due: seconds(8),
  },
  {
    name: 'with the first of several logins to be spent',
    lives: [life(hours(12)), life(hours(3), instant(MINTED + minutes(1)))],
    cadence: { is: 'renewed' },
    due: hours(2) + minutes(1),
  },
  {
    name: 'a tenth earlier at most',
    lives: [life(hours(12))],
    cadence: every(minutes(100)),
    jitter: 1,
    due: minutes(90),
  },
  {
    name: 'by the share of the tenth its jitter says',
    lives: [life(hours(12))],
    cadence: every(minutes(100)),
    jitter: 0.5,
    due: minutes(95),
  },
  {
    name: 'never, where it is written once',
    lives: [life(hours(12))],
    cadence: { is: 'once', because: 'the interval is 0' },
    due: undefined,
  },
  { name: 'never, where it has no login', lives: [], cadence: every(hours(1)), due: undefined },
]

describe('a delivery is due', () => {
  for (const { name, lives, cadence, jitter = 0, due } of rows) {
    it(name, () => {
      assert.equal(dueAt(lives, cadence, jitter), due === undefined ? undefined : MINTED + due)
    })
  }

  it('never later than its interval or two thirds of the life, never earlier than nine tenths of that', () => {
    const ms = fc.integer({ min: 1, max: hours(12) })
    fc.assert(
      fc.property(ms, ms, fc.double({ min: 0, max: 0.999, noNaN: true }), (lives, interval, jitter) => {
        const written = life(lives)
        const latest = Math.min(MINTED + interval, spentAt(written))
        const due = dueAt([written], every(interval), jitter) ?? Number.NaN
        assert.ok(due <= latest && due >= Math.floor(latest - (latest - MINTED) / 10), `${due} of ${latest}`)
      }),
    )
  })
})
