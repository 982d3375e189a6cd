// This file is about Secrets that are replaced without being read, and those that are not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, into, passwordUnder, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { minutes } from '../base/duration.ts'
import type { Delivery } from '../model/delivery.ts'

const REPO = { namespace: 'argocd', name: 'repo' }

const secretIn = (bench: EngineBench) => bench.store.secrets.get('argocd/repo')
const keysOnly = (name = 'repo', key = 'password'): Delivery =>
  into(aDelivery({ shape: passwordUnder(key) }, name), { writes: 'keys' })

/** How often a Secret is read while its login is renewed. */
async function readsToRenew(bench: EngineBench, delivery: Delivery): Promise<number> {
  const before = bench.store.reads
  bench.clock.advance(minutes(61))
  const answer = await bench.deliver(delivery)
  assert.deepEqual([answer.is, answer.is === 'receipt' && answer.wrote], ['receipt', 'updated'])
  return bench.store.reads - before
}

async function benchAfter(delivery: Delivery): Promise<EngineBench> {
  const bench = new EngineBench()
  await bench.deliver(delivery)
  return bench
}

describe('a Secret that holds nothing but what was written', () => {
  it('is renewed again and again without being read', async () => {
    const bench = await benchAfter(aDelivery())
    assert.deepEqual([await readsToRenew(bench, aDelivery()), await readsToRenew(bench, aDelivery())], [0, 0])
    assert.deepEqual(bench.store.text(REPO), { password: 'token-3' })
    assert.equal(secretIn(bench)?.owners.length, 1)
  })

  it('gets a login of new access keys without being read', async () => {
    const bench = await benchAfter(aDelivery())
    bench.logins.credentials = 'v2'
    await bench.deliver(aDelivery())
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
    assert.equal(bench.store.reads, 0)
  })

  it('keeps its labels, annotations, finalizers and stamp', async () => {
    const dressed = into(aDelivery(), {
      labels: { team: 'a' },
      marks: { managed: 'true', former: null },
      annotations: { note: 'n' },
      finalizers: ['example.com/hold'],
      stamp: { annotation: 'digest', digest: 'go-map-sha3-224' },
    })
    const bench = await benchAfter(dressed)
    const before = secretIn(bench)
    assert.equal(await readsToRenew(bench, dressed), 0)
    const after = secretIn(bench)
    assert.deepEqual(after?.labels, { team: 'a', managed: 'true' })
    assert.deepEqual(after?.finalizers, ['example.com/hold'])
    assert.equal(after?.annotations['note'], 'n')
    assert.notEqual(after?.annotations['digest'], before?.annotations['digest'])
  })

  it('is read once after a restart', async () => {
    const bench = await benchAfter(aDelivery())
    bench.restart()
    assert.deepEqual([await readsToRenew(bench, aDelivery()), await readsToRenew(bench, aDelivery())], [1, 0])
  })

  it('is read once where single keys are written, as a webhook may have added others when it was created', async () => {
    const bench = await benchAfter(keysOnly())
    assert.deepEqual([await readsToRenew(bench, keysOnly()), await readsToRenew(bench, keysOnly())], [1, 0])
  })

  it('is read when something else is asked for', async () => {
    const bench = await benchAfter(aDelivery())
    const labelled = into(aDelivery(), { labels: { team: 'a' } })
    assert.equal(await readsToRenew(bench, labelled), 1)
    assert.equal(await readsToRenew(bench, labelled), 0)
  })

  it('is read when somebody was faster, and keeps what they did', async () => {
    const bench = await benchAfter(aDelivery())
    bench.store.onWrite = () => bench.store.put(REPO, { labels: { theirs: 'x' } })
    assert.equal(await readsToRenew(bench, aDelivery()), 1)
    assert.deepEqual(secretIn(bench)?.labels, { theirs: 'x' })
    assert.deepEqual(bench.store.text(REPO), { password: 'token-2' })
  })
})

describe('a Secret that holds something of others too', () => {
  const THEIRS = {
    label: { labels: { theirs: 'x' } },
    annotation: { annotations: { theirs: 'x' } },
    owner: { owners: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: 'u' }] },
    finalizer: { finalizers: ['example.com/theirs'] },
  }
  for (const [what, theirs] of Object.entries(THEIRS)) {
    it(`is read at each renewal, for its ${what}`, async () => {
      const order = into(aDelivery(), { owner: 'creator' })
      const bench = await benchAfter(order)
      const { labels, annotations, owners, finalizers } = secretIn(bench) ?? assert.fail()
      bench.store.put(REPO, {
        labels: { ...labels, ...('labels' in theirs ? theirs.labels : {}) },
        annotations: { ...annotations, ...('annotations' in theirs ? theirs.annotations : {}) },
        owners: [...owners, ...('owners' in theirs ? theirs.owners : [])],
        finalizers: [...finalizers, ...('finalizers' in theirs ? theirs.finalizers : [])],
      })
      assert.deepEqual([await readsToRenew(bench, order), await readsToRenew(bench, order)], [1, 1])
      const after = secretIn(bench)
      assert.equal(after?.labels['theirs'], 'labels' in theirs ? 'x' : undefined)
      assert.equal(after?.annotations['theirs'], 'annotations' in theirs ? 'x' : undefined)
      assert.equal(after?.owners.length, 'owners' in theirs ? 2 : 1)
      assert.deepEqual(after?.finalizers, 'finalizers' in theirs ? theirs.finalizers : [])
    })
  }

  it('keeps the label that a webhook gave it', async () => {
    const bench = new EngineBench()
    bench.store.webhook = { team: 'theirs' }
    await bench.deliver(aDelivery())
    assert.equal(await readsToRenew(bench, aDelivery()), 1)
    assert.deepEqual(secretIn(bench)?.labels, { team: 'theirs' })
  })

  it('keeps a key beside ours', async () => {
    const bench = await benchAfter(keysOnly())
    bench.store.put(REPO, { data: textData({ password: 'token-1', theirs: 'x' }) })
    assert.deepEqual([await readsToRenew(bench, keysOnly()), await readsToRenew(bench, keysOnly())], [1, 1])
    assert.deepEqual(bench.store.text(REPO), { password: 'token-3', theirs: 'x' })
  })

  it('stays without an owner where ours was taken off', async () => {
    const order = into(aDelivery(), { owner: 'creator' })
    const bench = await benchAfter(order)
    bench.store.put(REPO, { owners: [] })
    assert.deepEqual([await readsToRenew(bench, order), await readsToRenew(bench, order)], [1, 1])
    assert.deepEqual(secretIn(bench)?.owners, [])
  })

  it('is read while another order claims a key in it', async () => {
    const [mine, other] = [keysOnly(), keysOnly('other', 'token')]
    const bench = await benchAfter(mine)
    assert.equal(await readsToRenew(bench, mine), 1)
    bench.claims.state(other.orderedBy.ref, [other])
    assert.equal(await readsToRenew(bench, mine), 1)
    bench.claims.state(other.orderedBy.ref, [])
    assert.equal(await readsToRenew(bench, mine), 0)
  })
})
