// This file is about the series Prometheus sees.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Instant } from '../base/clock.ts'
import { hours } from '../base/duration.ts'
import type { Answer } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import type { Ref } from '../model/ref.ts'
import { makeMetrics, type Metrics } from './metrics.ts'

const ORDERER: Ref = { group: 'g', kind: 'ExternalSecret', namespace: 'argocd', name: 'repo' }
const LABELS = (secret: string): string =>
  `{namespace="argocd",secret="${secret}",kind="ExternalSecret",name="repo"`

const receipt = (secret: string): Answer => ({
  is: 'receipt',
  target: { namespace: 'argocd', name: secret },
  logins: [
    { mintedAt: 0 as Instant, expiresAt: 50_000 as Instant },
    { mintedAt: 0 as Instant, expiresAt: 40_000 as Instant },
  ],
  at: 10_000 as Instant,
  wrote: 'updated',
  expiryAssumed: false,
})
const failed = (secret?: string): Answer => ({
  is: 'failed',
  fault: fault('aws-denied', 'the role may not'),
  ...(secret === undefined ? {} : { target: { namespace: 'argocd', name: secret } }),
  at: 11_000 as Instant,
})

const series = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.expose()).split('\n').filter((line) => line.startsWith('everpull_'))

test('a receipt tells when the first login dies and when all was right', async () => {
  const metrics = makeMetrics('1.2.3')
  metrics.targets.answered(ORDERER, [receipt('s')])
  const lines = await series(metrics)
  assert.ok(lines.includes(`everpull_target_login_expiry_timestamp_seconds${LABELS('s')}} 40`))
  assert.ok(lines.includes(`everpull_target_last_success_timestamp_seconds${LABELS('s')}} 10`))
  assert.ok(lines.includes('everpull_build_info{version="1.2.3"} 1'))
})

test('a failure is counted by its reason and leaves the expiry of what is served', async () => {
  const metrics = makeMetrics('1')
  metrics.targets.answered(ORDERER, [receipt('s')])
  metrics.targets.answered(ORDERER, [failed('s')])
  metrics.targets.answered(ORDERER, [failed('s')])
  const lines = await series(metrics)
  assert.ok(lines.includes(`everpull_target_failures_total${LABELS('s')},reason="AccessDenied"} 2`))
  assert.ok(lines.includes(`everpull_target_login_expiry_timestamp_seconds${LABELS('s')}} 40`))
})

test('a failure that knows no Secret is counted for the object alone', async () => {
  const metrics = makeMetrics('1')
  metrics.targets.answered(ORDERER, [receipt('s')])
  metrics.targets.answered(ORDERER, [failed()])
  const lines = await series(metrics)
  assert.ok(lines.includes(`everpull_target_failures_total${LABELS('')},reason="AccessDenied"} 1`))
  assert.ok(lines.some((line) => line.includes(LABELS('s'))))
})

test('a Secret that is no longer ordered leaves no series', async () => {
  const metrics = makeMetrics('1')
  metrics.targets.answered(ORDERER, [failed('old')])
  metrics.targets.answered(ORDERER, [receipt('new')])
  const lines = await series(metrics)
  assert.ok(!lines.some((line) => line.includes('"old"')))
  assert.ok(lines.some((line) => line.includes('"new"')))
})

test('an object that is gone leaves no series', async () => {
  const metrics = makeMetrics('1')
  metrics.targets.answered(ORDERER, [receipt('s')])
  metrics.targets.answered(ORDERER, [failed('s')])
  metrics.targets.forgotten(ORDERER)
  assert.ok(!(await series(metrics)).some((line) => line.includes('argocd')))
})

test('queue depth is asked at each scrape, and durations are sorted by outcome', async () => {
  const metrics = makeMetrics('1')
  let depth = 3
  metrics.reconciles.watchesQueue('mobb', { depth: () => depth, longestWaitMs: () => 1500 })
  metrics.reconciles.reconciled('mobb', 'failed', 0.02)
  assert.ok((await series(metrics)).includes('everpull_queue_depth{controller="mobb"} 3'))
  assert.ok((await series(metrics)).includes('everpull_queue_longest_wait_seconds{controller="mobb"} 1.5'))
  depth = 0
  const lines = await series(metrics)
  assert.ok(lines.includes('everpull_queue_depth{controller="mobb"} 0'))
  assert.ok(lines.includes('everpull_reconcile_duration_seconds_count{controller="mobb",outcome="failed"} 1'))
})

test('AWS calls are counted by identity, operation and outcome', async () => {
  const metrics = makeMetrics('1')
  const call = {
    identity: 'role arn:aws:iam::1:role/r',
    service: 'sts',
    operation: 'AssumeRole',
    seconds: 0.2,
  }
  metrics.aws.called({ ...call, outcome: 'Throttled' })
  metrics.aws.called({ ...call, outcome: 'ok' })
  metrics.aws.called({ ...call, outcome: 'ok' })
  const lines = await series(metrics)
  const labels = 'identity="role arn:aws:iam::1:role/r",operation="AssumeRole"'
  assert.ok(lines.includes(`everpull_aws_calls_total{${labels},outcome="Throttled"} 1`))
  assert.ok(lines.includes(`everpull_aws_calls_total{${labels},outcome="ok"} 2`))
  assert.ok(lines.includes('everpull_aws_call_duration_seconds_count{operation="AssumeRole"} 3'))
})

test('an identity that has not asked for a day leaves no series', async () => {
  const clock = new ManualClock(Date.parse('2026-01-01T00:00:00Z'))
  const metrics = makeMetrics('1', undefined, clock)
  const call = { service: 'sts', operation: 'AssumeRole', outcome: 'ok', seconds: 0 }
  metrics.aws.called({ ...call, identity: 'retired' })
  clock.advance(hours(23))
  metrics.aws.called({ ...call, identity: 'used' })
  assert.equal((await series(metrics)).filter((line) => line.includes('identity=')).length, 2)
  clock.advance(hours(1))
  const left = (await series(metrics)).filter((line) => line.includes('identity='))
  assert.deepEqual(left, ['everpull_aws_calls_total{identity="used",operation="AssumeRole",outcome="ok"} 1'])
})

test('an object that yields, or whose Secret is missing, is counted by that reason', async () => {
  const metrics = makeMetrics('1')
  const target = { namespace: 'argocd', name: 's' }
  metrics.targets.answered(ORDERER, [{ is: 'yielded', to: ORDERER, target, at: 0 as Instant }])
  metrics.targets.answered(ORDERER, [{ is: 'target-missing', target, at: 0 as Instant }])
  const lines = await series(metrics)
  assert.ok(lines.includes(`everpull_target_failures_total${LABELS('s')},reason="Yielding"} 1`))
  assert.ok(lines.includes(`everpull_target_failures_total${LABELS('s')},reason="TargetMissing"} 1`))
})

test('the process itself is measured too', async () => {
  const text = await makeMetrics('1').expose()
  assert.match(text, /^process_resident_memory_bytes \d/m)
})
