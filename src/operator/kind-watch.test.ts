// This file is about following a kind that comes, goes, changes its version, or only seems to be gone.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { ScriptedReflectors } from '../../test/support/scripted-reflectors.ts'
import { silentLog } from '../base/log.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import type { Kind } from '../model/kind.ts'
import { KindWatch } from './kind-watch.ts'

const WISH: Kind = {
  group: 'example.com',
  kind: 'Wish',
  plural: 'wishes',
  namespaced: true,
  versions: ['v1', 'v1beta1'],
  use: 'ordered',
  reads: 'whole',
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const unreachable = new KubeError({ status: 503, reason: 'ServiceUnavailable', message: 'GET /apis: 503' })

class Bench {
  readonly clock = new ManualClock()
  readonly reflectors = new ScriptedReflectors()
  readonly changes: string[] = []
  /** What was asked for and told, in order. */
  readonly steps: string[] = []
  served: readonly string[] | Error
  /** The name of the object whose listener makes a mistake. */
  throwsFor = ''
  readonly errors: string[] = []
  readonly watch: KindWatch

  constructor(served: readonly string[] | Error, namespaces?: readonly string[]) {
    this.served = served
    const client: Partial<KubeClient> = {}
    this.watch = new KindWatch(
      WISH,
      {
        client: client as KubeClient,
        startReflector: (options) => {
          this.steps.push(`follow ${options.type.version}`)
          return this.reflectors.start(options)
        },
        servedVersions: async () => {
          this.steps.push('search')
          if (this.served instanceof Error) throw this.served
          return this.served
        },
        onServed: async () => void this.steps.push('read definition'),
        onListed: () => void this.steps.push('listed'),
        namespaces,
        clock: this.clock,
        random: () => 0.5,
        log: { ...silentLog, error: (message) => this.errors.push(message) },
      },
      (now, before) => {
        if (before?.ref.name === this.throwsFor) throw new RangeError('bug')
        this.changes.push(`${before?.ref.name ?? 'none'} -> ${now?.ref.name ?? 'none'}`)
      },
    )
  }

  /** Lets time pass and everything that waited for it run. */
  async pass(ms: number): Promise<void> {
    await turn()
    this.clock.advance(ms)
    await turn()
  }
}

const REF = { group: 'example.com', kind: 'Wish', namespace: 'a', name: 'one' }

async function following(served: readonly string[] = ['v1']): Promise<Bench> {
  const bench = new Bench(served)
  await turn()
  const reflector = bench.reflectors.of('Wish')
  reflector.put({ name: 'one', namespace: 'a' }, { spec: { size: 1 } })
  reflector.sync()
  await bench.watch.settled()
  return bench
}

describe('a kind that is served', () => {
  it('is followed in the version we prefer', async () => {
    const bench = await following(['v1beta1', 'v1'])
    assert.deepEqual(bench.watch.type, {
      group: 'example.com',
      version: 'v1',
      plural: 'wishes',
      kind: 'Wish',
      namespaced: true,
    })
    assert.deepEqual(bench.watch.get(REF)?.apiVersion, 'example.com/v1')
    assert.equal(bench.watch.isSynced, true)
    await bench.watch.stop()
  })

  it('is followed in an older version where that is all there is', async () => {
    const bench = await following(['v1beta1'])
    assert.equal(bench.watch.type?.version, 'v1beta1')
    await bench.watch.stop()
  })

  it('has its definition read before it is listed', async () => {
    const bench = await following()
    assert.deepEqual(bench.steps, ['search', 'read definition', 'follow v1', 'listed'])
    await bench.watch.stop()
  })

  it('is followed in the namespaces served', async () => {
    const bench = new Bench(['v1'], ['a', 'b'])
    await turn()
    assert.deepEqual(bench.reflectors.of('Wish').namespaces, ['a', 'b'])
    await bench.watch.stop()
  })

  it('tells what comes, changes and goes', async () => {
    const bench = await following()
    const reflector = bench.reflectors.of('Wish')
    reflector.put({ name: 'one', namespace: 'a' }, { spec: { size: 2 } })
    reflector.remove({ name: 'one', namespace: 'a' })
    assert.deepEqual(bench.changes, ['none -> one', 'one -> one', 'one -> none'])
    await bench.watch.stop()
  })

  it('is settled also when it may not be read', async () => {
    const bench = new Bench(['v1'])
    await turn()
    bench.reflectors.of('Wish').enter({ is: 'forbidden', error: unreachable })
    await bench.watch.settled()
    assert.deepEqual([bench.watch.phase.is, bench.watch.isSynced], ['forbidden', false])
    await bench.watch.stop()
  })
})

describe('a kind that is not installed', () => {
  it('settles as absent, and is followed once it is installed, its definition read first', async () => {
    const bench = new Bench([])
    await bench.watch.settled()
    assert.deepEqual([bench.watch.phase.is, bench.watch.type, bench.watch.list()], ['absent', undefined, []])
    bench.served = ['v1']
    await bench.pass(2000)
    assert.deepEqual(bench.steps, ['search', 'search', 'read definition', 'follow v1'])
    await bench.watch.stop()
  })

  it('is not followed in a version nobody here can read', async () => {
    const bench = new Bench(['v2'])
    await bench.watch.settled()
    assert.deepEqual(bench.reflectors.started, [])
    await bench.watch.stop()
  })

  it('is told apart from one that cannot be asked for', async () => {
    const bench = new Bench(unreachable)
    await bench.watch.settled()
    assert.deepEqual(bench.watch.phase, { is: 'failing', error: unreachable })
    bench.served = ['v1']
    await bench.pass(2000)
    assert.equal(bench.reflectors.of('Wish').type.version, 'v1')
    await bench.watch.stop()
  })
})

describe('a kind that answers 404', () => {
  it('is forgotten when its group says twice that it does not serve it', async () => {
    const bench = await following()
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    assert.deepEqual([bench.changes, bench.watch.list().length], [['none -> one'], 1])
    await bench.pass(3000)
    assert.equal(bench.changes.at(-1), 'one -> none')
    assert.deepEqual([bench.watch.type, bench.watch.list(), bench.watch.phase.is], [undefined, [], 'absent'])
    assert.equal(bench.reflectors.started[0]?.isStopped, true)
    await bench.watch.stop()
  })

  it('is followed again when it comes back, its definition read anew', async () => {
    const bench = await following()
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    await bench.pass(3000)
    assert.equal(bench.watch.type, undefined)
    bench.served = ['v1']
    bench.steps.length = 0
    await bench.pass(2000)
    assert.deepEqual(bench.steps, ['search', 'read definition', 'follow v1'])
    await bench.watch.stop()
  })

  it('keeps its objects while its group says that it is served, and is listed again', async () => {
    const bench = await following()
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    assert.deepEqual([bench.reflectors.started.length, bench.watch.phase.is], [2, 'listing'])
    assert.deepEqual([bench.watch.get(REF)?.ref.name, bench.watch.isSynced], ['one', true])
    bench.reflectors.of('Wish').put({ name: 'one', namespace: 'a' }, { spec: { size: 1 } })
    bench.reflectors.of('Wish').sync()
    assert.deepEqual([bench.watch.phase.is, bench.changes], ['watching', ['none -> one']])
    await bench.watch.stop()
  })

  it('keeps its objects however often it answers so', async () => {
    const bench = await following()
    for (let times = 0; times < 5; times += 1) {
      bench.reflectors.of('Wish').enter({ is: 'absent' })
      await bench.pass(2000)
    }
    assert.deepEqual([bench.watch.list().length, bench.changes], [1, ['none -> one']])
    await bench.watch.stop()
  })

  it('is believed to be there again when its group says so the second time', async () => {
    const bench = await following()
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    bench.served = ['v1']
    await bench.pass(3000)
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    assert.deepEqual(bench.changes, ['none -> one'])
    await bench.watch.stop()
  })

  it('tells what went and what changed meanwhile, once all is listed', async () => {
    const bench = await following()
    const before = bench.reflectors.of('Wish')
    before.put({ name: 'two', namespace: 'a' })
    before.put({ name: 'three', namespace: 'a', resourceVersion: '3' })
    before.enter({ is: 'absent' })
    bench.changes.length = 0
    await bench.pass(2000)
    const after = bench.reflectors.of('Wish')
    after.put({ name: 'one', namespace: 'a', resourceVersion: '9' })
    after.put({ name: 'three', namespace: 'a', resourceVersion: '3' })
    after.put({ name: 'four', namespace: 'a' })
    assert.deepEqual(bench.changes, [])
    after.sync()
    assert.deepEqual(bench.changes, ['one -> one', 'none -> four', 'two -> none'])
    after.remove({ name: 'four', namespace: 'a' })
    assert.equal(bench.changes.at(-1), 'four -> none')
    await bench.watch.stop()
  })

  it('keeps its objects while its group cannot be asked', async () => {
    const bench = await following()
    bench.served = unreachable
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await turn()
    assert.deepEqual(bench.changes, ['none -> one'])
    await bench.watch.stop()
  })

  it('is asked for every two seconds, not as fast as the server answers', async () => {
    const bench = await following()
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    bench.steps.length = 0
    for (let passed = 0; passed < 6000; passed += 100) await bench.pass(100)
    assert.ok(bench.steps.filter((step) => step === 'search').length <= 4, bench.steps.join())
    await bench.watch.stop()
  })

  it('is followed in the version its group serves instead, and nothing is told as gone', async () => {
    const bench = await following(['v1', 'v1beta1'])
    bench.served = ['v1beta1']
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    assert.equal(bench.watch.type?.version, 'v1beta1')
    bench.reflectors.of('Wish').put({ name: 'one', namespace: 'a' }, { spec: { size: 1 } })
    bench.reflectors.of('Wish').sync()
    assert.deepEqual(bench.changes, ['none -> one', 'one -> one'])
    assert.equal(bench.watch.get(REF)?.apiVersion, 'example.com/v1beta1')
    await bench.watch.stop()
  })
})

describe('a version that begins to be served beside the one followed', () => {
  async function within(ms: number, bench: Bench): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) await bench.pass(1000)
  }

  it('is turned to within a minute where we prefer it, and the other is followed until then', async () => {
    const bench = await following(['v1beta1'])
    const [before] = bench.reflectors.started
    bench.served = ['v1beta1', 'v1']
    await within(60_000, bench)
    const next = bench.reflectors.of('Wish')
    assert.equal(next.type.version, 'v1')
    next.put({ name: 'one', namespace: 'a' })
    before?.put({ name: 'one', namespace: 'a' }, { spec: { size: 2 } })
    assert.deepEqual([bench.watch.type?.version, bench.changes.length], ['v1beta1', 2])
    next.sync()
    assert.deepEqual([bench.watch.type?.version, before?.isStopped], ['v1', true])
    assert.deepEqual(bench.changes, ['none -> one', 'one -> one', 'one -> one'])
    await bench.watch.stop()
  })

  it('is left alone where we prefer the other', async () => {
    const bench = await following(['v1'])
    bench.served = ['v1beta1', 'v1']
    await within(120_000, bench)
    assert.equal(bench.reflectors.started.length, 1)
    await bench.watch.stop()
  })

  it('is tried again a minute later when it answers 404, and the other is followed meanwhile', async () => {
    const bench = await following(['v1beta1'])
    bench.served = ['v1beta1', 'v1']
    await within(60_000, bench)
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await within(30_000, bench)
    assert.deepEqual([bench.watch.type?.version, bench.reflectors.started.length], ['v1beta1', 2])
    await within(60_000, bench)
    assert.deepEqual([bench.reflectors.of('Wish').type.version, bench.reflectors.started.length], ['v1', 3])
    await bench.watch.stop()
  })

  it('is let go of when it is not served any more before it was listed', async () => {
    const bench = await following(['v1beta1'])
    bench.served = ['v1beta1', 'v1']
    await within(60_000, bench)
    bench.served = ['v1beta1']
    await within(60_000, bench)
    assert.deepEqual(
      [bench.reflectors.of('Wish').type.version, bench.watch.phase.is],
      ['v1beta1', 'watching'],
    )
    await bench.watch.stop()
  })
})

describe('a mistake', () => {
  it('of a listener keeps no other object from being told', async () => {
    const bench = await following()
    bench.reflectors.of('Wish').put({ name: 'two', namespace: 'a' })
    bench.throwsFor = 'one'
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await bench.pass(2000)
    await bench.pass(3000)
    assert.equal(bench.changes.at(-1), 'two -> none')
    assert.deepEqual(bench.errors, ['a listener failed'])
    await bench.watch.stop()
  })

  it('in asking is told, and does not end the search', async () => {
    const bench = new Bench(new RangeError('bug'))
    await bench.watch.settled()
    assert.deepEqual(bench.errors, ['asking which versions are served failed'])
    bench.served = ['v1']
    await bench.pass(2000)
    assert.equal(bench.watch.type?.version, 'v1')
    await bench.watch.stop()
  })
})

describe('stopping', () => {
  it('ends a search', async () => {
    const bench = new Bench([])
    await bench.watch.settled()
    await bench.watch.stop()
    assert.equal(bench.clock.armed, 0)
  })

  it('ends the watch, and tells nobody that everything is gone', async () => {
    const bench = await following()
    await bench.watch.stop()
    assert.equal(bench.reflectors.started[0]?.isStopped, true)
    assert.deepEqual(bench.changes, ['none -> one'])
    assert.equal(bench.clock.armed, 0)
  })
})
