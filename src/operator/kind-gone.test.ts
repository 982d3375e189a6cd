// This file is about definitions that go away, or go over to another version, under a running operator.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench } from '../../test/support/operator-bench.ts'
import { SecretData } from '../base/secret-text.ts'

const PULL = { namespace: 'a', name: 'pull' }

/** A Wish has merged the login into a Secret of somebody else's. */
async function merged(): Promise<OperatorBench> {
  const bench = new OperatorBench()
  bench.store.put(PULL, { data: new SecretData(new Map([['url', Buffer.from('https://h')]])) })
  await bench.start()
  await bench.wish('pull', { target: { writes: 'keys', owner: 'none', whenMissing: 'wait' } })
  assert.equal(marks(bench), 1)
  return bench
}

const marks = (bench: OperatorBench): number =>
  Object.keys(bench.store.secrets.get('a/pull')?.annotations ?? {}).length

async function uninstalled(bench: OperatorBench): Promise<void> {
  bench.versions = []
  bench.reflectors.of('Wish').enter({ is: 'absent' })
  await bench.pass(10_000)
}

describe('a definition that is removed', () => {
  it('takes nothing off the Secrets its objects wrote, for nobody saw them deleted', async () => {
    const bench = await merged()
    const { writes } = bench.store
    await uninstalled(bench)
    assert.deepEqual([marks(bench), bench.store.writes, bench.operator.readModel.list()], [1, writes, []])
    await bench.operator.stop()
  })

  it('brings its objects back with it, and nothing is written or asked of AWS', async () => {
    const bench = await merged()
    const { writes } = bench.store
    await uninstalled(bench)
    bench.versions = ['v1']
    await bench.pass(2000)
    bench.reflectors.of('Wish').sync()
    await bench.touch('pull', { labels: { back: 'true' } })
    assert.deepEqual([bench.operator.readModel.list().length, bench.store.writes], [1, writes])
    assert.equal(bench.logins.mints, 1)
    await bench.operator.stop()
  })

  it('is not one that answers 404 once: an object deleted meanwhile is let go of', async () => {
    const bench = await merged()
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    bench.reflectors.of('Wish').sync()
    await bench.settle()
    assert.equal(marks(bench), 0)
    await bench.operator.stop()
  })
})

describe('an object that is read in another version', () => {
  it('is looked at again, and not written when it orders the same', async () => {
    const bench = await merged()
    const { writes } = bench.store
    const passes = bench.passes.length
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    bench.versions = ['v1beta1']
    await bench.pass(2000)
    assert.equal(bench.reflectors.of('Wish').type.version, 'v1beta1')
    await bench.touch('pull', {})
    bench.reflectors.of('Wish').sync()
    await bench.settle()
    assert.deepEqual([bench.passes.length - passes, bench.store.writes - writes], [1, 0])
    await bench.operator.stop()
  })
})
