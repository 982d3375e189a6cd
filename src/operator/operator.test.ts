// This file is about the operator as a whole: what it does before, while and after it may write.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench, statusError } from '../../test/support/operator-bench.ts'
import { hours, minutes, seconds } from '../base/duration.ts'
import { shardOfNamespace } from './shards.ts'

const ONE = { namespace: 'a', name: 'one' }

describe('an operator without election', () => {
  it('is not ready, and touches nothing, before everything was listed', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.start({}, false)
    await bench.settle()
    assert.deepEqual([bench.operator.isReady(), bench.store.writes], [false, 0])
    await bench.list()
    assert.deepEqual([bench.operator.isReady(), bench.store.writes], [true, 1])
    await bench.operator.stop()
  })

  it('is not ready while it can see nothing', async () => {
    const bench = new OperatorBench()
    await bench.start()
    for (const reflector of bench.reflectors.started) {
      reflector.enter({ is: 'failing', error: statusError(503, 'ServiceUnavailable') })
    }
    assert.equal(bench.operator.isReady(), false)
    await bench.operator.stop()
  })

  it('does not begin to work when it is stopped before everything was listed', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.start({}, false)
    await bench.operator.stop()
    await bench.settle()
    assert.deepEqual([bench.store.writes, bench.clock.armed], [0, 0])
  })

  it('leaves no timer behind', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.start()
    await bench.operator.stop()
    assert.equal(bench.clock.armed, 0)
  })
})

describe('stopping', () => {
  it('lets a write finish and tells of it, before it lets go of events, lease and watches', async () => {
    const bench = new OperatorBench()
    await bench.start(OperatorBench.elected)
    bench.election.lead()
    await bench.settle()
    const { promise, resolve } = Promise.withResolvers<void>()
    const write = bench.store.write.bind(bench.store)
    bench.store.write = async (wanted) => {
      await promise
      return write(wanted)
    }
    await bench.wish('one')
    const stopped = bench.operator.stop()
    await bench.settle()
    assert.deepEqual([bench.ended, bench.reflectors.started.some((one) => one.isStopped)], [[], false])
    resolve()
    await stopped
    assert.deepEqual(bench.store.text(ONE), { password: 'token-1' })
    assert.deepEqual([bench.said('one'), bench.events], ['synced', ['Normal one Synced created']])
    assert.deepEqual(bench.ended, ['events', 'lease'])
    assert.ok(bench.reflectors.started.every((one) => one.isStopped))
  })

  it('calls off an AWS call that outlasts the grace, and does not call that a failure', async () => {
    const bench = new OperatorBench()
    await bench.start()
    bench.logins.mint = (_identity, _scope, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    await bench.wish('one')
    bench.logged.length = 0
    const stopped = bench.operator.stop()
    await bench.pass(seconds(6))
    await stopped
    assert.deepEqual([bench.logged, bench.events], [[], []])
  })
})

describe('an operator with election', () => {
  it('touches nothing while another leads, and is ready all the same', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.start(OperatorBench.elected)
    await bench.pass(minutes(5))
    assert.deepEqual(
      [bench.operator.isReady(), bench.operator.isLeading(), bench.store.writes, bench.requests.length],
      [true, false, 0, 0],
    )
    await bench.operator.stop()
  })

  it('stops when it loses, quietly, and begins anew with an empty memory when it wins again', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.start(OperatorBench.elected)
    bench.election.lead()
    await bench.settle()
    assert.deepEqual([bench.store.writes, bench.operator.readModel.list().length], [1, 1])
    bench.logged.length = 0
    bench.election.lose()
    await bench.wish('two')
    await bench.pass(hours(2))
    assert.deepEqual([bench.store.writes, bench.operator.readModel.list().length], [1, 0])
    assert.deepEqual(bench.logged, [])
    bench.mayWrite = true
    bench.election.lead()
    await bench.settle()
    assert.deepEqual(bench.store.text({ namespace: 'a', name: 'two' }), { password: 'token-2' })
    await bench.operator.stop()
  })

  it('asks AWS nothing from the moment it may not write, whatever the timers say', async () => {
    const bench = new OperatorBench()
    await bench.wish('one')
    await bench.start(OperatorBench.elected)
    bench.election.lead()
    await bench.settle()
    bench.mayWrite = false
    bench.clock.advance(hours(2))
    await bench.settle()
    assert.equal(bench.logins.mints, 1)
    await bench.operator.stop()
  })

  it('tells nothing of a status it may not write any more', async () => {
    const bench = new OperatorBench()
    await bench.start(OperatorBench.elected)
    bench.election.lead()
    await bench.settle()
    const write = bench.store.write.bind(bench.store)
    bench.store.write = async (wanted) => {
      const written = await write(wanted)
      bench.election.lose()
      return written
    }
    bench.logged.length = 0
    await bench.wish('one')
    await bench.pass(minutes(1))
    assert.deepEqual(
      bench.logged.filter((line) => line !== 'created a Secret'),
      [],
    )
    await bench.operator.stop()
  })
})

describe('an operator that shares the work', () => {
  it('does not begin anew with a shard that it gives up while it waits for what was in flight there', async () => {
    const bench = new OperatorBench()
    let tell: (members: readonly string[]) => void = () => {}
    const { startRoster } = bench
    bench.startRoster = (options) => {
      tell = options.onRead
      return startRoster(options)
    }
    await bench.start(OperatorBench.inShards)
    const shard = shardOfNamespace('a', 2)
    await bench.takeShard(shard)
    const { promise, resolve } = Promise.withResolvers<void>()
    const write = bench.store.write.bind(bench.store)
    bench.store.write = async (wanted) => {
      await promise
      return write(wanted)
    }
    await bench.wish('one')
    const lease = bench.elections.get(`lease-shard-${shard}`)
    lease?.lose()
    bench.mayWrite = true
    lease?.lead()
    await bench.settle()
    tell(['another'])
    bench.logged.length = 0
    resolve()
    await bench.pass(seconds(1))
    assert.ok(bench.ended.includes('lease'))
    assert.ok(!bench.logged.includes('took a shard'), bench.logged.join())
    await bench.operator.stop()
  })
})
