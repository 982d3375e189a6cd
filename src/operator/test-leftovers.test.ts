// This file is about testing that what a test of a connection left behind is deleted, in time, and nothing else is.
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { OperatorBench, statusError } from '../../test/support/operator-bench.ts'
import { minutes, seconds } from '../base/duration.ts'
import type { KubeObject } from '../kube/resource.ts'

const TEST: Partial<KubeObject['metadata']> = { labels: { 'example.com/test': 'true' } }

async function aBench(t: TestContext, change: Parameters<OperatorBench['start']>[0] = {}) {
  const bench = new OperatorBench()
  t.after(() => bench.operator.stop())
  await bench.start(change)
  return bench
}

const left = (bench: OperatorBench): readonly string[] => [...bench.wishes.keys()]
const deletions = (bench: OperatorBench): number =>
  bench.requests.filter(({ method }) => method === 'DELETE').length

describe('an object that was made for a test', () => {
  it('is deleted ten minutes after it was made, and not before', async (t) => {
    const bench = await aBench(t)
    await bench.wish('test-1', {}, TEST)
    await bench.pass(minutes(10) - 1)
    assert.deepEqual(left(bench), ['test-1'])
    await bench.pass(1)
    assert.deepEqual(left(bench), [])
    assert.equal(deletions(bench), 1)
    assert.ok(bench.logged.includes('deleted what a test of a connection left behind'))
  })

  it('lives as long as the operator was told', async (t) => {
    const bench = await aBench(t, { testLife: seconds(5) })
    await bench.wish('test-1', {}, TEST)
    await bench.pass(seconds(5))
    assert.deepEqual(left(bench), [])
  })

  it('is deleted at once that is older when the term begins', async (t) => {
    const bench = new OperatorBench()
    t.after(() => bench.operator.stop())
    await bench.start({}, false)
    await bench.wish('test-1', {}, { ...TEST, creationTimestamp: '2025-12-31T00:00:00Z' })
    await bench.list()
    await bench.pass(1)
    assert.deepEqual(left(bench), [])
  })

  it('is nobody’s concern once whoever made it has deleted it', async (t) => {
    const bench = await aBench(t)
    await bench.wish('test-1', {}, TEST)
    await bench.forget('test-1')
    await bench.pass(minutes(11))
    assert.equal(deletions(bench), 0)
  })

  it('is left alone by who does not lead', async (t) => {
    const bench = await aBench(t, OperatorBench.elected)
    await bench.wish('test-1', {}, TEST)
    await bench.pass(minutes(11))
    assert.deepEqual(left(bench), ['test-1'])
    bench.election.lead()
    await bench.pass(1)
    assert.deepEqual(left(bench), [])
  })

  it('is tried again where it could not be deleted', async (t) => {
    const bench = await aBench(t)
    await bench.wish('test-1', {}, TEST)
    await bench.pass(minutes(10) - 1)
    bench.refusals.push(statusError(503, 'ServiceUnavailable'))
    await bench.pass(1)
    assert.deepEqual(left(bench), ['test-1'])
    assert.ok(bench.logged.includes('what a test of a connection left behind cannot be deleted'))
    await bench.pass(minutes(1))
    assert.deepEqual(left(bench), [])
  })
})

describe('what looks like it', () => {
  const others: readonly (readonly [string, string, Partial<KubeObject['metadata']>])[] = [
    ['without the label', 'test-1', {}],
    ['with another value of it', 'test-1', { labels: { 'example.com/test': 'false' } }],
    ['by another name', 'production', TEST],
    ['that is being deleted', 'test-1', { ...TEST, deletionTimestamp: '2026-01-01T00:00:00Z' }],
  ]
  for (const [says, name, metadata] of others) {
    it(`${says} is left alone`, async (t) => {
      const bench = await aBench(t)
      await bench.wish(name, {}, metadata)
      await bench.pass(minutes(30))
      assert.deepEqual(left(bench), [name])
      assert.equal(deletions(bench), 0)
    })
  }
})
