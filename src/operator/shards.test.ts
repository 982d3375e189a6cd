// This file is about which shard an object belongs to, and what the other terms do about it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Ref } from '../model/ref.ts'
import {
  FIRST_SHARD,
  type Shard,
  shardAt,
  type ShardedKind,
  shardOfNamespace,
  type Stance,
  WHOLE,
} from './shards.ts'

const KINDS: Readonly<Record<string, ShardedKind>> = {
  Order: { namespaced: true },
  /** Into Secrets of many namespaces. */
  Spread: { namespaced: false },
  /** Through objects of its own. */
  Parent: { namespaced: false, children: [{ group: 'g', kind: 'Order', plural: 'orders' }] },
  Lender: { namespaced: false, lends: true },
}

const ref = (kind: string, namespace: string): Ref => ({ group: 'g', kind, namespace, name: 'n' })

const all = (count: number, kinds: Readonly<Record<string, ShardedKind>> = KINDS): readonly Shard[] =>
  Array.from({ length: count }, (_none, index) =>
    shardAt(index, count, (key) => kinds[key.slice('g/'.length)], Object.values(kinds)),
  )

const stances = (shards: readonly Shard[], of: Ref): readonly Stance[] =>
  shards.map((shard) => shard.stance(of))
const names = fc.string({ minLength: 1, maxLength: 20 })
const counts = fc.integer({ min: 2, max: 64 })

describe('an object', () => {
  it('belongs to one shard, whatever it is and wherever it lives', () => {
    const refs = fc.record({ kind: fc.constantFrom(...Object.keys(KINDS)), namespace: names })
    fc.assert(
      fc.property(counts, refs, (count, { kind, namespace }) => {
        const owners = stances(all(count), ref(kind, namespace)).filter((stance) => stance === 'owns')
        assert.equal(owners.length, 1)
      }),
    )
  })

  it('belongs to the shard of all that is in its namespace', () => {
    fc.assert(
      fc.property(counts, names, (count, namespace) => {
        assert.equal(
          stances(all(count), ref('Order', namespace)).indexOf('owns'),
          shardOfNamespace(namespace, count),
        )
      }),
    )
  })

  it('outside of namespaces belongs to the first shard, with its shares', () => {
    for (const kind of ['Spread', 'Parent', 'Lender'])
      assert.equal(stances(all(4), ref(kind, '')).indexOf('owns'), FIRST_SHARD)
    assert.equal(stances(all(4), ref('Spread', 'somewhere')).indexOf('owns'), FIRST_SHARD)
  })

  it('in a namespace is followed by the first shard alone', () => {
    const namespace = namespaceIn(2, 4)
    assert.deepEqual(stances(all(4), ref('Order', namespace)), ['follows', 'ignores', 'owns', 'ignores'])
  })

  it('is followed by nobody where nothing meets it', () => {
    const { Order } = KINDS
    assert.ok(Order !== undefined)
    assert.deepEqual(stances(all(4, { Order }), ref('Order', namespaceIn(2, 4))), [
      'ignores',
      'ignores',
      'owns',
      'ignores',
    ])
  })

  it('is followed by the first shard where orders outside of namespaces lend to it, meet it or own it', () => {
    const { Order, ...others } = KINDS
    assert.ok(Order !== undefined)
    for (const [name, kind] of Object.entries(others)) {
      const [first] = stances(all(4, { Order, [name]: kind }), ref('Order', namespaceIn(2, 4)))
      assert.equal(first, 'follows', name)
    }
  })

  it('that is spread is followed by all, and its shares where they are', () => {
    assert.deepEqual(stances(all(3), ref('Spread', '')), ['owns', 'follows', 'follows'])
    assert.deepEqual(stances(all(3), ref('Spread', namespaceIn(2, 3))), ['owns', 'ignores', 'follows'])
    assert.deepEqual(stances(all(3), ref('Parent', '')), ['owns', 'ignores', 'ignores'])
    assert.deepEqual(stances(all(3), ref('Lender', '')), ['owns', 'ignores', 'ignores'])
  })

  it('of a kind that nobody orders is nobody’s', () => {
    assert.deepEqual(stances(all(2), ref('Other', 'a')), ['ignores', 'ignores'])
  })

  it('is the one term’s where nothing is dealt out', () => {
    assert.equal(all(1)[0], WHOLE)
    assert.equal(WHOLE.stance(ref('Other', 'a')), 'owns')
  })
})

describe('namespaces', () => {
  it('are dealt out alike in every release', () => {
    assert.deepEqual(
      ['default', 'apps', 'argocd', 'team-a'].map((namespace) => shardOfNamespace(namespace, 16)),
      [1, 9, 14, 12],
    )
  })

  it('are dealt out evenly', () => {
    const parts = Array.from({ length: 8 }, () => 0)
    for (let number = 0; number < 8000; number += 1) {
      const shard = shardOfNamespace(`team-${number}`, 8)
      parts[shard] = (parts[shard] ?? 0) + 1
    }
    for (const part of parts) assert.ok(part > 900 && part < 1100, parts.join())
  })
})

function namespaceIn(shard: number, count: number): string {
  for (let number = 0; ; number += 1) {
    if (shardOfNamespace(`ns-${number}`, count) === shard) return `ns-${number}`
  }
}
