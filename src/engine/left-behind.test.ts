// This file is about testing who is found to have gone while nobody looked.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { aDelivery, anOrderer, into } from '../../test/support/builders.ts'
import { EngineBench } from '../../test/support/engine-bench.ts'
import { minutes } from '../base/duration.ts'
import { deliveryAnnotation } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'
import type { Ref } from '../model/ref.ts'
import { leftBehind } from './left-behind.ts'
import { releaseAll } from './release.ts'

const merged = (name: string, target = name) =>
  into(aDelivery({}, name), { name: target, writes: 'keys', owner: 'none' })
const { signal } = new AbortController()

async function benchWith(...names: readonly string[]): Promise<EngineBench> {
  const bench = new EngineBench()
  for (const name of names) await bench.deliver(merged(name))
  bench.restart()
  bench.store.reads = 0
  return bench
}

async function found(
  bench: EngineBench,
  known: readonly Ref[],
  isGone: (by: Ref) => boolean = () => true,
): Promise<readonly string[]> {
  const names: string[] = []
  for await (const by of leftBehind(bench.parts, known, isGone, signal)) names.push(by.name)
  return names
}

it('an orderer that is gone is found by its mark, and what it left is taken off', async () => {
  const bench = await benchWith('here', 'gone')
  assert.deepEqual(await found(bench, [anOrderer('here').ref]), ['gone'])
  assert.equal(bench.store.reads, 1)
  await releaseAll(bench.parts, anOrderer('gone').ref, signal)
  assert.deepEqual(await found(bench, [anOrderer('here').ref]), [])
  assert.equal(bench.store.carrying(deliveryAnnotation(anOrderer('here').ref)).length, 1)
})

it('where everybody is there, nothing is read', async () => {
  const bench = await benchWith('a', 'b')
  assert.deepEqual(await found(bench, [anOrderer('a').ref, anOrderer('b').ref]), [])
  assert.equal(bench.store.reads, 0)
})

it('an orderer is found once, however many Secrets it has marked', async () => {
  const bench = await benchWith('gone')
  await bench.deliver(merged('gone', 'another'))
  assert.deepEqual(await found(bench, []), ['gone'])
})

it('nobody is found of whom it is not known that he is gone', async () => {
  const bench = await benchWith('other')
  assert.deepEqual(await found(bench, [], () => false), [])
})

it('whoever owned the Secret is left to the garbage collector', async () => {
  const bench = new EngineBench()
  await bench.deliver(aDelivery())
  assert.deepEqual(await found(bench, []), [])
})

it('a mark that was copied to another namespace, renamed, or made up finds nobody', async () => {
  const bench = await benchWith('gone')
  const { annotations = {} } = bench.store.secrets.get('argocd/gone') ?? {}
  const [text = ''] = Object.values(annotations)
  const renamed = { [deliveryAnnotation(anOrderer('somebody').ref)]: text }
  const madeUp = { [deliveryAnnotation(anOrderer('else').ref)]: '{"by":"a/b"}' }
  bench.store.drop({ namespace: 'argocd', name: 'gone' })
  bench.store.put({ namespace: 'elsewhere', name: 'copy' }, { annotations })
  bench.store.put({ namespace: 'argocd', name: 'copy' }, { annotations: { ...renamed, ...madeUp } })
  assert.deepEqual(await found(bench, []), [])
})

it('a Secret that cannot be read now is read later', async () => {
  const bench = await benchWith('gone')
  const read = bench.store.read.bind(bench.store)
  const answers = [fault('kube-unavailable', 'no answer')]
  bench.store.read = async (ref) => answers.shift() ?? read(ref)
  const finding = found(bench, [])
  await new Promise(setImmediate)
  bench.clock.advance(minutes(1))
  assert.deepEqual(await finding, ['gone'])
})
