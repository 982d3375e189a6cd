// This file is about finalizers: held before anything is written, off again once the Secrets are gone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench, OURS, statusError } from '../../test/support/operator-bench.ts'
import { minutes, seconds } from '../base/duration.ts'
import { fault } from '../model/fault.ts'

const ONE = { namespace: 'a', name: 'one' }
const CLEANED_UP = { isCleanedUp: true } as const
const DELETED = { deletionTimestamp: '2026-01-01T00:00:00Z' }

async function having(spec: object = CLEANED_UP): Promise<OperatorBench> {
  const bench = new OperatorBench()
  await bench.wish('one', spec)
  await bench.start()
  return bench
}

const finalizersOf = (bench: OperatorBench): readonly string[] | undefined =>
  bench.wishes.get('one')?.metadata.finalizers

describe('an order that is cleaned up after', () => {
  it('is held back before its Secret is written, and the status needs no second look', async () => {
    const bench = await having()
    assert.deepEqual(finalizersOf(bench), [OURS])
    assert.equal(bench.said('one'), 'synced')
    assert.equal(bench.requests.length, 2)
    await bench.operator.stop()
  })

  it('writes nothing while it cannot be held back, and says why', async () => {
    const bench = new OperatorBench()
    await bench.wish('one', CLEANED_UP)
    bench.refusals.push(statusError(403, 'Forbidden'))
    await bench.start()
    assert.equal(bench.store.writes, 0)
    assert.equal(bench.said('one'), 'failed: changing the finalizers of Wish a/one')
    await bench.pass(minutes(1))
    assert.deepEqual([finalizersOf(bench), bench.said('one')], [[OURS], 'synced'])
    await bench.operator.stop()
  })

  it('is tried again at once when somebody else was faster', async () => {
    const bench = new OperatorBench()
    await bench.wish('one', CLEANED_UP)
    bench.refusals.push(statusError(409, 'Conflict'))
    await bench.start()
    await bench.pass(seconds(1))
    assert.deepEqual([finalizersOf(bench), bench.store.writes], [[OURS], 1])
    await bench.operator.stop()
  })

  it('is held back again when its finalizer is taken off by hand', async () => {
    const bench = await having()
    await bench.touch('one', { finalizers: [] })
    assert.deepEqual(finalizersOf(bench), [OURS])
    await bench.operator.stop()
  })

  it('is let go of when it no longer asks for that', async () => {
    const bench = await having()
    await bench.touch('one', { finalizers: ['example.com/theirs', OURS] })
    await bench.wish('one', {})
    assert.deepEqual(finalizersOf(bench), ['example.com/theirs'])
    await bench.operator.stop()
  })

  it('has its Secret deleted before it goes', async () => {
    const bench = await having()
    await bench.wish('one', CLEANED_UP, DELETED)
    assert.deepEqual([bench.store.secrets.size, finalizersOf(bench)], [0, []])
    assert.ok(bench.logged.includes('deleted a Secret'))
    await bench.operator.stop()
  })

  it('goes where what it was made from is gone first, and its Secret too', async () => {
    const bench = await having()
    await bench.wish('one', { ...CLEANED_UP, well: 'dry' }, DELETED)
    assert.deepEqual([bench.store.secrets.size, finalizersOf(bench)], [0, []])
    await bench.operator.stop()
  })

  it('goes where its Secret is gone, or somebody else controls it', async () => {
    const bench = await having()
    const theirs = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u', controller: true }
    await bench.operator.stop()
    bench.store.put(ONE, { owners: [theirs] })
    await bench.wish('one', CLEANED_UP, DELETED)
    await bench.start()
    assert.deepEqual([bench.store.secrets.size, finalizersOf(bench)], [1, []])
    await bench.operator.stop()
  })

  it('stays, and says why, while its Secret cannot be deleted', async () => {
    const bench = await having()
    const remove = bench.store.remove.bind(bench.store)
    bench.store.remove = async () => fault('kube-forbidden', 'you may not') as never
    await bench.wish('one', CLEANED_UP, DELETED)
    assert.deepEqual([finalizersOf(bench), bench.said('one')], [[OURS], 'failed: you may not'])
    bench.store.remove = remove
    await bench.pass(minutes(1))
    assert.deepEqual([bench.store.secrets.size, finalizersOf(bench)], [0, []])
    await bench.operator.stop()
  })

  it('goes although a status was written in between', async () => {
    const bench = await having()
    bench.refusals.push(statusError(409, 'Conflict'))
    await bench.wish('one', CLEANED_UP, DELETED)
    await bench.pass(seconds(1))
    assert.deepEqual(finalizersOf(bench), [])
    await bench.operator.stop()
  })
})
