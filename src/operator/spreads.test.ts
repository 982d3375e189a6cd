// This file is about testing orders that are spread over namespaces: each share is an order, and all of them are told of as one.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textData } from '../../test/support/builders.ts'
import { OURS } from '../../test/support/operator-bench.ts'
import { SpellBench } from '../../test/support/spell-bench.ts'
import { hours, seconds } from '../base/duration.ts'

describe('an order spread over namespaces', () => {
  it('is served in each of them, with one login for all', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b', 'c'])
    assert.deepEqual(bench.secrets, ['a/spell', 'b/spell', 'c/spell'])
    assert.equal(bench.logins.mints, 1)
    await bench.pass(seconds(2))
    assert.match(bench.words, /a receipt; b receipt; c receipt/)
    await bench.operator.stop()
  })

  it('serves a namespace that comes, and leaves the others alone', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    const passes = bench.passes.length
    bench.reflectors.of('Namespace').put({ name: 'c' })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell', 'b/spell', 'c/spell'])
    assert.ok(bench.passes.length - passes <= 4, `it took ${bench.passes.length - passes} passes`)
    await bench.operator.stop()
  })

  it('deletes what it made where it is no longer served', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    bench.cast({ exclude: ['b'] })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell'])
    assert.doesNotMatch(bench.words, /b receipt/)
    await bench.operator.stop()
  })

  it('deletes after a restart what was made where it is no longer served', async () => {
    const before = new SpellBench()
    await before.begin(['a', 'b'])
    const bench = await SpellBench.after(before)
    await bench.begin(['a', 'b'], { exclude: ['b'] })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell'])
    await bench.operator.stop()
  })

  it('is written anew everywhere when it changes', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    bench.cast({ key: 'token' })
    await bench.pass(seconds(5))
    for (const namespace of ['a', 'b'])
      assert.deepEqual(Object.keys(bench.store.text({ namespace, name: 'spell' }) ?? {}), ['token'])
    await bench.operator.stop()
  })

  it('is looked after in one namespace first when it changes, and soon in all others', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b', 'c'])
    const changed = (): number =>
      ['a', 'b', 'c'].filter((namespace) => 'token' in (bench.store.text({ namespace, name: 'spell' }) ?? {}))
        .length
    bench.cast({ key: 'token' })
    await bench.pass(seconds(0.5))
    assert.equal(changed(), 1)
    await bench.pass(seconds(1))
    assert.equal(changed(), 3)
    await bench.operator.stop()
  })

  it('has one namespace in trouble without the others', async () => {
    const bench = new SpellBench()
    bench.store.put({ namespace: 'b', name: 'spell' }, { data: textData({ theirs: 'x' }), immutable: true })
    await bench.begin(['a', 'b'])
    await bench.pass(seconds(3))
    assert.match(bench.words, /a receipt; b failed/)
    await bench.pass(hours(9))
    assert.notDeepEqual(bench.store.text({ namespace: 'a', name: 'spell' }), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('tells of its shares once a second at most', async () => {
    const bench = new SpellBench()
    await bench.begin(Array.from({ length: 300 }, (_, i) => `n-${i}`))
    await bench.pass(seconds(2))
    const told = bench.requests.filter(({ path }) => path.endsWith('/status')).length
    assert.ok(told <= 4, `its status was written ${told} times`)
    await bench.operator.stop()
  })

  const LEAVING = { deletionTimestamp: '2026-01-01T00:00:01Z', finalizers: [OURS] }

  it('goes once every namespace is free of it', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    assert.deepEqual(bench.finalizers, [OURS])
    bench.cast({}, LEAVING)
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, [])
    assert.deepEqual(bench.finalizers, [])
    await bench.operator.stop()
  })

  it('goes after a restart too, with all it had made', async () => {
    const before = new SpellBench()
    await before.begin(['a', 'b'])
    const bench = await SpellBench.after(before)
    await bench.begin(['a', 'b'], {}, LEAVING)
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, [])
    assert.deepEqual(bench.finalizers, [])
    await bench.operator.stop()
  })
})
