// This file is about testing what an ExternalSecret's sync windows come to, in its delivery and in its words.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../base/clock.ts'
import { hours } from '../../base/duration.ts'
import type { Receipt } from '../../model/answer.ts'
import { aGenerator, anExternalSecret, aWorld } from './fixtures/resources.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

const windowed = (windows: readonly object[], spec: object = {}) =>
  anExternalSecret({ syncWindows: { kind: 'allow', windows }, ...spec })
const evening = { schedule: '0 22 * * *', duration: '2h' }
const translated = (asked: ReturnType<typeof windowed>) => translate(asked, aWorld([aGenerator()]))

describe('sync windows', () => {
  test('are part of how a Secret is renewed', () => {
    const translation = translated(windowed([evening]))
    assert.ok(translation.is === 'order')
    const { cadence } = translation.deliveries[0] ?? assert.fail('nothing was ordered')
    assert.deepEqual(cadence, {
      is: 'renewed',
      interval: hours(1),
      windows: { kind: 'allow', windows: [{ schedule: '0 22 * * *', duration: hours(2) }] },
    })
    assert.deepEqual(translation.warnings, [])
  })

  for (const [name, schedule, why] of [
    ['an hour that is none', '0 24 * * *', 'has a field "hour" that is none: "24" (0 to 23)'],
    ['a day that never comes', '0 0 30 2 *', 'names a day that never comes'],
  ] as const) {
    test(`with ${name} are served, and the window that never opens is named`, () => {
      const translation = translated(windowed([evening, { schedule, duration: '2h' }]))
      assert.ok(translation.is === 'order')
      const message = `spec.syncWindows.windows[1].schedule "${schedule}" ${why}: that window never opens`
      assert.deepEqual(translation.warnings, [{ reason: 'WindowNeverOpens', message }])
    })
  }

  for (const [name, spec, because] of [
    ['that is written once', { refreshPolicy: 'CreatedOnce' }, 'spec.refreshPolicy is CreatedOnce'],
    ['without an interval', { refreshInterval: '0' }, 'spec.refreshInterval is 0'],
  ] as const) {
    test(`of an object ${name} have no effect, which it is told`, () => {
      const translation = translated(windowed([evening], spec))
      assert.ok(translation.is === 'order')
      assert.equal(translation.deliveries[0]?.cadence.is, 'once')
      const message = `spec.syncWindows has no effect: ${because}`
      assert.deepEqual(translation.warnings, [{ reason: 'FieldIgnored', message }])
    })
  }

  test('whose duration is none are refused', () => {
    const translation = translated(windowed([{ ...evening, duration: 'two hours' }]))
    assert.ok(translation.is === 'invalid')
    assert.equal(translation.fault.at, 'spec.syncWindows.windows[0].duration')
    assert.match(translation.fault.message, /"two hours" is no duration/)
  })
})

test('more sync windows than anybody needs are refused', () => {
  const translation = translated(windowed(Array.from({ length: 101 }, () => evening)))
  assert.ok(translation.is === 'invalid')
  assert.match(translation.fault.message, /has 101 windows: no more than 100 are read$/)
})

describe('while sync windows are closed, the condition', () => {
  const at = (time: string) => instant(Date.parse(time))
  const receipt = (rest: Partial<Receipt>): Receipt => ({
    is: 'receipt',
    target: { namespace: 'apps', name: 'pull' },
    logins: [{ mintedAt: at('2026-05-04T10:00:00Z'), expiresAt: at('2026-05-04T22:00:00Z') }],
    at: at('2026-05-04T10:00:00Z'),
    wrote: 'none',
    expiryAssumed: false,
    ...rest,
  })
  const told = (rest: Partial<Receipt>): string | undefined => {
    const { status: written } = status(windowed([evening]), [receipt(rest)])
    return (written as { conditions: readonly { message: string }[] } | undefined)?.conditions[0]?.message
  }

  test('says when a login dies that will not be renewed before', () => {
    assert.equal(
      told({ nextAt: at('2026-05-05T08:00:00Z') }),
      'secret synced: serves a login that dies at 2026-05-04T22:00:00Z and will not be renewed before 2026-05-05T08:00:00Z because spec.syncWindows permits it only then',
    )
  })

  test('says so where no window ever opens', () => {
    assert.equal(
      told({}),
      'secret synced: serves a login that dies at 2026-05-04T22:00:00Z and will not be renewed because spec.syncWindows never permits it',
    )
  })

  test('says no more than that the Secret is synced while the login outlives the wait', () => {
    assert.equal(told({ nextAt: at('2026-05-04T21:00:00Z') }), 'secret synced')
  })
})
