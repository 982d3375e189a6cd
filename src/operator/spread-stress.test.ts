// This file is about testing orders over many namespaces while much happens at once, and while something is in the way.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textData } from '../../test/support/builders.ts'
import { OperatorBench, OURS } from '../../test/support/operator-bench.ts'
import { SpellBench } from '../../test/support/spell-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import { fault } from '../model/fault.ts'

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `n-${i}`)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const GOING = { deletionTimestamp: '2026-01-01T00:00:01Z' }
const LEAVING = { ...GOING, finalizers: [OURS] }

/** Secrets are written a moment later; tells in which namespaces, in order. */
function slowWrites(bench: SpellBench): readonly string[] {
  const written: string[] = []
  const write = bench.store.write.bind(bench.store)
  bench.store.write = async (wanted) => {
    await turn()
    written.push(wanted.ref.namespace)
    return write(wanted)
  }
  return written
}

/** Whether the API server lets go of the Secret in namespace b. */
function refuseRemovalInB(bench: SpellBench): { isRefused: boolean } {
  const state = { isRefused: true }
  const remove = bench.store.remove.bind(bench.store)
  bench.store.remove = (async (secret: Parameters<typeof remove>[0]) =>
    state.isRefused && secret.ref.namespace === 'b'
      ? fault('kube-forbidden', 'a webhook says no')
      : remove(secret)) as typeof remove
  return state
}

const keysIn = (bench: SpellBench, namespace: string): readonly string[] =>
  Object.keys(bench.store.text({ namespace, name: 'spell' }) ?? {})

describe('an order over many namespaces', () => {
  it('is told of once a second at most, however many answer and come', async () => {
    const bench = new SpellBench()
    await bench.begin(names(1000))
    for (let i = 0; i < 40; i += 1) {
      bench.reflectors.of('Namespace').put({ name: `late-${i}` })
      await bench.pass(100)
    }
    await bench.pass(seconds(3))
    const gaps = bench.toldAt.slice(1).map((at, i) => at - (bench.toldAt[i] ?? 0))
    assert.ok(gaps.length >= 3)
    assert.ok(Math.min(...gaps) >= 1000, `it was told of after ${gaps.join(', ')} ms`)
    assert.match(bench.words, /late-39 receipt/)
    await bench.operator.stop()
  })

  it('serves a namespace that comes ahead of all that are to be written anew', async () => {
    const bench = new SpellBench()
    await bench.begin(names(1000))
    const written = slowWrites(bench)
    bench.cast({ key: 'token' })
    while (written.length === 0) await turn()
    bench.reflectors.of('Namespace').put({ name: 'late' })
    bench.clock.advance(seconds(1))
    await bench.settleAll()
    assert.equal(written.length, 1001)
    assert.ok(written.indexOf('late') < 200, `it was written as number ${written.indexOf('late')}`)
    await bench.operator.stop()
  })

  it('is looked at a few times a second at most while namespaces come', async () => {
    const bench = new SpellBench()
    await bench.begin(['a'])
    const passes = bench.passes.length
    for (let i = 0; i < 100; i += 1) {
      bench.reflectors.of('Namespace').put({ name: `late-${i}` })
      await bench.pass(10)
    }
    await bench.pass(seconds(2))
    assert.equal(bench.secrets.length, 101)
    assert.ok(bench.passes.length - passes - 100 <= 10, `${bench.passes.length - passes - 100} passes`)
    await bench.operator.stop()
  })

  it('that changes while it is being written is written as it is now', async () => {
    const bench = new SpellBench()
    bench.store.onWrite = () => bench.cast({ key: 'token' })
    await bench.begin(names(100))
    await bench.pass(seconds(5))
    for (const namespace of names(100)) assert.deepEqual(keysIn(bench, namespace), ['token'])
    await bench.operator.stop()
  })

  it('is served to the end by whoever leads after a leader that was cut short', async () => {
    const bench = new SpellBench()
    const write = bench.store.write.bind(bench.store)
    let writes = 0
    bench.store.write = async (wanted) => {
      writes += 1
      if (writes === 20) bench.election.lose()
      return write(wanted)
    }
    await bench.begin(names(200), {}, {}, OperatorBench.elected)
    await bench.pass(minutes(1))
    assert.ok(bench.secrets.length < 200)
    bench.mayWrite = true
    bench.election.lead()
    await bench.pass(seconds(5))
    assert.equal(bench.secrets.length, 200)
    assert.equal(bench.store.writes, 200)
    await bench.operator.stop()
  })

  it('costs no write and no call to AWS after a restart', async () => {
    const before = new SpellBench()
    await before.begin(names(1000))
    const bench = await SpellBench.after(before)
    await bench.begin(names(1000))
    await bench.pass(seconds(10))
    assert.deepEqual([bench.secrets.length, bench.store.writes, bench.logins.mints], [1000, 0, 0])
    assert.match(bench.words, /n-999 receipt/)
    await bench.operator.stop()
  })

  it('serves a namespace that comes after a restart ahead of all that are as they were', async () => {
    const before = new SpellBench()
    await before.begin(names(1000))
    const bench = await SpellBench.after(before)
    const read = bench.store.read.bind(bench.store)
    let readsBefore = 0
    bench.store.read = async (ref) => {
      await turn()
      return read(ref)
    }
    const write = bench.store.write.bind(bench.store)
    bench.store.write = async (wanted) => {
      readsBefore = bench.store.reads
      return write(wanted)
    }
    const status = { manager: 'everpull', subresource: 'status', time: '2026-01-01T00:00:00Z' }
    const begun = bench.begin(names(1000), {}, { managedFields: [status] })
    while (bench.store.reads === 0) await turn()
    bench.reflectors.of('Namespace').put({ name: 'late' })
    bench.clock.advance(seconds(1))
    await begun
    assert.deepEqual([bench.store.writes, bench.store.reads], [1, 1000])
    assert.ok(readsBefore < 300, `${readsBefore} were read before it was written`)
    await bench.operator.stop()
  })

  it('leaves a Secret of somebody else alone, and tells of it among those that it serves', async () => {
    const bench = new SpellBench()
    bench.store.put({ namespace: 'b', name: 'spell' }, { data: textData({ x: '1' }), immutable: true })
    await bench.begin(['a', 'b', 'c'])
    await bench.pass(seconds(3))
    assert.match(bench.words, /a receipt; b failed; c receipt/)
    assert.deepEqual(keysIn(bench, 'b'), ['x'])
    await bench.operator.stop()
  })
})

describe('an order that goes', () => {
  it('waits for a namespace that cannot be let go of, tells why, and tries again', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b', 'c'])
    const state = refuseRemovalInB(bench)
    bench.cast({}, LEAVING)
    await bench.pass(seconds(10))
    assert.deepEqual([bench.secrets, bench.finalizers], [['b/spell'], [OURS]])
    assert.match(bench.words, /a webhook says no/)
    state.isRefused = false
    await bench.pass(minutes(5))
    assert.deepEqual([bench.secrets, bench.finalizers], [[], []])
    await bench.operator.stop()
  })

  it('does not wait for a namespace that goes too', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    refuseRemovalInB(bench)
    bench.reflectors.of('Namespace').put({ name: 'b', ...GOING })
    await bench.pass(seconds(1))
    bench.cast({}, LEAVING)
    await bench.pass(seconds(10))
    assert.deepEqual(bench.finalizers, [])
    await bench.operator.stop()
  })

  it('is not told of as used any more by whoever lends to it', async () => {
    const bench = new SpellBench()
    await bench.begin(names(500), { through: 'bank' })
    bench.lend()
    await bench.pass(seconds(3))
    assert.equal(bench.lendersWords, 'Spell pull')
    bench.lend(LEAVING)
    await bench.pass(seconds(3))
    assert.match(bench.lendersWords, /^1 users/)
    assert.deepEqual(bench.lendersFinalizers, [OURS])
    bench.cast({})
    await bench.pass(seconds(10))
    assert.deepEqual(bench.lendersFinalizers, [])
    await bench.operator.stop()
  })
})

describe('an order whose definition is removed', () => {
  const uninstalled = async (bench: SpellBench): Promise<void> => {
    bench.versions = []
    bench.reflectors.of('Spell').enter({ is: 'absent' })
    await bench.pass(seconds(10))
  }
  const installed = async (bench: SpellBench): Promise<void> => {
    bench.versions = ['v1']
    await bench.pass(seconds(2))
    bench.reflectors.of('Spell').sync()
  }

  it('leaves its Secrets, and writes none of them when it comes back', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    const { writes } = bench.store
    await uninstalled(bench)
    assert.deepEqual(bench.secrets, ['a/spell', 'b/spell'])
    await installed(bench)
    bench.cast({})
    await bench.pass(seconds(5))
    assert.deepEqual([bench.secrets, bench.store.writes - writes], [['a/spell', 'b/spell'], 0])
    assert.match(bench.words, /a receipt; b receipt/)
    await bench.pass(hours(9))
    assert.notDeepEqual(bench.store.text({ namespace: 'b', name: 'spell' }), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('lets go, when it comes back, of namespaces that it is not served in any more', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    await uninstalled(bench)
    await installed(bench)
    bench.cast({ exclude: ['b'] })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell'])
    await bench.operator.stop()
  })
})
