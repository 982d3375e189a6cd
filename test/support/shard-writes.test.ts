// This file is about the proof that shards are exclusive: what it finds, and what it leaves alone.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AuditedRequest } from '../../sandbox/control-plane/audit-log.ts'
import { cutName, LEASE_NAME, replicaLease, shardLease } from '../../src/model/lease-names.ts'
import { shardOfNamespace } from '../../src/operator/shards.ts'
import { takeOvers } from './shard-takeovers.ts'
import { shardWritesByOthers } from './shard-writes.ts'

const SHARDS = 2
const LEASE_MS = 6000
const SHARD = 1
const NAMESPACE =
  ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((name) => shardOfNamespace(name, SHARDS) === SHARD) ?? ''

const request = (change: Partial<AuditedRequest> & { readonly at: number }): AuditedRequest => ({
  user: 'system:serviceaccount:everpull:everpull',
  agent: 'everpull one',
  verb: 'update',
  path: '',
  resource: 'leases',
  namespace: 'everpull',
  name: shardLease(LEASE_NAME, SHARD),
  status: 200,
  until: change.at + 10,
  ...change,
})

const renewal = (at: number, who = 'one', change: Partial<AuditedRequest> = {}): AuditedRequest =>
  request({ at, agent: `everpull ${who}`, holder: who, ...change })
const cut = (at: number): AuditedRequest => renewal(at, 'one', { name: LEASE_NAME, holder: cutName(SHARDS) })
const write = (at: number, who = 'one', change: Partial<AuditedRequest> = {}): AuditedRequest =>
  request({
    at,
    agent: `everpull ${who}`,
    resource: 'secrets',
    namespace: NAMESPACE,
    name: 'pull',
    ...change,
  })

const found = (requests: readonly AuditedRequest[], leaseMs?: number): readonly string[] =>
  shardWritesByOthers(requests, { shards: SHARDS, ...(leaseMs === undefined ? {} : { leaseMs }) }).map(
    ({ what }) => what.split(', ')[1] ?? '',
  )

describe('a write', () => {
  test('while its writer holds the shard is in order', () => {
    const requests = [cut(0), renewal(0), write(100), cut(4000), renewal(4000), write(7000)]
    assert.deepEqual(found(requests, LEASE_MS), [])
  })
  test('of a shard that another has taken is not', () => {
    const requests = [cut(0), renewal(0), renewal(7000, 'two'), write(7100)]
    assert.deepEqual(found(requests), [`when shard ${SHARD} was held by two`])
  })
  test('after its writer gave the shard back is not', () => {
    const requests = [cut(0), renewal(0), renewal(500, 'one', { holder: '' }), write(600)]
    assert.deepEqual(found(requests), [`when shard ${SHARD} was held by nobody`])
  })
  test('while the work is cut otherwise is not', () => {
    const otherwise = renewal(500, 'one', { name: LEASE_NAME, holder: cutName(SHARDS + 1) })
    assert.deepEqual(found([cut(0), renewal(0), otherwise, write(600)]), ['while the work was cut otherwise'])
  })
  test('that came in before another took the shard is in order, whenever it is finished', () => {
    const requests = [cut(0), renewal(0), write(5000, 'one', { until: 8000 }), renewal(7000, 'two')]
    assert.deepEqual(found(requests, LEASE_MS), [])
  })
})

describe('a write after its writer’s lease ran out', () => {
  test('is not in order though nobody had taken the shard', () => {
    assert.deepEqual(found([cut(0), renewal(0), cut(5000), write(6011)], LEASE_MS), [
      '1 ms after its lease had run out',
    ])
  })
  test('nor where all replicas together let the whole run out', () => {
    assert.deepEqual(found([cut(0), renewal(5000), write(6011)], LEASE_MS), [
      '1 ms after its lease had run out',
    ])
  })
  test('is in order up to the last moment, and while a renewal is under way', () => {
    assert.deepEqual(found([cut(0), renewal(0), write(6010)], LEASE_MS), [])
    const late = [cut(5900), renewal(0), renewal(6000, 'one', { until: 6400 }), write(6200)]
    assert.deepEqual(found(late, LEASE_MS), [])
  })
  test('is not judged where nobody says how long a lease lasts', () => {
    assert.deepEqual(found([cut(0), renewal(0), write(60_000)]), [])
  })
})

describe('a shard that is taken over', () => {
  const RETRY_MS = 600
  const place = (at: number) => renewal(at, 'one', { name: replicaLease(LEASE_NAME, 0) })
  const looks = (until: number, every = RETRY_MS): readonly AuditedRequest[] =>
    Array.from({ length: Math.floor(until / every) + 1 }, (_none, index) =>
      request({ at: index * every, agent: 'everpull two', verb: 'list', name: '' }),
    )
  const taken = (requests: readonly AuditedRequest[]) =>
    takeOvers(requests, { shards: SHARDS, leaseMs: LEASE_MS, retryMs: RETRY_MS })

  test('is timed from the last that was heard of its holder', () => {
    const [only, ...more] = taken([renewal(0), place(200), ...looks(7800), renewal(7000, 'two')])
    assert.deepEqual(more, [])
    assert.deepEqual(only, {
      shard: SHARD,
      from: 'one',
      by: 'two',
      tookMs: 6800,
      limitMs: 7220,
      lateMs: 20,
    })
  })
  test('may take longer by what the taker’s looks and their answers were late', () => {
    const slow = request({ at: 3000, agent: 'everpull two', verb: 'get', until: 3400 })
    const [only] = taken([renewal(0), ...looks(7800, 1000), slow, renewal(7000, 'two')])
    assert.equal(only?.lateMs, 2 * 400 + 2 * 400)
  })
  test('was not, where it was given back or renewed', () => {
    const back = renewal(500, 'one', { holder: '' })
    assert.deepEqual(taken([renewal(0), back, renewal(600, 'two'), renewal(1200, 'two')]), [])
  })
})
