// This file is about replicas that share shards, on clocks that tests move: who holds what, and who may write when.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LeaseServer } from '../../test/support/lease-server.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { seconds } from '../base/duration.ts'
import { silentLog } from '../base/log.ts'
import { startElection } from '../kube/lease.ts'
import { startRoster } from '../kube/lease-roster.ts'
import { ShardElections } from './shard-elections.ts'

const LEASE_S = 15
/** Until a replica has noticed that another is gone, and all have settled. */
const SETTLE_S = 60

/** Lets everything that was resolved run. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 40; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

const inOrder = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b)

class Replica {
  readonly clock = new ManualClock()
  readonly elections: ShardElections
  /** What each shard it holds says of writing. */
  readonly gates = new Map<number, () => boolean>()
  /** Shards for which what is in flight was called back. */
  readonly calledBack: number[] = []
  isCut = false
  isFrozen = false
  /** Until when what is in flight holds a shard up that is given up. */
  finishing: Promise<void> = Promise.resolve()

  constructor(server: LeaseServer, identity: string, count: number) {
    this.elections = new ShardElections(
      {
        namespace: 'n',
        name: 'everpull',
        identity,
        leaseDuration: seconds(LEASE_S),
        renewDeadline: seconds(10),
        retryPeriod: seconds(2),
      },
      count,
      {
        client: server.client(() => this.isCut),
        startElection,
        startRoster,
        clock: this.clock,
        random: () => 0,
        log: silentLog,
      },
      {
        onHeld: (shard, mayWrite, signal) => {
          this.gates.set(shard, mayWrite)
          const onLost = (): void => {
            this.gates.delete(shard)
            this.calledBack.push(shard)
          }
          signal.addEventListener('abort', onLost, { once: true })
        },
        finish: async (shard) => {
          await this.finishing
          this.gates.delete(shard)
        },
        settled: Promise.resolve(),
      },
    )
  }

  /** Shards it would write for. */
  get writes(): readonly number[] {
    return [...this.gates].flatMap(([shard, mayWrite]) => (mayWrite() ? [shard] : []))
  }
}

class Fleet {
  readonly server = new LeaseServer()
  readonly replicas: Replica[] = []

  async join(identity: string, count = 6): Promise<Replica> {
    const replica = new Replica(this.server, identity, count)
    this.replicas.push(replica)
    await turn()
    return replica
  }

  /** Time is the same for all; a stopped process only does not act in it. */
  async pass(s: number, onSecond: () => void = () => {}): Promise<void> {
    for (let second = 0; second < s; second += 1) {
      for (const { clock, isFrozen } of this.replicas) {
        if (isFrozen) clock.freeze(1000)
        else clock.advance(1000)
      }
      await turn()
      onSecond()
    }
  }

  writers(): readonly (readonly number[])[] {
    return this.replicas.map(({ writes }) => inOrder(writes))
  }

  assertExclusive(): void {
    const all = this.writers().flat()
    assert.equal(new Set(all).size, all.length, JSON.stringify(this.writers()))
  }
}

async function three(): Promise<Fleet> {
  const fleet = new Fleet()
  for (const identity of ['a', 'b', 'c']) await fleet.join(identity)
  await fleet.pass(SETTLE_S)
  return fleet
}

const partsOf = (fleet: Fleet): readonly number[] => fleet.writers().map((shards) => shards.length)

describe('replicas', () => {
  it('share the shards evenly, one holder for each', async () => {
    const fleet = await three()
    assert.deepEqual(partsOf(fleet), [2, 2, 2])
    fleet.assertExclusive()
    assert.equal(fleet.server.holder('everpull'), 'shards-of-6')
  })

  it('hold all shards when they are alone', async () => {
    const fleet = new Fleet()
    const alone = await fleet.join('a')
    await fleet.pass(5)
    assert.deepEqual(alone.writes, [0, 1, 2, 3, 4, 5])
    assert.deepEqual(alone.elections.held(), [0, 1, 2, 3, 4, 5])
  })

  it('that are more than the shards stand by, and step in', async () => {
    const fleet = new Fleet()
    for (const identity of ['a', 'b', 'c']) await fleet.join(identity, 2)
    await fleet.pass(SETTLE_S)
    assert.deepEqual(inOrder(partsOf(fleet)), [0, 1, 1])
    const busy = fleet.replicas.find(({ writes }) => writes.length > 0)
    await busy?.elections.stop()
    await fleet.pass(SETTLE_S)
    assert.equal(partsOf(fleet).filter((part) => part === 1).length, 2)
  })
})

describe('the shards of a replica that is lost', () => {
  it('move within the lease and two looks', async () => {
    const fleet = await three()
    const [lost, ...others] = fleet.replicas
    assert.ok(lost !== undefined)
    lost.isFrozen = true
    lost.isCut = true
    await fleet.pass(LEASE_S + 2 * 2 + 1)
    const held = others.flatMap(({ writes }) => writes)
    assert.deepEqual(inOrder(held), [0, 1, 2, 3, 4, 5])
  })

  it('move at once when it ends', async () => {
    const fleet = await three()
    const [ended, ...others] = fleet.replicas
    await ended?.elections.stop()
    await fleet.pass(5)
    assert.deepEqual(inOrder(others.flatMap(({ writes }) => writes)), [0, 1, 2, 3, 4, 5])
    assert.ok(![...fleet.server.leases.values()].some(({ spec }) => spec?.holderIdentity === 'a'))
  })

  it('are taken for its own no more when it continues', async () => {
    const fleet = await three()
    const [stopped] = fleet.replicas
    assert.ok(stopped !== undefined)
    stopped.isFrozen = true
    await fleet.pass(30)
    assert.deepEqual(stopped.writes, [])
    stopped.isFrozen = false
    await fleet.pass(SETTLE_S, () => fleet.assertExclusive())
    assert.deepEqual(partsOf(fleet), [2, 2, 2])
  })
})

describe('a shard that is given up', () => {
  it('is finished with before another has it', async () => {
    const fleet = new Fleet()
    const first = await fleet.join('a')
    await fleet.pass(5)
    const { promise, resolve } = Promise.withResolvers<void>()
    first.finishing = promise
    const second = await fleet.join('b')
    await fleet.pass(SETTLE_S)
    assert.deepEqual([first.writes.length, second.writes.length], [6, 0])
    resolve()
    await fleet.pass(5)
    assert.deepEqual([first.writes.length, second.writes.length], [3, 3])
  })
})

describe('a replica that cannot tell who lives', () => {
  it('keeps what it holds, and takes nothing more', async () => {
    const fleet = await three()
    const before = fleet.writers()
    fleet.server.isListForbidden = true
    await fleet.replicas[0]?.elections.stop()
    await fleet.pass(SETTLE_S)
    assert.deepEqual(fleet.writers().slice(1), before.slice(1))
  })
})

describe('what is in flight', () => {
  it('is called back as soon as the lease of the whole installation is lost, though the shards are held', async () => {
    const fleet = new Fleet()
    const alone = await fleet.join('a', 2)
    await fleet.pass(5)
    const { promise, resolve } = Promise.withResolvers<void>()
    alone.finishing = promise
    fleet.server.write('everpull', { holderIdentity: 'shards-of-4', leaseDurationSeconds: LEASE_S })
    await fleet.pass(3)
    assert.deepEqual(inOrder(alone.calledBack), [0, 1])
    assert.equal(fleet.server.holder('everpull-shard-0'), 'a')
    resolve()
    await turn()
    assert.equal(fleet.server.holder('everpull-shard-0'), '')
  })
})

describe('replicas that cut the work otherwise', () => {
  it('wait until the last of the others has ended, and take all of it then', async () => {
    const fleet = await three()
    const next = await fleet.join('d', 4)
    await fleet.pass(SETTLE_S)
    assert.deepEqual([next.writes, next.elections.holder()], [[], 'shards-of-6'])
    for (const replica of fleet.replicas.slice(0, 3)) await replica.elections.stop()
    await fleet.pass(LEASE_S + 2 * 2 + 1)
    assert.deepEqual(next.writes, [0, 1, 2, 3])
  })

  it('wait for one that does not cut it at all', async () => {
    const fleet = new Fleet()
    const whole = { holderIdentity: 'old', leaseDurationSeconds: LEASE_S }
    fleet.server.write('everpull', whole)
    const next = await fleet.join('a')
    await fleet.pass(LEASE_S - 3)
    assert.deepEqual(next.writes, [])
    await fleet.pass(10)
    assert.equal(next.writes.length, 6)
  })
})

describe('at any moment', () => {
  it('no shard has two who may write, and no two cuts are served, through outages, partitions and stops', async () => {
    const fleet = new Fleet()
    for (const identity of ['a', 'b', 'c']) await fleet.join(identity)
    await fleet.join('d', 4)
    let state = 42
    const chance = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
    for (let step = 0; step < 250; step += 1) {
      fleet.server.isDown = chance() < 0.1
      for (const replica of fleet.replicas) {
        if (chance() < 0.08) replica.isCut = !replica.isCut
        if (chance() < 0.05) replica.isFrozen = !replica.isFrozen
      }
      await fleet.pass(1)
      const [a, b, c, d] = fleet.replicas
      const old = [a, b, c].flatMap((replica) => replica?.writes ?? [])
      const others = d?.writes ?? []
      assert.equal(new Set(old).size, old.length, `step ${step}: ${JSON.stringify(fleet.writers())}`)
      assert.ok(old.length === 0 || others.length === 0, `step ${step}: ${JSON.stringify(fleet.writers())}`)
    }
  })
})
