// This file is about the records a store holds and the changes it tells.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoreChange } from './store.ts'
import { RecordStore } from './store.ts'

function aStore() {
  const store = new RecordStore<{ v: number }>((before, now) => before.v === now.v)
  const told: string[] = []
  const note = (change: StoreChange<{ v: number }>): void => {
    told.push(
      change.type === 'synced'
        ? 'synced'
        : `${change.type} ${change.object.namespace ?? '-'}/${change.object.name}`,
    )
  }
  return { store, told, note, end: store.subscribe(note) }
}

const a = { namespace: 'n', name: 'a' }
const b = { namespace: 'm', name: 'b' }
const cluster = { name: 'c' }

test('records are found by namespace and name, and listed', () => {
  const { store } = aStore()
  store.upsert(a, { v: 1 })
  store.upsert(b, { v: 2 })
  store.upsert(cluster, { v: 3 })
  assert.deepEqual([store.get(a)?.v, store.get({ name: 'a' }), store.get(cluster)?.v], [1, undefined, 3])
  assert.deepEqual(
    store.list().map(({ v }) => v),
    [1, 2, 3],
  )
  assert.deepEqual(
    [store.inNamespace('m'), store.inNamespace(''), store.inNamespace('x')],
    [[{ v: 2 }], [{ v: 3 }], []],
  )
  assert.equal(store.size, 3)
})

test('a change is told with what was before, and one that tells nothing new is only stored', () => {
  const { store, told } = aStore()
  const changes: StoreChange<{ v: number }>[] = []
  store.subscribe((change) => changes.push(change))
  const again = { v: 1 }
  store.upsert(a, { v: 1 })
  store.upsert(a, again)
  assert.equal(store.get(a), again)
  store.upsert(a, { v: 2 })
  store.delete(a)
  store.delete(a)
  assert.deepEqual(told, ['upsert n/a', 'upsert n/a', 'delete n/a'])
  assert.deepEqual(changes[1], { type: 'upsert', object: a, now: { v: 2 }, before: again })
  assert.equal(store.size, 0)
})

test('a sweep deletes what was not seen, in one namespace or in all', () => {
  const { store, told } = aStore()
  for (const object of [a, b, cluster]) store.upsert(object, { v: 1 })
  store.sweep('n', () => false)
  assert.deepEqual(store.list().length, 2)
  store.sweep(undefined, ({ name }) => name === 'c')
  assert.deepEqual(told.slice(3), ['delete n/a', 'delete m/b'])
})

test('synced is told once', () => {
  const { store, told } = aStore()
  store.markSynced()
  store.markSynced()
  assert.deepEqual([told, store.synced], [['synced'], true])
})

test('a listener that throws does not keep the others from being told, and one that left is not told', () => {
  const { store, told, end } = aStore()
  const stubborn = new RecordStore<number>()
  const heard: string[] = []
  stubborn.subscribe(() => {
    throw new RangeError('a bug')
  })
  stubborn.subscribe(({ type }) => heard.push(type))
  assert.throws(() => stubborn.upsert(a, 1), RangeError)
  assert.deepEqual(heard, ['upsert'])
  end()
  store.upsert(a, { v: 1 })
  assert.deepEqual(told, [])
})
