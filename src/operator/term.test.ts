// This file is about who is looked at again: by which change, how soon, and after which not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textData } from '../../test/support/builders.ts'
import { OperatorBench, statusError } from '../../test/support/operator-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'

const ONE = { namespace: 'a', name: 'one' }

async function started(): Promise<OperatorBench> {
  const bench = new OperatorBench()
  await bench.wish('one')
  await bench.start()
  bench.passes.length = 0
  return bench
}

describe('an object is looked at again', () => {
  it('not when the watch shows our own write, nor our own status', async () => {
    const bench = await started()
    await bench.settle()
    assert.deepEqual([bench.said('one'), bench.passes], ['synced', []])
    await bench.operator.stop()
  })

  it('when somebody edits its Secret', async () => {
    const bench = await started()
    bench.store.put(ONE, { data: textData({ password: 'edited' }) })
    await bench.settle()
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('when somebody deletes its Secret', async () => {
    const bench = await started()
    bench.store.drop(ONE)
    await bench.settle()
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('not when somebody writes another Secret', async () => {
    const bench = await started()
    bench.store.put({ namespace: 'a', name: 'other' }, {})
    await bench.settle()
    assert.deepEqual(bench.passes, [])
    await bench.operator.stop()
  })

  it('when it is edited', async () => {
    const bench = await started()
    await bench.wish('one', { target: { labels: { team: 'a' } } })
    assert.deepEqual(bench.store.secrets.get('a/one')?.labels, { team: 'a' })
    await bench.operator.stop()
  })

  it('when its labels or annotations are edited, but not when its status is', async () => {
    const bench = await started()
    const passesAfter = async (...change: Parameters<OperatorBench['touch']>): Promise<number> => {
      bench.passes.length = 0
      await bench.touch(...change)
      return bench.passes.length
    }
    assert.equal(await passesAfter('one', {}, { said: 'something else' }), 0)
    assert.equal(await passesAfter('one', { labels: { a: 'b' } }), 1)
    assert.equal(await passesAfter('one', { annotations: { a: 'b' } }), 1)
    assert.equal(await passesAfter('one', { annotations: { a: 'c' } }), 1)
    assert.equal(await passesAfter('one', {}), 0)
    await bench.operator.stop()
  })

  it('when something it looked at comes or changes, and not when it looks elsewhere', async () => {
    const bench = await started()
    await bench.wish('one', { well: 'deep' })
    const wells = bench.reflectors.of('Well')
    bench.passes.length = 0
    wells.put({ name: 'shallow', namespace: 'a' })
    await bench.settle()
    assert.deepEqual(bench.passes, [])
    wells.put({ name: 'deep', namespace: 'a' })
    await bench.settle()
    assert.deepEqual([bench.passes, bench.said('one')], [['done'], 'synced'])
    await bench.wish('one')
    bench.passes.length = 0
    wells.put({ name: 'deep', namespace: 'a', generation: 2 })
    await bench.settle()
    assert.deepEqual(bench.passes, [])
    await bench.operator.stop()
  })

  it('when its login is due', async () => {
    const bench = await started()
    await bench.pass(hours(1))
    assert.deepEqual(bench.store.text(ONE), { password: 'token-2' })
    await bench.operator.stop()
  })

  it('when whoever it yielded to is gone', async () => {
    const bench = new OperatorBench()
    const target = { name: 'shared' }
    await bench.wish('first', { target })
    await bench.wish('second', { target })
    await bench.start()
    assert.equal(bench.said('second'), 'yielding to first')
    await bench.forget('first')
    bench.store.drop({ namespace: 'a', name: 'shared' })
    await bench.pass(seconds(1))
    assert.equal(bench.said('second'), 'synced')
    await bench.operator.stop()
  })

  it('when whoever it yielded to writes elsewhere', async () => {
    const bench = new OperatorBench()
    const target = { name: 'shared' }
    await bench.wish('first', { target })
    await bench.wish('second', { target })
    await bench.start()
    await bench.wish('first', { target: { name: 'elsewhere' } })
    await bench.pass(seconds(1))
    assert.equal(bench.said('second'), 'synced')
    await bench.operator.stop()
  })
})

describe('a term', () => {
  it('lets the older of two win a Secret, whichever is looked at first', async () => {
    const bench = new OperatorBench()
    const target = { name: 'shared' }
    await bench.wish('a', { target }, { creationTimestamp: '2025-06-02T00:00:00Z' })
    await bench.wish('z', { target }, { creationTimestamp: '2025-06-01T00:00:00Z' })
    await bench.start()
    assert.deepEqual([bench.said('a'), bench.said('z')], ['yielding to z', 'synced'])
    assert.equal(bench.store.writes, 1)
    await bench.operator.stop()
  })

  it('writes the first Secrets before the first words about them', async () => {
    const bench = new OperatorBench()
    const names = ['one', 'two', 'three']
    for (const name of names) await bench.wish(name)
    const order: string[] = []
    const write = bench.store.write.bind(bench.store)
    bench.store.write = (wanted) => {
      order.push(`write (${bench.requests.length} told)`)
      return write(wanted)
    }
    await bench.start()
    assert.deepEqual(order, ['write (0 told)', 'write (0 told)', 'write (0 told)'])
    assert.deepEqual(
      names.map((name) => bench.said(name)),
      ['synced', 'synced', 'synced'],
    )
    await bench.operator.stop()
  })

  it('does not wait with its words for a Secret that hangs', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.wish('stuck')
    const write = bench.store.write.bind(bench.store)
    const never = Promise.withResolvers<never>()
    bench.store.write = (wanted) => (wanted.ref.name === 'stuck' ? never.promise : write(wanted))
    await bench.start()
    await bench.pass(seconds(5))
    assert.equal(bench.said('one'), 'synced')
    never.reject(new Error('let go'))
    await bench.settle()
    await bench.operator.stop()
  })

  it('goes on after a pass that broke, and says so once with where', async () => {
    const bench = await started()
    const read = bench.store.read.bind(bench.store)
    bench.store.read = () => Promise.reject(new Error('a mistake'))
    bench.store.put(ONE, { data: textData({ password: 'edited' }) })
    bench.logged.length = 0
    await bench.settle()
    assert.deepEqual([bench.logged, bench.passes], [['a pass ended in an unexpected error'], ['failed']])
    bench.store.read = read
    await bench.pass(seconds(5))
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    await bench.operator.stop()
  })
})

describe('an object that is being deleted', () => {
  const deletion = { deletionTimestamp: '2026-01-01T00:00:00Z' }

  it('loses our finalizers and no others', async () => {
    const bench = await started()
    await bench.wish('one', {}, { ...deletion, finalizers: ['example.com/ours', 'example.com/theirs'] })
    assert.deepEqual(bench.wishes.get('one')?.metadata.finalizers, ['example.com/theirs'])
    await bench.operator.stop()
  })

  it('costs no request where it has none of ours', async () => {
    const bench = await started()
    bench.requests.length = 0
    await bench.wish('one', {}, { ...deletion, finalizers: ['example.com/theirs'] })
    assert.deepEqual(bench.requests, [])
    await bench.operator.stop()
  })

  it('is tried again when its finalizer could not be taken off', async () => {
    const bench = await started()
    bench.refusals.push(statusError(503, 'ServiceUnavailable'))
    await bench.wish('one', {}, { ...deletion, finalizers: ['example.com/ours'] })
    assert.deepEqual(bench.wishes.get('one')?.metadata.finalizers, ['example.com/ours'])
    await bench.pass(minutes(1))
    assert.deepEqual(bench.wishes.get('one')?.metadata.finalizers, [])
    await bench.operator.stop()
  })

  it('is not renewed any more', async () => {
    const bench = await started()
    await bench.wish('one', {}, { ...deletion, finalizers: ['example.com/theirs'] })
    await bench.pass(hours(2))
    assert.equal(bench.logins.mints, 1)
    await bench.operator.stop()
  })
})
