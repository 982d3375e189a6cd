// This file is about the series that count: objects by how they fare, logins by their age, watches by phase.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Instant } from '../base/clock.ts'
import { hours } from '../base/duration.ts'
import type { Answer } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import type { Ref } from '../model/ref.ts'
import { makeMetrics } from './metrics.ts'

const LIFE = hours(12)

const orderer = (name: string): Ref => ({ group: 'g', kind: 'ExternalSecret', namespace: 'apps', name })

function scene() {
  const clock = new ManualClock()
  const metrics = makeMetrics('1', undefined, clock)
  const began = clock.now()
  const at = (share: number): Instant => (began + share * LIFE) as Instant
  const series = async (name: string): Promise<readonly string[]> =>
    (await metrics.expose()).split('\n').filter((line) => line.startsWith(`${name}{`))
  const receipt = (nextAt?: Instant): Answer => ({
    is: 'receipt',
    target: { namespace: 'apps', name: 's' },
    logins: [
      { mintedAt: began, expiresAt: at(2) },
      { mintedAt: began, expiresAt: at(1) },
    ],
    at: began,
    wrote: 'created',
    expiryAssumed: false,
    ...(nextAt === undefined ? {} : { nextAt }),
  })
  const ages = (): Promise<readonly string[]> => series('everpull_logins')
  return { clock, metrics, at, receipt, series, ages }
}

test('a login is fresh, then late, dying and expired, by the share of its life that is spent', async () => {
  const { clock, metrics, at, receipt, ages } = scene()
  metrics.targets.answered(orderer('a'), [receipt(at(0.6))])
  for (const [share, state] of [
    [0.1, 'fresh'],
    [0.74, 'fresh'],
    [0.76, 'late'],
    [0.91, 'dying'],
    [1, 'expired'],
  ] as const) {
    clock.advance(at(share) - clock.now())
    assert.deepEqual(await ages(), [`everpull_logins{namespace="apps",state="${state}"} 1`])
  }
})

test('one that is never renewed dies as ordered', async () => {
  const { clock, metrics, receipt, ages } = scene()
  metrics.targets.answered(orderer('a'), [receipt()])
  clock.advance(LIFE)
  assert.deepEqual(await ages(), ['everpull_logins{namespace="apps",state="unrenewed"} 1'])
})

test('one written by an operator before us counts once renewing it fails', async () => {
  const { clock, metrics, at, ages } = scene()
  const failed: Answer = {
    is: 'failed',
    fault: fault('aws-unavailable', ''),
    target: { namespace: 'apps', name: 's' },
    serving: { since: at(0.67), until: at(1) },
    at: at(0.67),
  }
  metrics.targets.answered(orderer('a'), [failed])
  assert.deepEqual(await ages(), ['everpull_logins{namespace="apps",state="fresh"} 1'])
  clock.advance(0.95 * LIFE)
  assert.deepEqual(await ages(), ['everpull_logins{namespace="apps",state="dying"} 1'])
})

test('objects and watches are counted, not listed', async () => {
  const { metrics, series } = scene()
  metrics.follows({
    isLeading: () => false,
    shardsHeld: () => 0,
    shards: () => 3,
    objects: () => [
      { ref: orderer('a'), state: 'ready' },
      { ref: orderer('b'), state: 'ready' },
      { ref: orderer('c'), state: 'failing' },
    ],
    watches: () => [
      { kind: 'Secret', phase: 'watching' },
      { kind: 'Secret', phase: 'watching' },
    ],
  })
  const place = 'kind="ExternalSecret",namespace="apps"'
  assert.deepEqual(await series('everpull_objects'), [
    `everpull_objects{${place},state="ready"} 2`,
    `everpull_objects{${place},state="failing"} 1`,
  ])
  assert.deepEqual(await series('everpull_watches'), ['everpull_watches{kind="Secret",phase="watching"} 2'])
  assert.match(await metrics.expose(), /^everpull_leading 0$/m)
  assert.match(await metrics.expose(), /^everpull_shards 3$/m)
})
