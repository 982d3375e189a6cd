// This file is about letting go of Secrets, and about what still counts as served while an order cannot be read.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, into, textData } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { instant } from '../base/clock.ts'
import { hours, minutes } from '../base/duration.ts'
import type { Delivery } from '../model/delivery.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { type Fault, fault } from '../model/fault.ts'
import type { CurrentSecret } from './ports.ts'
import { mayLetGo, type Released, releaseAll, releaseOthers, removeOwned, servingOf } from './release.ts'

const REPO = { namespace: 'argocd', name: 'repo' }
const OWNED = aDelivery()
const MERGED = into(aDelivery(), { writes: 'keys', owner: 'none' })
const BY = OWNED.orderedBy
const MARK = deliveryAnnotation(BY.ref)
const { signal } = new AbortController()

async function benchWith(delivery: Delivery): Promise<EngineBench> {
  const bench = new EngineBench()
  bench.store.put(REPO, { data: textData({ url: 'host' }) })
  await bench.deliver(delivery)
  return bench
}

const secretOf = (bench: EngineBench) => bench.store.secrets.get('argocd/repo')
const names = (released: readonly Released[] | Fault): readonly string[] => {
  assert.ok(!('code' in released), JSON.stringify(released))
  return released.map(({ target: { name } }) => name)
}

describe('an orderer that writes elsewhere now', () => {
  const ELSEWHERE = [into(OWNED, { name: 'elsewhere' })]

  it('has the Secret it controls deleted', async () => {
    const bench = await benchWith(OWNED)
    assert.deepEqual(names(await releaseOthers(bench.parts, BY, ELSEWHERE, signal)), ['repo'])
    assert.equal(secretOf(bench), undefined)
  })

  it('leaves what it merged, without its mark', async () => {
    const bench = await benchWith(MERGED)
    assert.deepEqual(names(await releaseOthers(bench.parts, BY, ELSEWHERE, signal)), ['repo'])
    assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1' })
    assert.deepEqual(secretOf(bench)?.annotations, {})
  })

  it('leaves what an earlier incarnation of it controls to the garbage collector', async () => {
    const bench = await benchWith(OWNED)
    await releaseOthers(bench.parts, { ...BY, uid: 'new' }, ELSEWHERE, signal)
    assert.notEqual(secretOf(bench), undefined)
  })

  it('lets go of nothing it still wants', async () => {
    const bench = await benchWith(OWNED)
    assert.deepEqual(names(await releaseOthers(bench.parts, BY, [OWNED], signal)), [])
    assert.equal(bench.store.reads, 1)
  })

  it('tries again when somebody else writes in between', async () => {
    const bench = await benchWith(MERGED)
    bench.store.onWrite = () => bench.store.put(REPO, { labels: { theirs: 'x' } })
    await releaseOthers(bench.parts, BY, ELSEWHERE, signal)
    assert.deepEqual(secretOf(bench)?.annotations, {})
    assert.deepEqual(secretOf(bench)?.labels, { theirs: 'x' })
  })

  it('is told what stands in the way', async () => {
    const bench = await benchWith(MERGED)
    const forbidden = fault('kube-forbidden', 'no')
    const store = { ...bench.parts.store, carrying: () => [REPO], read: async () => forbidden }
    assert.equal(await releaseOthers({ ...bench.parts, store }, BY, ELSEWHERE, signal), forbidden)
  })

  it('lets go of the others where one stands in the way', async () => {
    const bench = await benchWith(MERGED)
    await bench.deliver(into(MERGED, { name: 'second' }))
    const forbidden = fault('kube-forbidden', 'no')
    const read = bench.store.read.bind(bench.store)
    bench.store.read = async (ref) => (ref.name === 'repo' ? forbidden : read(ref))
    assert.equal(await releaseOthers(bench.parts, BY, ELSEWHERE, signal), forbidden)
    assert.deepEqual(bench.store.carrying(MARK), [REPO])
    assert.deepEqual(bench.store.secrets.get('argocd/second')?.annotations, {})
  })

  it('gives up on a Secret that never stands still', async () => {
    const bench = await benchWith(MERGED)
    const { store } = bench
    const write = store.write.bind(store)
    store.write = (wanted) => {
      store.onWrite = () => store.put(REPO, {})
      return write(wanted)
    }
    const released = await releaseOthers(bench.parts, BY, ELSEWHERE, signal)
    assert.ok('code' in released)
    assert.equal(released.code, 'kube-conflict')
  })
})

describe('a Secret labelled as made for an orderer', () => {
  const LABEL = 'made-by'
  const orphans = { label: LABEL, value: 'repo' }
  const NOW_ELSEWHERE = [into(OWNED, { name: 'elsewhere', orphans })]
  const labelled = async (change: Partial<CurrentSecret> = {}): Promise<EngineBench> => {
    const bench = new EngineBench()
    bench.store.put(REPO, { labels: { [LABEL]: 'repo' }, ...change })
    return bench
  }
  const released = (bench: EngineBench, wanted = NOW_ELSEWHERE) =>
    releaseOthers(bench.parts, BY, wanted, signal)

  it('is deleted where it is written elsewhere now, whoever wrote it', async () => {
    const bench = await labelled()
    assert.deepEqual(await released(bench), [{ target: REPO, isDeleted: true }])
    assert.equal(secretOf(bench), undefined)
  })

  it('stays where it is what is wanted', async () => {
    const bench = await labelled()
    assert.deepEqual(await released(bench, [into(OWNED, { orphans })]), [])
    assert.notEqual(secretOf(bench), undefined)
  })

  it('stays where somebody else controls it', async () => {
    const theirs = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x', uid: 'u', controller: true }
    const bench = await labelled({ owners: [theirs] })
    await released(bench)
    assert.notEqual(secretOf(bench), undefined)
  })

  it('stays where the orderer no longer owns what it writes', async () => {
    const bench = await labelled()
    await released(bench, [into(MERGED, { name: 'elsewhere' })])
    assert.notEqual(secretOf(bench), undefined)
  })

  it('stays in another namespace', async () => {
    const bench = new EngineBench()
    bench.store.put({ namespace: 'apps', name: 'copy' }, { labels: { [LABEL]: 'repo' } })
    assert.deepEqual(await released(bench), [])
  })
})

describe('an order of which some fails', () => {
  const [one, two] = ['one', 'two'].map((name) => into(aDelivery(), { name }))
  assert.ok(one && two)
  const no = fault('target-foreign', 'no')

  it('lets go of the others once all that fails has stood before, where nothing is watched too', async () => {
    for (const isWatching of [true, false]) {
      const bench = new EngineBench()
      bench.store.isWatching = isWatching
      const stood = await bench.deliver(one)
      const failed = { is: 'failed', fault: no, at: bench.clock.now() } as const
      assert.equal(mayLetGo(bench.parts, [one, two], [failed, stood]), true)
      assert.equal(mayLetGo(bench.parts, [one, two], [stood, failed]), false)
    }
  })

  it('keeps them while its own Secret is gone', async () => {
    const bench = new EngineBench()
    await bench.deliver(one)
    bench.store.drop({ namespace: 'argocd', name: 'one' })
    const failed = { is: 'failed', fault: no, at: bench.clock.now() } as const
    assert.equal(mayLetGo(bench.parts, [one], [failed]), false)
  })
})

describe('a Secret that an order made for itself alone', () => {
  const creating = into(aDelivery(), { owner: 'creator', writes: 'keys' })
  const elsewhere = [into(creating, { name: 'elsewhere' })]

  it('is deleted once it writes elsewhere', async () => {
    const bench = new EngineBench()
    await bench.deliver(creating)
    assert.deepEqual(await releaseOthers(bench.parts, BY, elsewhere, signal), [
      { target: REPO, isDeleted: true },
    ])
  })

  it('stays where it was there before, without the mark', async () => {
    const bench = await benchWith(creating)
    assert.deepEqual(await releaseOthers(bench.parts, BY, elsewhere, signal), [
      { target: REPO, isDeleted: false },
    ])
    assert.deepEqual(secretOf(bench)?.annotations, {})
    assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1' })
  })
})

describe('an orderer whose Secrets go with it', () => {
  const removed = (bench: EngineBench, by = BY) => removeOwned(bench.parts, by, [REPO], signal)

  it('has those deleted that it controls', async () => {
    const bench = await benchWith(OWNED)
    assert.deepEqual(await removed(bench), [REPO])
    assert.equal(secretOf(bench), undefined)
  })

  it('has those deleted that it controlled until its reference was taken off', async () => {
    const bench = await benchWith(OWNED)
    bench.store.put(REPO, { owners: [] })
    assert.deepEqual(await removed(bench), [REPO])
  })

  it('has nothing deleted that its namesake before it controlled', async () => {
    const bench = await benchWith(OWNED)
    assert.deepEqual(await removed(bench, { ...BY, uid: 'new' }), [])
    assert.notEqual(secretOf(bench), undefined)
  })

  it('has nothing deleted that was there before it and that nobody controls', async () => {
    for (const owner of ['none', 'creator'] as const) {
      const bench = await benchWith(into(OWNED, { owner, writes: 'keys' }))
      assert.deepEqual(await removed(bench), [])
      assert.notEqual(secretOf(bench), undefined)
    }
  })

  it('has nothing deleted that it never wrote', async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, {})
    assert.deepEqual(await removed(bench), [])
    assert.notEqual(secretOf(bench), undefined)
  })

  it('is done where there is nothing', async () => {
    assert.deepEqual(await removed(new EngineBench()), [])
  })
})

describe('a Secret that somebody changes while it is deleted', () => {
  it('is told as deleted once', async () => {
    const bench = await benchWith(OWNED)
    const remove = bench.store.remove.bind(bench.store)
    const outcomes = [{ is: 'moved' } as const]
    const store = Object.assign(Object.create(bench.store), {
      remove: async (secret: CurrentSecret) => outcomes.shift() ?? remove(secret),
    })
    assert.deepEqual(await removeOwned({ ...bench.parts, store }, BY, [REPO], signal), [REPO])
  })
})

describe('an orderer that is gone', () => {
  it('leaves what it controlled to the garbage collector', async () => {
    const bench = await benchWith(OWNED)
    const before = secretOf(bench)
    assert.deepEqual(await releaseAll(bench.parts, BY.ref, signal), [])
    assert.equal(secretOf(bench), before)
  })

  it('leaves what it merged, without its mark', async () => {
    const bench = await benchWith(MERGED)
    assert.deepEqual(await releaseAll(bench.parts, BY.ref, signal), [])
    assert.equal(secretOf(bench)?.annotations[MARK], undefined)
    assert.deepEqual(bench.store.text(REPO), { url: 'host', password: 'token-1' })
  })

  it('is not taken for a namesake of another API that controls the Secret', async () => {
    const bench = await benchWith(MERGED)
    const namesake = { apiVersion: 'other.io/v1', kind: 'ExternalSecret', name: 'repo', uid: 'u' }
    bench.store.put(REPO, { owners: [{ ...namesake, controller: true }] })
    await releaseAll(bench.parts, BY.ref, signal)
    assert.equal(secretOf(bench)?.annotations[MARK], undefined)
  })

  it('leaves alone what carries a copy of its mark in another namespace', async () => {
    const bench = await benchWith(MERGED)
    const elsewhere = { namespace: 'elsewhere', name: 'copy' }
    bench.store.put(elsewhere, { annotations: { ...secretOf(bench)?.annotations } })
    await releaseAll(bench.parts, BY.ref, signal)
    assert.notEqual(bench.store.secrets.get('elsewhere/copy')?.annotations[MARK], undefined)
  })

  it('writes nothing where its mark is gone already', async () => {
    const bench = await benchWith(MERGED)
    const [carried] = bench.store.carrying(MARK)
    assert.ok(carried)
    bench.store.put(REPO, { annotations: {} })
    const { writes } = bench.store
    bench.store.carrying = () => [carried]
    await releaseAll(bench.parts, BY.ref, signal)
    assert.equal(bench.store.writes, writes)
  })
})

describe('an order that cannot be read', () => {
  const serving = (bench: EngineBench) => servingOf(bench.parts, BY.ref, [REPO], signal)

  it('still serves what it wrote, without a request, since it was first noticed', async () => {
    const bench = await benchWith(OWNED)
    const writtenAt = bench.clock.now()
    bench.clock.advance(minutes(1))
    const since = bench.clock.now()
    const { reads } = bench.store
    const until = instant(writtenAt + hours(12))
    assert.deepEqual(await serving(bench), { until, since })
    bench.clock.advance(minutes(1))
    assert.deepEqual(await serving(bench), { until, since })
    assert.equal(bench.store.reads, reads)
  })

  it('still serves what it wrote before a restart, by the mark on the Secret', async () => {
    const bench = await benchWith(OWNED)
    bench.restart()
    assert.notEqual(await serving(bench), undefined)
  })

  it('serves nothing once the Secret is gone', async () => {
    const bench = await benchWith(OWNED)
    bench.store.secrets.clear()
    assert.equal(await serving(bench), undefined)
    bench.store.isWatching = false
    assert.equal(await serving(bench), undefined)
  })

  it('serves nothing once the login is dead', async () => {
    const bench = await benchWith(OWNED)
    bench.clock.advance(hours(12))
    assert.equal(await serving(bench), undefined)
    bench.restart()
    assert.equal(await serving(bench), undefined)
  })

  it('serves nothing it never wrote', async () => {
    const bench = new EngineBench()
    bench.store.put(REPO, { data: textData({ password: 'theirs' }) })
    assert.equal(await serving(bench), undefined)
  })

  it('does not let an unproven mark pass for a proven one later', async () => {
    const bench = await benchWith(OWNED)
    bench.restart()
    bench.store.put(REPO, { data: textData({ password: 'edited' }) })
    assert.notEqual(await serving(bench), undefined)
    await bench.deliver(OWNED)
    assert.notDeepEqual(bench.store.text(REPO), { password: 'edited' })
  })

  it('serves what it remembers while nobody can look', async () => {
    const bench = await benchWith(OWNED)
    bench.store.isWatching = false
    bench.store.read = async () => fault('kube-unavailable', 'no answer')
    assert.notEqual(await serving(bench), undefined)
  })
})
