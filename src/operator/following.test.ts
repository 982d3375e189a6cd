// This file is about orders of other shards: what is known of them here, and that nothing is done for them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aWant, into } from '../../test/support/builders.ts'
import { OperatorBench, OURS, statusError, WISH } from '../../test/support/operator-bench.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import type { KubeRequest } from '../kube/client.ts'
import type { KubeObject } from '../kube/resource.ts'
import { type Orderer, ordererOf } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'
import { SECRET } from '../model/kind.ts'
import type { Resource } from '../model/resource.ts'
import type { OperatorOptions } from './operator.ts'
import { FIRST_SHARD, shardOfNamespace } from './shards.ts'

const SPELL = { ...WISH, kind: 'Spell', plural: 'spells', namespaced: false, finalizers: [] } as const
const LENDER = {
  ...WISH,
  kind: 'Lender',
  plural: 'lenders',
  namespaced: false,
  lends: true,
  finalizers: [OURS],
} as const
const PULL = { group: LENDER.group, kind: LENDER.kind, namespace: '', name: 'pull' }

/** What is outside of namespaces is of the first shard; this is one of the other. */
const OTHER = ['a', 'b', 'c', 'd', 'e'].find((name) => shardOfNamespace(name, 2) !== FIRST_SHARD) ?? ''
const OTHER_SHARD = 1
const SHARED = { namespace: OTHER, name: 'shared' }

const OLDER = { creationTimestamp: '2025-01-01T00:00:00Z' }
const YOUNGER = { creationTimestamp: '2025-02-01T00:00:00Z' }

interface Spec {
  /** Where a Spell is served. */
  readonly namespaces?: readonly string[]
  readonly is?: 'invalid' | 'unready'
  /** A Secret it looks at that nobody watches. */
  readonly reads?: string
}

function ordered(orderedBy: Orderer, namespace: string): Translation {
  const { identity, scope } = aWant()
  const logins = [{ identity: { ...identity, through: PULL }, scope }]
  const delivery = into(aDelivery({ orderedBy, logins }), { ...SHARED, namespace })
  return { is: 'order', deliveries: [delivery], warnings: [] }
}

/** Wishes, and Spells in their namespaces, want one Secret through a Lender, which is held while it is used. */
const dialect: Dialect = {
  name: 'mobb',
  kinds: [WISH, SPELL, LENDER, SECRET],
  eventSource: 'spells',
  statusManager: 'everpull',
  translate(asked: Resource, world): Translation {
    const { kind, namespace } = asked.ref
    const nothing = { is: 'order', deliveries: [], warnings: [] } as const
    if (kind === LENDER.kind)
      return world.usersOf(asked.ref).length > 0 ? { ...nothing, finalizer: OURS } : nothing
    const spec = (asked.spec ?? {}) as Spec
    if (spec.reads !== undefined) world.get({ ...SECRET, namespace: OTHER, name: spec.reads })
    if (spec.is === 'invalid') return { is: 'invalid', fault: fault('spec-invalid', 'it makes no sense') }
    if (spec.is === 'unready') {
      const cause = fault('credential-missing', 'it lacks something')
      return { is: 'unready', fault: cause, targets: [{ ...SHARED, namespace }], through: PULL }
    }
    if (kind === SPELL.kind && namespace === '') return { ...nothing, spread: spec.namespaces ?? [OTHER] }
    return ordered(ordererOf(asked), namespace)
  },
  status: (_asked, answers) => ({ status: { said: answers.map(({ is }) => is).join() }, events: [] }),
}

class ShardBench extends OperatorBench {
  /** What was told last, by plural and name. */
  readonly told = new Map<string, unknown>()
  readonly reads: string[] = []
  /** What answers about Secrets that nobody watches wait for. */
  reading: Promise<void> = Promise.resolve()
  /** The Lender's, as patched last. */
  finalizers: readonly string[] | undefined

  async begin(shard: number, objects: () => void, change: Partial<OperatorOptions> = {}): Promise<void> {
    await this.start({ ...OperatorBench.inShards, dialects: [dialect], ...change }, false)
    objects()
    await this.list()
    await this.takeShard(shard)
    await this.settleAll()
  }

  put(kind: 'Wish' | 'Spell', metadata: object, spec: Spec = {}, name = 'one'): void {
    const namespace = kind === 'Wish' ? { namespace: OTHER } : {}
    this.reflectors.of(kind).put({ name, ...namespace, ...metadata }, { spec })
  }

  ours(): unknown {
    return this.told.get('wishes/one')
  }

  protected override async answerOther({ method, path, body }: KubeRequest): Promise<unknown> {
    if (method === 'GET') return this.#read(path)
    const [, what = '', isStatus] = /\/([^/]+\/[^/]+?)(\/status)?$/.exec(path) ?? []
    const { metadata, ...members } = body as KubeObject
    if (isStatus !== undefined) {
      this.told.set(what, (members['status'] as { readonly said: unknown }).said)
    } else if (what === 'lenders/pull') this.finalizers = metadata.finalizers
    else throw statusError(404, 'NotFound')
    return { metadata: { name: 'one', resourceVersion: '9' } }
  }

  async #read(path: string): Promise<never> {
    this.reads.push(path)
    await this.reading
    throw statusError(404, 'NotFound')
  }
}

/** A Wish of ours that meets an older Spell of the first shard. */
async function meeting(spell: Spec = {}): Promise<ShardBench> {
  const bench = new ShardBench()
  await bench.begin(OTHER_SHARD, () => {
    bench.put('Spell', OLDER, spell)
    bench.put('Wish', YOUNGER)
  })
  return bench
}

describe('an order of another shard that ours meets in a Secret', () => {
  it('is yielded to from the first, and nothing is written or told for it', async () => {
    const bench = await meeting()
    assert.deepEqual([bench.ours(), bench.store.writes], ['yielded', 0])
    assert.deepEqual([...bench.told.keys()], ['wishes/one'])
    assert.deepEqual(
      bench.operator.readModel.list().map(({ ref }) => ref.kind),
      ['Wish'],
    )
    await bench.operator.stop()
  })

  it('is yielded to until it is gone, not only until it is deleted', async () => {
    const bench = await meeting()
    const deletion = { deletionTimestamp: '2026-01-01T00:00:01Z', finalizers: ['example.com/theirs'] }
    bench.put('Spell', { ...OLDER, ...deletion })
    await bench.pass(1000)
    assert.deepEqual([bench.ours(), bench.store.writes], ['yielded', 0])
    bench.reflectors.of('Spell').remove({ name: 'one' })
    await bench.pass(1000)
    assert.deepEqual([bench.ours(), bench.store.writes], ['receipt', 1])
    await bench.operator.stop()
  })

  it('is yielded to no more when it is served elsewhere', async () => {
    const bench = await meeting()
    bench.put('Spell', { ...OLDER, generation: 2 }, { namespaces: [] })
    await bench.pass(1000)
    assert.equal(bench.ours(), 'receipt')
    await bench.operator.stop()
  })

  it('is not yielded to where it makes no sense', async () => {
    const bench = await meeting({ is: 'invalid' })
    assert.equal(bench.ours(), 'receipt')
    await bench.operator.stop()
  })
})

describe('an order of another shard through what the first one lends', () => {
  const lender = (bench: ShardBench): void => bench.reflectors.of('Lender').put({ name: 'pull' })

  it('counts as a user of it', async () => {
    const bench = new ShardBench()
    await bench.begin(FIRST_SHARD, () => {
      lender(bench)
      bench.put('Wish', YOUNGER)
    })
    await bench.pass(2000)
    assert.deepEqual([bench.finalizers, bench.store.writes], [[OURS], 0])
    bench.reflectors.of('Lender').put({ name: 'pull', finalizers: [OURS] })
    bench.reflectors.of('Wish').remove({ namespace: OTHER, name: 'one' })
    await bench.pass(2000)
    assert.deepEqual(bench.finalizers, [])
    await bench.operator.stop()
  })

  it('does not count while it lacks something and was never served', async () => {
    const bench = new ShardBench()
    await bench.begin(FIRST_SHARD, () => {
      lender(bench)
      bench.put('Wish', YOUNGER, { is: 'unready' })
    })
    await bench.pass(2000)
    assert.equal(bench.finalizers, undefined)
    await bench.operator.stop()
  })
})

describe('orders of another shard that have to be read', () => {
  it('are read side by side, and ours waits until all of them are known', async () => {
    const bench = new ShardBench()
    const reading = Promise.withResolvers<void>()
    bench.reading = reading.promise
    await bench.begin(
      OTHER_SHARD,
      () => {
        for (const name of ['one', 'two', 'three']) bench.put('Spell', OLDER, { reads: name }, name)
        bench.put('Wish', YOUNGER)
      },
      { driftWatch: false },
    )
    assert.deepEqual([bench.reads.length, bench.store.writes, bench.ours()], [3, 0, undefined])
    reading.resolve()
    await bench.pass(1000)
    assert.deepEqual([bench.ours(), bench.store.writes], ['yielded', 0])
    await bench.operator.stop()
  })
})
