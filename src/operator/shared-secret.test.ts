// This file is about many orders that merge into one Secret: none is in the way of another, nor of anybody else.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench } from '../../test/support/operator-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'

const SHARED = { namespace: 'a', name: 'shared' }
const MERGED = { ...SHARED, writes: 'keys', owner: 'none' } as const

/** As many Wishes, each with a key of its own in the one Secret. */
async function merging(count: number): Promise<OperatorBench> {
  const bench = new OperatorBench()
  for (let i = 0; i < count; i += 1) await bench.wish(`w${i}`, { key: `k${i}`, target: MERGED })
  return bench
}

const names = (bench: OperatorBench): readonly string[] => [...bench.wishes.keys()]

describe('orders with keys of their own in one Secret', () => {
  it('settle by the thousand with one read and one write each, and without a warning', async () => {
    const bench = await merging(1000)
    await bench.start()
    await bench.settleAll()
    // Statuses have a pace of their own.
    await bench.pass(seconds(5))
    await bench.settleAll()
    assert.deepEqual(
      names(bench).filter((name) => bench.said(name) !== 'synced'),
      [],
    )
    assert.equal(Object.keys(bench.store.text(SHARED) ?? {}).length, 1000)
    assert.deepEqual(
      bench.events.filter((event) => event.startsWith('Warning')),
      [],
    )
    const { reads, writes, conflicts } = bench.store
    assert.deepEqual([writes, conflicts < 60, reads < 1100], [1000, true, true], `${reads} ${conflicts}`)
    assert.ok(bench.passes.length <= 2000, `${bench.passes.length} passes`)
    await bench.operator.stop()
  })

  it('are renewed with one read and one write each', async () => {
    const bench = await merging(200)
    await bench.start()
    await bench.settleAll()
    Object.assign(bench.store, { reads: 0, writes: 0, conflicts: 0 })
    bench.passes.length = 0
    await bench.pass(hours(1))
    await bench.settleAll()
    const { reads, writes, conflicts } = bench.store
    assert.deepEqual([reads, writes, conflicts], [200, 200, 0], `${bench.passes.length} passes`)
    assert.ok(!Object.values(bench.store.text(SHARED) ?? {}).includes('token-1'))
    assert.ok(bench.passes.length <= 400, `${bench.passes.length} passes`)
    await bench.operator.stop()
  })

  it('have their marks taken off, however long that fails', async () => {
    const bench = await merging(2)
    await bench.start()
    const write = bench.store.write.bind(bench.store)
    const marks = (): number => Object.keys(bench.store.secrets.get('a/shared')?.annotations ?? {}).length
    bench.store.write = async () => ({ is: 'moved' })
    await bench.forget('w0')
    assert.equal(marks(), 2)
    await bench.pass(minutes(5))
    assert.equal(marks(), 2)
    bench.store.write = write
    await bench.pass(minutes(1))
    assert.equal(marks(), 1)
    await bench.operator.stop()
  })
})
