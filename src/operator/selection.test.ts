// This file is about serving only what a label selector names: what leaves the selection is not gone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench, statusError } from '../../test/support/operator-bench.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import type { KubeRequest } from '../kube/client.ts'
import { seconds } from '../base/duration.ts'

const ONE = { namespace: 'a', name: 'one' }
const MARK = deliveryAnnotation({ group: 'example.com', kind: 'Wish', ...ONE })

/** Answers whether a Wish is there, whatever its labels. */
class SelectingBench extends OperatorBench {
  isDown = false
  asked: (string | undefined)[] = []

  protected override answerOther({ query = {} }: KubeRequest): unknown {
    this.asked.push(query['fieldSelector'])
    if (this.isDown) throw statusError(503, 'ServiceUnavailable')
    const name = query['fieldSelector']?.slice('metadata.name='.length) ?? ''
    return { items: this.wishes.has(name) ? [{ metadata: { name } }] : [] }
  }

  /** As the API server tells of an object whose labels are others now. */
  async unselect(name: string): Promise<void> {
    this.reflectors.of('Wish').remove({ namespace: 'a', name })
    await this.settle()
  }

  isMarked(): boolean {
    return this.store.secrets.get('a/one')?.annotations[MARK] !== undefined
  }
}

async function serving(): Promise<SelectingBench> {
  const bench = new SelectingBench()
  await bench.wish('one', { target: { owner: 'none' } })
  await bench.start({ selector: 'team=a' })
  assert.equal(bench.isMarked(), true)
  return bench
}

describe('what is selected', () => {
  it('is asked of the API server', async () => {
    const bench = await serving()
    assert.equal(bench.reflectors.of('Wish').labelSelector, 'team=a')
    assert.equal(bench.reflectors.of('Well').labelSelector, undefined)
    await bench.operator.stop()
  })
})

describe('an object that leaves the selection', () => {
  it('keeps its Secret and the mark on it, and is looked after no more', async () => {
    const bench = await serving()
    const { writes } = bench.store
    await bench.unselect('one')
    await bench.pass(seconds(30))
    assert.deepEqual([bench.store.writes, bench.isMarked()], [writes, true])
    assert.deepEqual(bench.operator.readModel.list(), [])
    assert.deepEqual(bench.asked, ['metadata.name=one'])
    await bench.operator.stop()
  })

  it('is served again when it comes back', async () => {
    const bench = await serving()
    await bench.unselect('one')
    await bench.wish('one', { key: 'other', target: { owner: 'none' } })
    assert.deepEqual(Object.keys(bench.store.text(ONE) ?? {}), ['other'])
    await bench.operator.stop()
  })

  it('is let alone until somebody can tell whether it is gone', async () => {
    const bench = await serving()
    bench.isDown = true
    await bench.unselect('one')
    assert.equal(bench.isMarked(), true)
    bench.isDown = false
    bench.wishes.delete('one')
    await bench.pass(seconds(10))
    assert.equal(bench.isMarked(), false)
    await bench.operator.stop()
  })

  it('is cleaned up after when it is gone indeed', async () => {
    const bench = await serving()
    await bench.forget('one')
    assert.equal(bench.isMarked(), false)
    await bench.operator.stop()
  })
})
