// This file is about one object's passes: what comes of orders that are right, wrong, not ready, or gone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textData } from '../../test/support/builders.ts'
import { OperatorBench, type WishSpec } from '../../test/support/operator-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'
import { refOf } from './reconcile.ts'

const ONE = { namespace: 'a', name: 'one' }
const MERGING = { writes: 'keys', owner: 'none', whenMissing: 'wait' } as const
const mark = (name: string): string =>
  deliveryAnnotation({ group: 'example.com', kind: 'Wish', namespace: 'a', name })

async function having(spec: WishSpec = {}): Promise<OperatorBench> {
  const bench = new OperatorBench()
  await bench.wish('one', spec)
  await bench.start()
  return bench
}

describe('an order', () => {
  it('is fulfilled, told, and known', async () => {
    const bench = await having()
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    assert.equal(bench.said('one'), 'synced')
    assert.deepEqual(bench.events, ['Normal one Synced created'])
    const [entry] = bench.operator.readModel.list()
    assert.deepEqual([entry?.ref.name, entry?.answers[0]?.is], ['one', 'receipt'])
    await bench.operator.stop()
  })

  it('that is wrong is told, and leaves the Secret as it was', async () => {
    const bench = await having()
    await bench.wish('one', { invalid: true })
    assert.equal(bench.said('one'), 'failed: this is no wish')
    const passes = bench.passes.length
    await bench.pass(hours(2))
    assert.equal(bench.passes.length, passes, 'nothing is tried again before it changes')
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('that became wrong lets go of its claim on a Secret', async () => {
    const bench = await having({ target: { name: 'shared' } })
    await bench.wish('two', { target: { name: 'shared' } })
    assert.equal(bench.said('two'), 'yielding to one')
    await bench.wish('one', { invalid: true })
    assert.equal(
      bench.said('two'),
      'failed: Secret shared is owned by Wish one: choose another target name, or remove that owner',
    )
    await bench.operator.stop()
  })

  it('for another Secret has the one it left deleted, once the new one stands', async () => {
    const bench = await having()
    await bench.wish('one', { target: { name: 'elsewhere' } })
    assert.deepEqual([...bench.store.secrets.keys()], ['a/elsewhere'])
    assert.ok(bench.logged.includes('let go of a Secret'))
    await bench.operator.stop()
  })

  it('for another Secret that cannot be written keeps the one it has', async () => {
    const bench = await having()
    bench.store.put({ namespace: 'a', name: 'elsewhere' }, { immutable: true })
    await bench.wish('one', { target: { name: 'elsewhere' } })
    assert.match(String(bench.said('one')), /^failed: Secret elsewhere is immutable/)
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('says its warning once, as an event and in the log', async () => {
    const bench = await having({ warning: 'this is odd' })
    await bench.pass(hours(3))
    assert.deepEqual(
      bench.events.filter((event) => event.includes('odd')),
      ['Warning one Odd this is odd'],
    )
    assert.equal(bench.logged.filter((line) => line === 'this is odd').length, 1)
    await bench.operator.stop()
  })
})

describe('an order that is not ready', () => {
  it('keeps serving what it wrote, and says so', async () => {
    const bench = await having()
    await bench.wish('one', { well: 'deep' })
    assert.equal(bench.said('one'), 'serving: Well deep is absent')
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('says that nothing is served any more when the login dies', async () => {
    const bench = await having()
    await bench.wish('one', { well: 'deep' })
    await bench.pass(hours(13))
    assert.equal(bench.said('one'), 'failed: Well deep is absent')
    await bench.operator.stop()
  })

  it('says that nothing is served any more when its Secret is deleted', async () => {
    const bench = await having()
    await bench.wish('one', { well: 'deep' })
    bench.store.drop(ONE)
    await bench.settle()
    assert.equal(bench.said('one'), 'failed: Well deep is absent')
    await bench.operator.stop()
  })

  it('serves after a restart what its mark says', async () => {
    const bench = await having()
    await bench.operator.stop()
    bench.wishes.delete('one')
    await bench.wish('one', { well: 'deep' })
    await bench.start()
    assert.equal(bench.said('one'), 'serving: Well deep is absent')
    await bench.operator.stop()
  })

  it('fails where it never wrote anything', async () => {
    const bench = await having({ well: 'deep' })
    assert.equal(bench.said('one'), 'failed: Well deep is absent')
    await bench.operator.stop()
  })
})

describe('an order whose login cannot be had', () => {
  const throttled = fault('aws-throttled', 'AWS is throttling')

  it('is told and logged once, and recovers by itself', async () => {
    const bench = await having()
    bench.logins.fault = throttled
    bench.logged.length = 0
    bench.events.length = 0
    await bench.pass(hours(1) + minutes(10))
    assert.equal(bench.said('one'), 'serving: AWS is throttling')
    assert.deepEqual(bench.logged, ['AWS is throttling'])
    assert.deepEqual(bench.events, ['Warning one NotSynced serving: AWS is throttling'])
    bench.logins.fault = undefined
    await bench.pass(minutes(1))
    assert.equal(bench.said('one'), 'synced')
    assert.ok(bench.logged.includes('recovered'))
    assert.deepEqual(bench.store.text(ONE), { password: 'token-2' })
    await bench.operator.stop()
  })

  it('says so at the moment what it serves dies', async () => {
    const bench = await having()
    bench.logins.fault = throttled
    await bench.pass(hours(12) - seconds(1))
    assert.equal(bench.said('one'), 'serving: AWS is throttling')
    await bench.pass(seconds(2))
    assert.equal(bench.said('one'), 'failed: AWS is throttling')
    await bench.operator.stop()
  })

  it('never delays another', async () => {
    const bench = new OperatorBench()
    for (let i = 0; i < 60; i += 1) await bench.wish(`stuck-${i}`, { force: 'now' })
    await bench.wish('fine')
    bench.logins.identify = async ({ onBehalfOf }) => ({ is: 'identified', key: onBehalfOf })
    const mint = bench.logins.mint.bind(bench.logins)
    const never = Promise.withResolvers<never>()
    let asked = 0
    bench.logins.mint = (...want) => {
      asked += 1
      return asked === 1 ? never.promise : mint(...want)
    }
    await bench.start()
    await bench.wish('another', { invalid: true })
    assert.equal(bench.said('another'), 'failed: this is no wish')
    never.reject(new Error('let go'))
    await bench.settle()
    await bench.operator.stop()
  })
})

describe('an object that is gone', () => {
  it('leaves nothing behind in memory, nor on what it merged into', async () => {
    const bench = new OperatorBench()
    bench.store.put(ONE, { data: textData({ url: 'host' }) })
    await bench.wish('one', { target: MERGING })
    await bench.start()
    assert.notEqual(bench.store.secrets.get('a/one')?.annotations[mark('one')], undefined)
    await bench.forget('one')
    assert.deepEqual(bench.store.secrets.get('a/one')?.annotations, {})
    assert.deepEqual(bench.store.text(ONE), { url: 'host', password: 'token-1' })
    assert.deepEqual(bench.operator.readModel.list(), [])
    await bench.pass(hours(2))
    assert.equal(bench.logins.mints, 1)
    await bench.operator.stop()
  })

  it('leaves nothing behind where it went while nobody looked', async () => {
    const bench = new OperatorBench()
    bench.store.put(ONE, { data: textData({ url: 'host' }) })
    await bench.wish('one', { target: MERGING })
    await bench.start()
    await bench.operator.stop()
    bench.wishes.delete('one')
    await bench.start()
    assert.deepEqual(bench.store.secrets.get('a/one')?.annotations, {})
    assert.deepEqual(bench.store.text(ONE), { url: 'host', password: 'token-1' })
    await bench.operator.stop()
  })

  it('leaves what it controlled to the garbage collector', async () => {
    const bench = await having()
    const { writes } = bench.store
    await bench.forget('one')
    assert.equal(bench.store.writes, writes)
    await bench.operator.stop()
  })

  it('and made anew is another: what was told before is told again', async () => {
    const bench = await having({ invalid: true })
    await bench.forget('one')
    await bench.wish('one', { invalid: true }, { uid: 'another' })
    assert.equal(bench.events.length, 2)
    await bench.operator.stop()
  })
})

describe('an object that another controller looks after', () => {
  const written = (time: string) => ({
    managedFields: [{ manager: 'original', operation: 'Update' as const, time, subresource: 'status' }],
  })

  it('is left alone until that one is a minute late, and then served', async () => {
    const bench = new OperatorBench()
    bench.store.put(ONE, {})
    await bench.wish('one', {}, written('2026-01-01T00:00:00Z'))
    await bench.start()
    await bench.pass(hours(1))
    assert.deepEqual([bench.store.writes, bench.requests.length], [0, 0])
    const [entry] = bench.operator.readModel.list()
    assert.match(entry?.dormant?.because ?? '', /^original looks after it/)
    await bench.pass(minutes(2))
    assert.equal(bench.store.writes, 1)
    await bench.operator.stop()
  })

  it('is served at once where the operator was told to take over', async () => {
    const bench = new OperatorBench()
    await bench.wish('one', {}, written('2026-01-01T00:00:00Z'))
    await bench.start({ takeOver: new Set(['mobb']) })
    assert.equal(bench.store.writes, 1)
    await bench.operator.stop()
  })

  it('keeps a new neighbour waiting for a minute', async () => {
    const bench = new OperatorBench()
    bench.store.put(ONE, {})
    await bench.wish('one', {}, written('2026-01-01T00:00:00Z'))
    await bench.wish('two')
    await bench.start()
    assert.equal(bench.store.writes, 0)
    const { writes } = bench.store
    await bench.pass(minutes(1))
    assert.deepEqual([...bench.store.secrets.keys()], ['a/one', 'a/two'])
    assert.equal(bench.store.writes, writes + 1)
    await bench.operator.stop()
  })

  it('is taken over a minute after its Secret was deleted under it', async () => {
    const bench = new OperatorBench()
    bench.store.put(ONE, {})
    await bench.wish('one', {}, written('2026-01-01T00:00:00Z'))
    await bench.start()
    await bench.pass(minutes(10))
    bench.store.drop(ONE)
    await bench.pass(seconds(50))
    assert.equal(bench.store.writes, 0)
    await bench.pass(seconds(20))
    assert.equal(bench.store.writes, 1)
    await bench.operator.stop()
  })
})

describe('a work key', () => {
  it('is a reference again', () => {
    assert.deepEqual(refOf('example.com/Wish/a/one'), {
      group: 'example.com',
      kind: 'Wish',
      namespace: 'a',
      name: 'one',
    })
  })
})
