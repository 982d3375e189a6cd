// This file is about living beside the systems we replace, as a table: who wrote when, and until when we keep still.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aResource } from '../../test/support/builders.ts'
import { type Instant, instant } from '../base/clock.ts'
import { duration, hours, minutes, seconds } from '../base/duration.ts'
import type { Translation } from '../dialects/dialect.ts'
import type { Cadence } from '../model/cadence.ts'
import { fault } from '../model/fault.ts'
import type { Resource, StatusWriter } from '../model/resource.ts'
import { dormancy, foreignWriter, leaving } from './dormancy.ts'

const NOW = instant(Date.parse('2026-01-01T12:00:00Z'))
const US = 'everpull'
const ago = (ms: number): Instant => instant(NOW - ms)

const by = (manager: string, ms: number): StatusWriter => ({ manager, at: ago(ms) })
const them = (ms: number): StatusWriter => by('external-secrets', ms)
const us = (ms: number): StatusWriter => by(US, ms)

const ordering = (...cadences: readonly Cadence[]): Translation => ({
  is: 'order',
  deliveries: cadences.map((cadence) => aDelivery({ cadence })),
  warnings: [],
})
const every = (ms: number): Cadence => ({ is: 'renewed', interval: duration(ms) })
/** Hourly, in the hour that begins then. */
const within = (schedule: string): Cadence => ({
  is: 'renewed',
  interval: hours(1),
  windows: { kind: 'allow', windows: [{ schedule, duration: hours(1) }] },
})
const HOURLY = ordering(every(hours(1)))
const UNREADY: Extract<Translation, { is: 'unready' }> = {
  is: 'unready',
  fault: fault('reference-missing', 'no'),
  targets: [],
}

interface Row {
  readonly name: string
  readonly asked: Partial<Resource>
  readonly translation?: Translation
  readonly hasForeignController?: boolean
  readonly targetChangedAt?: Instant
  /** Milliseconds from now; undefined: it is ours. */
  readonly until: number | undefined
}

const rows: readonly Row[] = [
  { name: 'is ours when nobody ever answered it', asked: {}, until: undefined },
  {
    name: 'waits a minute for an answer where another controller works',
    asked: { createdAt: ago(seconds(10)) },
    hasForeignController: true,
    until: seconds(50),
  },
  {
    name: 'is ours when that minute is over',
    asked: { createdAt: ago(minutes(1)) },
    hasForeignController: true,
    until: undefined,
  },
  {
    name: 'is ours when only we answered, whoever else works here',
    asked: { statusWriters: [us(0)] },
    hasForeignController: true,
    until: undefined,
  },
  {
    name: 'is theirs until a minute after its renewal was due',
    asked: { statusWriters: [them(minutes(10))] },
    until: minutes(51),
  },
  {
    name: 'is ours when its renewal is a minute overdue',
    asked: { statusWriters: [them(minutes(61))] },
    until: undefined,
  },
  {
    name: 'is theirs for eight hours at most, however long the interval',
    asked: { statusWriters: [them(0)] },
    translation: ordering(every(hours(24))),
    until: hours(8) + minutes(1),
  },
  {
    name: 'is theirs for eight hours where no interval is told',
    asked: { statusWriters: [them(0)] },
    translation: UNREADY,
    until: hours(8) + minutes(1),
  },
  {
    name: 'is theirs for its interval also where what it needs is missing',
    asked: { statusWriters: [them(0)] },
    translation: { ...UNREADY, cadence: every(hours(1)) },
    until: minutes(61),
  },
  {
    name: 'is theirs for eight hours where it is never renewed',
    asked: { statusWriters: [them(0)] },
    translation: ordering({ is: 'once', because: 'x' }),
    until: hours(8) + minutes(1),
  },
  {
    name: 'is theirs for the shortest of several intervals',
    asked: { statusWriters: [them(0)] },
    translation: ordering(every(hours(2)), every(hours(1)), every(0)),
    until: minutes(61),
  },
  {
    name: 'is theirs for a minute after a change they have not answered',
    asked: { statusWriters: [them(minutes(10))], changedAt: ago(seconds(20)) },
    until: seconds(40),
  },
  {
    name: 'is ours when a change stayed unanswered for a minute',
    asked: { statusWriters: [them(minutes(10))], changedAt: ago(minutes(1)) },
    until: undefined,
  },
  {
    name: 'is theirs when they answered in the second of the change',
    asked: { statusWriters: [them(minutes(10))], changedAt: ago(minutes(10)) },
    until: minutes(51),
  },
  {
    name: 'is theirs for a minute after its target changed',
    asked: { statusWriters: [them(minutes(10))] },
    targetChangedAt: ago(seconds(20)),
    until: seconds(40),
  },
  {
    name: 'is ours when its target stayed changed for a minute',
    asked: { statusWriters: [them(minutes(10))] },
    targetChangedAt: ago(minutes(1)),
    until: undefined,
  },
  {
    name: 'is no longer theirs than to the renewal when it changes just before it',
    asked: { statusWriters: [them(minutes(60.5))], changedAt: ago(seconds(10)) },
    until: seconds(30),
  },
  {
    name: 'is ours when we answered after them',
    asked: { statusWriters: [them(minutes(2)), us(minutes(1))] },
    until: undefined,
  },
  {
    name: 'is theirs until closed windows open, and as long again as they take to notice',
    asked: { statusWriters: [them(hours(5))] },
    translation: ordering(within('0 18 * * *')),
    until: hours(6) + minutes(8),
  },
  {
    name: 'is ours when they were late though windows were open',
    asked: { statusWriters: [them(hours(2))] },
    translation: ordering(within('0 * * * *')),
    until: undefined,
  },
  {
    name: 'is theirs for good where windows never open, and looked at again some time',
    asked: { changedAt: ago(hours(60)), statusWriters: [them(hours(50))] },
    translation: ordering(within('0 0 30 2 *')),
    until: hours(8) + minutes(1),
  },
  {
    name: 'is theirs when we answered in the same second, as they are alive',
    asked: { statusWriters: [us(0), them(0)] },
    until: minutes(61),
  },
  {
    name: 'is theirs again when they answered after us',
    asked: { statusWriters: [us(minutes(2)), them(minutes(1))] },
    until: minutes(60),
  },
]

describe('an object', () => {
  for (const row of rows) {
    const { name, asked, translation = HOURLY, hasForeignController = false, targetChangedAt, until } = row
    it(name, () => {
      const resource = aResource({ createdAt: ago(hours(24)), changedAt: ago(hours(24)), ...asked })
      const dormant = dormancy(resource, US, translation, { hasForeignController, targetChangedAt }, NOW)
      assert.equal(dormant === undefined ? undefined : dormant.until - NOW, until)
    })
  }

  it('that is left alone says to whom, and how often it is renewed', () => {
    const asked = aResource({ statusWriters: [them(0)] })
    const around = { hasForeignController: false, targetChangedAt: undefined }
    assert.equal(
      dormancy(asked, US, HOURLY, around, NOW)?.because,
      'external-secrets looks after it and renews it every 1h',
    )
    assert.equal(dormancy(asked, US, UNREADY, around, NOW)?.because, 'external-secrets looks after it')
  })
})

describe('an object that is being deleted', () => {
  const deleting = (ms: number, ...statusWriters: readonly StatusWriter[]) =>
    leaving(aResource({ deletingSince: ago(ms), statusWriters }), US, NOW)

  it('is for a minute its own controller’s to let go of', () => {
    assert.equal(deleting(seconds(10), them(hours(1)))?.until, NOW + seconds(50))
  })

  it('is ours when they did not within a minute', () => {
    assert.equal(deleting(minutes(1), them(hours(1))), undefined)
  })

  it('is ours when it was ours', () => {
    assert.equal(deleting(0, us(0)), undefined)
    assert.equal(deleting(0), undefined)
  })
})

describe('the foreign writer of a status', () => {
  it('is whoever wrote it last', () => {
    const asked = aResource({ statusWriters: [by('a', 3), by('b', 1), by('c', 2)] })
    assert.equal(foreignWriter(asked, US)?.manager, 'b')
  })
})
