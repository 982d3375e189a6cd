// This file is about recurring moments, as a table of schedules.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as fc from 'fast-check'
import type { Instant } from '../base/clock.ts'
import { parseSchedule } from './schedule.ts'

const at = (text: string): Instant => Date.parse(text) as Instant
/** A Thursday. */
const NOW = at('2026-01-01T10:00:00.500Z')

function firings(text: string, count: number): readonly string[] {
  const schedule = parseSchedule(text)
  assert.equal(schedule.is, 'calendar', `${text} is a calendar's`)
  if (schedule.is !== 'calendar') return []
  const found: string[] = []
  let t: Instant | undefined = NOW
  for (let i = 0; i < count; i += 1) {
    t = schedule.from(t)
    if (t === undefined) break
    found.push(new Date(t).toISOString().slice(0, 16))
    t = (t + 1) as Instant
  }
  return found
}

const ROWS: readonly (readonly [name: string, text: string, firings: readonly string[]])[] = [
  ['a moment of each day', '0 22 * * *', ['2026-01-01T22:00', '2026-01-02T22:00']],
  ['a shorthand', '@hourly', ['2026-01-01T11:00', '2026-01-01T12:00']],
  ['a name that means Sunday midnight', '@weekly', ['2026-01-04T00:00', '2026-01-11T00:00']],
  ['a range with a step', '0-20/10 11 * * *', ['2026-01-01T11:00', '2026-01-01T11:10', '2026-01-01T11:20']],
  ['a number with a step counts on to the end', '45/5 10 * * *', ['2026-01-01T10:45', '2026-01-01T10:50']],
  ['a step beyond the range is its first number', '*/70 11 * * *', ['2026-01-01T11:00', '2026-01-02T11:00']],
  ['names of months and days in any case', '0 0 * Feb MON', ['2026-02-02T00:00', '2026-02-09T00:00']],
  ['a day of the month or of the week', '0 0 2 * 1', ['2026-01-02T00:00', '2026-01-05T00:00']],
  ['a day of the week where the other is a question mark', '0 0 ? * 1', ['2026-01-05T00:00']],
  ['a stepped star is a choice of days of its own', '0 0 */15 * 6', ['2026-01-03T00:00', '2026-01-10T00:00']],
  ['a day that comes every four years', '0 0 29 2 *', ['2028-02-29T00:00', '2032-02-29T00:00']],
]

suite('a schedule of', () => {
  for (const [name, text, expected] of ROWS) {
    test(`${name} comes when it says, in UTC`, () => {
      assert.deepEqual(firings(text, expected.length), expected)
    })
  }

  test('a period is whole seconds, at least one', () => {
    assert.deepEqual(parseSchedule('@every 1h30m'), { is: 'every', period: 5_400_000 })
    assert.deepEqual(parseSchedule('@every 1.7s'), { is: 'every', period: 1000 })
    assert.deepEqual(parseSchedule('@every 5ms'), { is: 'every', period: 1000 })
  })

  for (const text of [
    '',
    'not-a-cron',
    '* * * *',
    '* * * * * *',
    '2030-01-01T00:00:00',
    '@every soon',
    '@reboot',
    '60 * * * *',
    '0 22-2 * * *',
    '0 0 * * 7',
    '0 0 L * *',
    '0 0 * * 1#2',
    '*/0 * * * *',
    '0,,5 * * * *',
    '*-5 * * * *',
    '0 0 0 * *',
    '0 0 30 2 *',
  ]) {
    test(`"${text}" has a flaw that can be told`, () => {
      const schedule = parseSchedule(text)
      assert.equal(schedule.is, 'flawed')
      assert.match(schedule.is === 'flawed' ? schedule.because : '', /^(is|has|names) /)
    })
  }

  test('a moment is found from itself on, and up to itself', () => {
    const schedule = parseSchedule('0 22 * * *')
    assert.ok(schedule.is === 'calendar')
    const moment = at('2026-01-01T22:00:00Z')
    assert.equal(schedule.from(moment), moment)
    assert.equal(schedule.upTo(moment), moment)
    assert.equal(schedule.upTo((moment - 1) as Instant), moment - 86_400_000)
    assert.equal(schedule.from((moment + 1) as Instant), moment + 86_400_000)
  })

  test('any text is read or flawed, and what is read comes and came', () => {
    const field = fc.stringMatching(/^[*?\d,/a-z-]{1,8}$/)
    const cron = fc.array(field, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(' '))
    const list = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 })
    const good = fc.array(list, { minLength: 5, maxLength: 5 }).map((fields) => fields.join(' '))
    fc.assert(
      fc.property(fc.oneof(fc.string(), cron, good), (text) => {
        const schedule = parseSchedule(text)
        if (schedule.is !== 'calendar') return
        const next = schedule.from(NOW)
        assert.ok(next !== undefined && next >= NOW && next % 60_000 === 0)
        assert.equal(schedule.upTo(next), next)
        const before = schedule.upTo((next - 1) as Instant)
        assert.ok(before === undefined || before < NOW)
      }),
      { numRuns: 1000 },
    )
  })
})
