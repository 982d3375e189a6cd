// This file is about when deliveries are due, as a table.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { type Instant, instant } from '../base/clock.ts'
import { duration, hours, minutes, seconds } from '../base/duration.ts'
import type { Cadence, SyncWindows } from '../model/cadence.ts'
import { type Life, spentAt } from '../model/login.ts'
import { dueAt } from './cadence.ts'
import { permittedTimes } from './sync-windows.ts'

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
      assert.equal(dueAt(lives, cadence, jitter, MINTED), due === undefined ? undefined : MINTED + due)
    })
  }

  it('never later than its interval or two thirds of the life, never earlier than nine tenths of that', () => {
    const ms = fc.integer({ min: 1, max: hours(12) })
    fc.assert(
      fc.property(ms, ms, fc.double({ min: 0, max: 0.999, noNaN: true }), (lives, interval, jitter) => {
        const written = life(lives)
        const latest = Math.min(MINTED + interval, spentAt(written))
        const due = dueAt([written], every(interval), jitter, MINTED) ?? Number.NaN
        assert.ok(due <= latest && due >= Math.floor(latest - (latest - MINTED) / 10), `${due} of ${latest}`)
      }),
    )
  })
})

describe('a delivery with sync windows is due', () => {
  const at = (text: string): Instant => instant(Date.parse(text))
  const evening: SyncWindows = {
    kind: 'allow',
    windows: [{ schedule: '0 22 * * *', duration: hours(2) }],
  }
  const night: SyncWindows = { ...evening, kind: 'deny' }
  const due = (
    minted: string,
    windows: SyncWindows,
    { now = minted, jitter = 0 } = {},
  ): string | undefined => {
    const found = dueAt([life(hours(12), at(minted))], { is: 'renewed', windows }, jitter, at(now))
    return found === undefined ? undefined : new Date(found).toISOString()
  }

  it('as without them, where that time is permitted', () => {
    assert.equal(due('2026-01-01T14:30:00Z', evening), '2026-01-01T22:30:00.000Z')
  })

  it('when they open, where it was minted in a closed time', () => {
    assert.equal(due('2026-01-01T08:00:00Z', evening), '2026-01-01T22:00:00.000Z')
  })

  it('shortly before they close, where it would be due when they are closed', () => {
    assert.equal(due('2026-01-01T22:00:00Z', evening), '2026-01-01T23:55:00.000Z')
    assert.equal(due('2026-01-01T15:00:00Z', night), '2026-01-01T21:54:59.999Z')
  })

  it('not at the same moment as all others before they close', () => {
    assert.equal(due('2026-01-01T22:00:00Z', evening, { jitter: 0.5 }), '2026-01-01T23:52:30.000Z')
  })

  it('no second time before they close', () => {
    assert.equal(due('2026-01-01T23:52:30Z', evening), '2026-01-02T22:00:00.000Z')
  })

  it('when they open again, where nobody renewed it before they closed', () => {
    const now = '2026-01-02T03:00:00Z'
    assert.equal(due('2026-01-01T22:00:00Z', evening, { now }), '2026-01-02T22:00:00.000Z')
  })

  it('at once where the moment before they close has come', () => {
    const now = '2026-01-01T23:57:00Z'
    assert.equal(due('2026-01-01T22:00:00Z', evening, { now }), '2026-01-01T23:57:00.000Z')
  })

  it('never, where they never open', () => {
    const never: SyncWindows = { kind: 'allow', windows: [{ schedule: '0 0 30 2 *', duration: hours(1) }] }
    assert.equal(due('2026-01-01T08:00:00Z', never), undefined)
  })

  it('in permitted times only, and at most once in the moments before a closed one', () => {
    const minute = fc.integer({ min: 1, max: 50 })
    fc.assert(
      fc.property(
        fc.constantFrom('allow' as const, 'deny' as const),
        minute,
        minute,
        fc.integer({ min: 30, max: 7200 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (kind, begin, length, lives, jitter) => {
          const windows: SyncWindows = {
            kind,
            windows: [{ schedule: `${begin} * * * *`, duration: minutes(length) }],
          }
          let now = MINTED
          const waits: number[] = []
          for (let i = 0; i < 20; i += 1) {
            const next = dueAt([life(lives * 1000, now)], { is: 'renewed', windows }, jitter, now)
            assert.ok(next !== undefined && permittedTimes(windows).at(next))
            waits.push(next - now)
            now = next
          }
          // Two waits that follow each other are never both short of half the life: nothing turns in circles.
          const least = Math.min(...waits.slice(1).map((wait, i) => wait + (waits[i] ?? 0)))
          assert.ok(least >= Math.min(lives * 500, minutes(1)), `${least} of ${lives * 1000}`)
        },
      ),
    )
  })
})
