// This file is about processes that tell each other that they live: who is counted, and on which lease.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LeaseServer } from '../../test/support/lease-server.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { seconds } from '../base/duration.ts'
import { type Log, silentLog } from '../base/log.ts'
import { KubeError } from './error.ts'
import { type Roster, startRoster } from './lease-roster.ts'
import type { KubeClient, KubeRequest } from './client.ts'

const LABEL = { name: 'example.com/group', value: 'g' }
const LABELS = { [LABEL.name]: LABEL.value }
const RETRY_S = 2
const held = (holderIdentity: string) => ({ holderIdentity, leaseDurationSeconds: 15 })

/** Lets everything that was resolved run. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

class Bench {
  readonly server = new LeaseServer()
  readonly clock = new ManualClock()
  readonly warned: string[] = []
  /** As told last. */
  members: readonly string[] | undefined
  roster: Roster | undefined
  isUpdateForbidden = false

  start(): void {
    this.roster = startRoster({
      client: this.#client(),
      namespace: 'n',
      label: LABEL,
      places: ['p-0', 'p-1', 'p-2'],
      identity: 'us',
      leaseDuration: seconds(15),
      retryPeriod: seconds(RETRY_S),
      remedy: 'ask for it',
      clock: this.clock,
      random: () => 0,
      log: this.#log(),
      onRead: (members) => {
        this.members = members
      },
    })
  }

  async looks(count: number): Promise<void> {
    await turn()
    for (let look = 0; look < count; look += 1) {
      this.clock.advance(seconds(RETRY_S))
      await turn()
    }
  }

  labelled(): readonly string[] {
    return [...this.server.leases.values()]
      .filter(({ metadata }) => metadata.labels?.[LABEL.name] === LABEL.value)
      .map(({ metadata }) => metadata.name)
  }

  #client(): KubeClient {
    const inner = this.server.client()
    const request = async <T>(asked: KubeRequest): Promise<T> => {
      if (asked.method === 'PUT' && this.isUpdateForbidden && asked.path.endsWith('/p-0'))
        throw new KubeError({ status: 403, reason: 'Forbidden', message: 'Forbidden' })
      return inner.request<T>(asked)
    }
    return { ...inner, request }
  }

  #log(): Log {
    const log: Log = { ...silentLog, warn: (message) => void this.warned.push(message), child: () => log }
    return log
  }
}

describe('a process', () => {
  it('takes the first place that nobody holds, and tells of all who live', async () => {
    const bench = new Bench()
    bench.server.write('p-0', held('another'), LABELS)
    bench.start()
    await bench.looks(0)
    assert.equal(bench.server.holder('p-1'), 'us')
    assert.deepEqual(bench.members, ['us', 'another'])
    await bench.roster?.leave()
    assert.equal(bench.server.holder('p-1'), '')
  })

  it('takes the place of one that has not renewed it for its own duration', async () => {
    const bench = new Bench()
    for (const place of ['p-0', 'p-1', 'p-2']) bench.server.write(place, held(`of ${place}`), LABELS)
    bench.start()
    await bench.looks(7)
    assert.deepEqual(bench.members, ['of p-0', 'of p-1', 'of p-2'])
    await bench.looks(1)
    assert.equal(bench.server.holder('p-0'), 'us')
    assert.deepEqual(bench.members, ['us'])
    await bench.roster?.leave()
  })

  it('hears nothing while it cannot read, and is told what to do once', async () => {
    const bench = new Bench()
    bench.server.isListForbidden = true
    bench.start()
    await bench.looks(3)
    assert.equal(bench.members, undefined)
    assert.equal(bench.warned.length, 1)
    assert.match(bench.warned.join(), /ask for it/)
    await bench.roster?.leave()
  })
})

describe('a lease that has lost its label', () => {
  it('is given it again, and whoever holds it is counted', async () => {
    const bench = new Bench()
    bench.server.write('p-0', held('another'), { team: 'a' })
    bench.start()
    await bench.looks(1)
    assert.deepEqual(bench.server.leases.get('p-0')?.metadata.labels, { team: 'a', ...LABELS })
    assert.equal(bench.server.holder('p-0'), 'another')
    assert.deepEqual(bench.members, ['us', 'another'])
    assert.equal(bench.warned.length, 1)
    await bench.roster?.leave()
  })

  it('and that nobody holds is taken', async () => {
    const bench = new Bench()
    for (const place of ['p-0', 'p-1', 'p-2']) bench.server.write(place, held(''))
    bench.start()
    await bench.looks(1)
    assert.equal(bench.server.holder('p-0'), 'us')
    await bench.roster?.leave()
  })

  it('and may not be written is passed by', async () => {
    const bench = new Bench()
    bench.server.write('p-0', held('another'))
    bench.isUpdateForbidden = true
    bench.start()
    await bench.looks(2)
    assert.equal(bench.server.holder('p-1'), 'us')
    assert.deepEqual([bench.labelled(), bench.members], [['p-1'], ['us']])
    const before = bench.warned.length
    await bench.looks(3)
    assert.equal(bench.warned.length, before)
    await bench.roster?.leave()
  })

  it('of ours is given it again while we keep it', async () => {
    const bench = new Bench()
    bench.start()
    await bench.looks(1)
    bench.server.write('p-0', held('us'))
    await bench.looks(3)
    assert.deepEqual([bench.labelled(), bench.server.holder('p-0'), bench.members], [['p-0'], 'us', ['us']])
    await bench.roster?.leave()
  })
})
