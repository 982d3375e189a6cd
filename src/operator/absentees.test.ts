// This file is about searches for who is gone that are asked for while one is under way.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { aDelivery, into } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { silentLog } from '../base/log.ts'
import { AbsenteeSearch } from './absentees.ts'

const merged = (name: string) => into(aDelivery({}, name), { name, writes: 'keys', owner: 'none' })

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 10; turns += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Marks of two who are not there; how many Secrets were read, and the most at once. */
async function searching() {
  const bench = new EngineBench()
  for (const name of ['one', 'two']) await bench.deliver(merged(name))
  const { store, clock } = bench
  const seen = { reads: 0, atOnce: 0, most: 0 }
  const read = store.read.bind(store)
  store.read = async (ref) => {
    seen.reads += 1
    seen.atOnce += 1
    seen.most = Math.max(seen.most, seen.atOnce)
    await new Promise((resolve) => setImmediate(resolve))
    seen.atOnce -= 1
    return read(ref)
  }
  const ending = new AbortController()
  const search = new AbsenteeSearch({
    store,
    clock,
    served: new Map(),
    links: { sweep: async () => {} },
    linking: () => [],
    lookAgain: () => {},
    ending: ending.signal,
    log: silentLog,
  })
  return { search, seen, ending }
}

it('one search is under way at a time, and the last that was asked for reads everything', async () => {
  const { search, seen } = await searching()
  for (let kinds = 0; kinds < 5; kinds += 1) search.begin()
  await settled()
  assert.deepEqual([seen.reads, seen.most], [2, 1])
  search.begin()
  await settled()
  assert.deepEqual([seen.reads, seen.most], [4, 1])
})

it('one that is under way begins anew after the Secret it is at', async () => {
  const { search, seen } = await searching()
  search.begin()
  for (let turns = 0; seen.reads === 0 && turns < 100; turns += 1) await Promise.resolve()
  search.begin()
  await settled()
  assert.deepEqual([seen.reads, seen.most], [3, 1])
})

it('nothing is searched for once the term is over', async () => {
  const { search, seen, ending } = await searching()
  ending.abort()
  search.begin()
  await search.beginAll()
  await settled()
  assert.equal(seen.reads, 0)
})
