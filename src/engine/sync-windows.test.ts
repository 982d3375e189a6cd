// This file is about sync windows as a table: when a renewal is permitted, and how long that stays so.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unitsOf } from '../../test/support/cost.ts'
import type { Instant } from '../base/clock.ts'
import { hours, minutes } from '../base/duration.ts'
import type { SyncWindow, SyncWindows } from '../model/cadence.ts'
import { permittedTimes } from './sync-windows.ts'

/** 500 ms of an idle machine. */
const MOST_UNITS = 100

const at = (text: string): Instant => Date.parse(text) as Instant
const text = (t: Instant | undefined): string | undefined =>
  t === undefined ? undefined : new Date(t).toISOString()

const evening: SyncWindow = { schedule: '0 22 * * *', duration: hours(2) }
/** The nth of an hour's quarters since eight in the morning. */
const quarter = (n: number): SyncWindow => ({
  schedule: `${(n % 4) * 15} ${8 + Math.floor(n / 4)} * * *`,
  duration: minutes(15),
})
const broken: SyncWindow = { schedule: 'not a schedule', duration: hours(2) }
const allow = (...windows: SyncWindow[]): SyncWindows => ({ kind: 'allow', windows })
const deny = (...windows: SyncWindow[]): SyncWindows => ({ kind: 'deny', windows })

describe('a window from 22:00 for two hours is', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['open when it opens', '2026-06-15T22:00:00Z', true],
    ['open half an hour later', '2026-06-15T22:30:00Z', true],
    ['open at the moment it closes', '2026-06-16T00:00:00Z', true],
    ['closed a second after that', '2026-06-16T00:00:01Z', false],
    ['closed an hour before it opens', '2026-06-15T21:00:00Z', false],
    ['closed five hours after it opened', '2026-06-16T03:00:00Z', false],
    ['open half an hour into the next day’s', '2026-06-16T22:30:00Z', true],
  ]
  for (const [name, when, expected] of rows) {
    it(name, () => assert.equal(permittedTimes(allow(evening)).at(at(when)), expected))
  }
})

describe('a renewal is', () => {
  const inside = at('2026-06-15T23:00:00Z')
  const outside = at('2026-06-15T12:00:00Z')
  const rows: readonly (readonly [string, SyncWindows | undefined, Instant, boolean])[] = [
    ['permitted without windows', undefined, inside, true],
    ['permitted with an empty list of them', deny(), inside, true],
    ['permitted inside an allowing window', allow(evening), inside, true],
    ['not permitted outside an allowing window', allow(evening), outside, false],
    ['not permitted inside a denying window', deny(evening), inside, false],
    ['permitted outside a denying window', deny(evening), outside, true],
    ['not permitted where the only allowing window cannot be read', allow(broken), inside, false],
    ['permitted where the only denying window cannot be read', deny(broken), inside, true],
    [
      'permitted inside an allowing window beside one that cannot be read',
      allow(broken, evening),
      inside,
      true,
    ],
    [
      'permitted by a window of a period no longer than itself',
      allow({ schedule: '@every 1h', duration: hours(1) }),
      outside,
      true,
    ],
    [
      'not permitted by one that is shorter than its period',
      allow({ schedule: '@every 2h', duration: hours(1) }),
      outside,
      false,
    ],
    [
      'not permitted on a day that never comes',
      allow({ schedule: '0 0 30 2 *', duration: hours(24) }),
      inside,
      false,
    ],
    [
      'not permitted by a window of negative length',
      allow({ schedule: '* * * * *', duration: minutes(-5) }),
      inside,
      false,
    ],
  ]
  for (const [name, windows, t, expected] of rows) {
    it(name, () => assert.equal(permittedTimes(windows).at(t), expected))
  }
})

describe('the next permitted moment', () => {
  const rows: readonly (readonly [string, SyncWindows | undefined, string, string | undefined])[] = [
    ['is now where nothing forbids it', undefined, '2026-06-15T12:00:00Z', '2026-06-15T12:00:00.000Z'],
    ['is now inside an allowing window', allow(evening), '2026-06-15T23:00:00Z', '2026-06-15T23:00:00.000Z'],
    ['is when the window opens', allow(evening), '2026-06-15T12:00:00Z', '2026-06-15T22:00:00.000Z'],
    [
      'is when the first of several opens',
      allow(evening, { schedule: '@hourly', duration: minutes(1) }),
      '2026-06-15T12:30:00Z',
      '2026-06-15T13:00:00.000Z',
    ],
    ['is right after a denying window', deny(evening), '2026-06-15T23:00:00Z', '2026-06-16T00:00:00.001Z'],
    [
      'is right after the last of the denying windows that follow one another',
      deny(evening, { schedule: '30 23 * * *', duration: hours(3) }),
      '2026-06-15T22:10:00Z',
      '2026-06-16T02:30:00.001Z',
    ],
    [
      'is right after minutes denied one by one for days',
      deny({ schedule: '* * * * 1-5', duration: minutes(1) }),
      '2026-06-15T12:00:00Z',
      '2026-06-20T00:00:00.001Z',
    ],
    [
      'is right after the last of many denying windows, in whatever order they are given',
      deny(...Array.from({ length: 40 }, (_, i) => quarter(39 - i))),
      '2026-06-15T08:10:00Z',
      '2026-06-15T18:00:00.001Z',
    ],
    [
      'is in the gap between windows of a minute every other minute',
      deny({ schedule: '*/2 * * * *', duration: minutes(1) }),
      '2026-06-15T12:00:00Z',
      '2026-06-15T12:01:00.001Z',
    ],
    [
      'never comes where the windows of every minute overlap',
      deny({ schedule: '* * * * *', duration: hours(1) }),
      '2026-06-15T12:00:00Z',
      undefined,
    ],
    [
      'never comes where windows follow one another round the clock',
      deny(
        { schedule: '0 0-11 * * *', duration: hours(1) },
        { schedule: '0 12-23 * * *', duration: hours(1) },
      ),
      '2026-06-15T12:00:00Z',
      undefined,
    ],
    ['never comes where no window can be read', allow(broken), '2026-06-15T12:00:00Z', undefined],
    [
      'never comes where a period denies for good',
      deny({ schedule: '@every 1m', duration: minutes(1) }),
      '2026-06-15T12:00:00Z',
      undefined,
    ],
  ]
  for (const [name, windows, from, expected] of rows) {
    it(name, () => assert.equal(text(permittedTimes(windows).next(at(from))), expected))
  }

  it('is looked for in bounded time, however many windows follow one another', () => {
    const quarters = Array.from({ length: 100 }, (_, i): SyncWindow => {
      return { schedule: `${(i * 7) % 60} ${i % 24} 1-31/2 * *`, duration: hours(47) }
    })
    const next = (): unknown => permittedTimes(deny(...quarters)).next(at('2026-06-15T12:00:00Z'))
    assert.equal(next(), undefined)
    const units = unitsOf(next, MOST_UNITS)
    assert.ok(units <= MOST_UNITS, `it took ${units.toFixed(1)} units of work`)
  })

  it('is asked for again without reading the windows again', () => {
    const windows = deny(evening)
    assert.equal(permittedTimes(windows), permittedTimes(windows))
    const others = deny(evening)
    assert.notEqual(permittedTimes(others), permittedTimes(windows))
  })
})

describe('the permitted time before a closed moment', () => {
  const rows: readonly (readonly [string, SyncWindows, string, readonly [string, string] | undefined])[] = [
    [
      'is the window that closed last',
      allow(evening),
      '2026-06-16T03:00:00Z',
      ['2026-06-15T22:00:00.000Z', '2026-06-16T00:00:00.000Z'],
    ],
    [
      'reaches over windows that follow one another',
      allow(evening, { schedule: '30 20 * * *', duration: minutes(90) }),
      '2026-06-16T03:00:00Z',
      ['2026-06-15T20:30:00.000Z', '2026-06-16T00:00:00.000Z'],
    ],
    [
      'is followed back no further than asked for',
      allow({ schedule: '0 0 * * *', duration: hours(23) }),
      '2026-06-15T23:30:00Z',
      ['2026-06-15T18:00:00.000Z', '2026-06-15T23:00:00.000Z'],
    ],
    [
      'is the time between two denying windows',
      deny(evening, { schedule: '0 18 * * *', duration: hours(1) }),
      '2026-06-15T23:00:00Z',
      ['2026-06-15T19:00:00.001Z', '2026-06-15T21:59:59.999Z'],
    ],
    [
      'is none where a period denies for good',
      deny({ schedule: '@every 1m', duration: minutes(1) }),
      '2026-06-15T12:00:00Z',
      undefined,
    ],
    [
      'is none where denying windows never end',
      deny({ schedule: '* * * * *', duration: minutes(1) }),
      '2026-06-15T12:00:00Z',
      undefined,
    ],
  ]
  for (const [name, windows, t, expected] of rows) {
    it(name, () => {
      const found = permittedTimes(windows).before(at(t), hours(5))
      assert.deepEqual(found === undefined ? undefined : [text(found.from), text(found.until)], expected)
    })
  }
})
