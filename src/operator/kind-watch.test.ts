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
  served: readonly string[] | KubeError
  readonly watch: KindWatch

  constructor(served: readonly string[] | KubeError, namespaces?: readonly string[]) {
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
          if (this.served instanceof KubeError) throw this.served
          return this.served
        },
        onServed: async () => void this.steps.push('read definition'),
        namespaces,
        clock: this.clock,
        random: () => 0.5,
        log: silentLog,
      },
      (now, before) => this.changes.push(`${before?.ref.name ?? 'none'} -> ${now?.ref.name ?? 'none'}`),
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
    assert.deepEqual(bench.steps, ['search', 'read definition', 'follow v1'])
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
  it('is forgotten when its group does not serve it any more', async () => {
    const bench = await following()
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await turn()
    assert.equal(bench.changes.at(-1), 'one -> none')
    assert.deepEqual([bench.watch.type, bench.watch.list(), bench.watch.phase.is], [undefined, [], 'absent'])
    assert.equal(bench.reflectors.started[0]?.isStopped, true)
    await bench.watch.stop()
  })

  it('is followed again when it comes back, its definition read anew', async () => {
    const bench = await following()
    bench.served = []
    bench.reflectors.of('Wish').enter({ is: 'absent' })
    await turn()
    bench.served = ['v1']
    bench.steps.length = 0
    await bench.pass(2000)
    assert.deepEqual(bench.steps, ['search', 'read definition', 'follow v1'])
    await bench.watch.stop()
  })

  it('keeps its objects while its group says that it is served', async () => {
    const bench = await following()
    const reflector = bench.reflectors.of('Wish')
    reflector.enter({ is: 'absent' })
    await turn()
    assert.deepEqual(bench.changes, ['none -> one'])
    assert.equal(reflector.retries, 1)
    reflector.enter({ is: 'watching' })
    await bench.pass(2000)
    assert.deepEqual([bench.watch.get(REF)?.ref.name, reflector.isStopped], ['one', false])
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

  it('is followed in the version its group serves instead', async () => {
    const bench = await following(['v1beta1'])
    bench.served = ['v1']
    bench.reflectors.of('Wish').enter({ is: 'absent' })
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
