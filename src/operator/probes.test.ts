// This file is about testing when connections are tested, and when not.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import type { Instant } from '../base/clock.ts'
import { minutes, seconds } from '../base/duration.ts'
import { silentLog } from '../base/log.ts'
import { fault } from '../model/fault.ts'
import type { Probe, Step, Verdict } from '../model/probe.ts'
import type { Ref } from '../model/ref.ts'
import { Probes } from './probes.ts'

const BY: Ref = { group: 'everpull.dev', kind: 'EcrIntegration', namespace: '', name: 'prod' }
const OTHER: Ref = { ...BY, name: 'other' }
const EVERY = minutes(15)

const aProbe = (change: Partial<Probe> = {}): Probe => ({
  identity: { source: { is: 'ambient' }, roles: [], onBehalfOf: 'team' },
  region: 'eu-west-1',
  registries: [],
  permissions: ['pull'],
  every: EVERY,
  at: 'spec.auth',
  ...change,
})

class ProbesBench {
  readonly clock = new ManualClock()
  /** Permissions of each probe that was tried out, in order. */
  readonly tried: string[] = []
  result: Step['result'] = 'passed'
  /** The value of the credentials; undefined where they cannot be read. */
  credential: string | undefined = 'key-1'
  random = 1
  readonly logged: object[] = []
  readonly probes = new Probes({
    prober: { probe: (probe) => this.#probe(probe) },
    logins: {
      identify: async () =>
        this.credential === undefined
          ? fault('credential-missing', 'no Secret')
          : { is: 'identified', key: this.credential },
    },
    clock: this.clock,
    random: () => this.random,
    log: { ...silentLog, info: (message, fields) => void this.logged.push({ message, ...fields }) },
  })

  serve(probes: readonly Probe[] | 'none' = [aProbe()], by = BY) {
    const asked = probes === 'none' ? undefined : probes
    return this.probes.serve(by, asked, new AbortController().signal, (slow) => slow)
  }

  /** Serves, and tells how often something was tried out for it. */
  async triesIn(probes?: readonly Probe[], by?: Ref): Promise<number> {
    const before = this.tried.length
    await this.serve(probes, by)
    return this.tried.length - before
  }

  async #probe(probe: Probe): Promise<Verdict> {
    this.tried.push(probe.permissions.join())
    return { at: this.clock.now(), steps: [{ name: 'login', result: this.result, tookMs: 1 }] }
  }
}

describe('a connection is tested', () => {
  it('once, however often it is looked at', async () => {
    const bench = new ProbesBench()
    const first = await bench.serve()
    const again = await bench.serve()
    assert.deepEqual(bench.tried, ['pull'])
    assert.deepEqual(again.verdicts, first.verdicts)
  })

  it('again when what is tested has changed', async () => {
    const bench = new ProbesBench()
    await bench.serve()
    assert.equal(await bench.triesIn([aProbe({ permissions: ['push'] })]), 1)
    assert.equal(await bench.triesIn([aProbe({ permissions: ['push'], region: 'eu-west-2' })]), 1)
  })

  it('not because it is to be tested more often', async () => {
    const bench = new ProbesBench()
    await bench.serve()
    assert.equal(await bench.triesIn([aProbe({ every: minutes(10) })]), 0)
  })

  it('again when its credentials have another value, or cannot be read, or can again', async () => {
    const bench = new ProbesBench()
    await bench.serve()
    for (const credential of ['key-2', undefined, 'key-2']) {
      bench.credential = credential
      assert.equal(await bench.triesIn(), 1, String(credential))
      assert.equal(await bench.triesIn(), 0, String(credential))
    }
  })

  it('at once when somebody asks for it, once a text', async () => {
    const bench = new ProbesBench()
    await bench.serve()
    assert.equal(await bench.triesIn([aProbe({ force: 'now' })]), 1)
    assert.equal(await bench.triesIn([aProbe({ force: 'now' })]), 0)
    assert.equal(await bench.triesIn([aProbe({ force: 'now, again' })]), 1)
  })

  it('apart from others, of the same object and of another', async () => {
    const bench = new ProbesBench()
    const both = [aProbe(), aProbe({ permissions: ['push'] })]
    const { verdicts } = await bench.serve(both)
    assert.equal(verdicts?.length, 2)
    assert.equal(await bench.triesIn([aProbe(), aProbe({ permissions: ['push'], region: 'eu-west-2' })]), 1)
    assert.equal(await bench.triesIn([aProbe()], OTHER), 1)
  })

  it('anew once it is known no more', async () => {
    const bench = new ProbesBench()
    await bench.serve()
    bench.probes.forget(OTHER)
    assert.equal(await bench.triesIn(), 0)
    bench.probes.forget(BY)
    assert.equal(await bench.triesIn(), 1)
    assert.deepEqual(await bench.serve('none'), {})
    assert.equal(await bench.triesIn(), 1)
  })
})

describe('a connection is tested again in time', () => {
  const waitOf = (bench: ProbesBench, lookAt: Instant | undefined): number =>
    (lookAt ?? Number.NaN) - bench.clock.now()

  it('at its interval, up to a tenth sooner', async () => {
    for (const [random, wait] of [
      [0, 0.9 * EVERY],
      [0.5, 0.95 * EVERY],
    ] as const) {
      const bench = new ProbesBench()
      bench.random = random
      const { lookAt } = await bench.serve()
      assert.equal(waitOf(bench, lookAt), wait)
      bench.clock.advance(wait - 1)
      assert.equal(await bench.triesIn(), 0)
      bench.clock.advance(1)
      assert.equal(await bench.triesIn(), 1)
    }
  })

  it('at a time that looking does not move', async () => {
    const bench = new ProbesBench()
    const { lookAt } = await bench.serve()
    bench.random = 0
    bench.clock.advance(minutes(5))
    assert.equal((await bench.serve()).lookAt, lookAt)
  })

  it('when the first of several is due', async () => {
    const bench = new ProbesBench()
    const { lookAt } = await bench.serve([aProbe(), aProbe({ every: minutes(10), permissions: ['push'] })])
    assert.equal(waitOf(bench, lookAt), minutes(10))
    bench.clock.advance(minutes(10))
    await bench.serve([aProbe(), aProbe({ every: minutes(10), permissions: ['push'] })])
    assert.deepEqual(bench.tried, ['pull', 'push', 'push'])
  })

  it('never where it is to be tested once', async () => {
    const bench = new ProbesBench()
    const { every: _, ...once } = aProbe()
    bench.result = 'failed'
    assert.equal((await bench.serve([once])).lookAt, undefined)
    bench.clock.advance(minutes(60))
    assert.equal(await bench.triesIn([once]), 0)
  })

  it('sooner after failures, ever later, and at its interval at the latest', async () => {
    const bench = new ProbesBench()
    bench.result = 'denied'
    const waits: number[] = []
    for (let i = 0; i < 6; i += 1) {
      const wait = waitOf(bench, (await bench.serve()).lookAt)
      waits.push(wait)
      bench.clock.advance(wait)
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 15, 15].map(minutes))
    bench.result = 'passed'
    assert.equal(waitOf(bench, (await bench.serve()).lookAt), EVERY)
    bench.result = 'failed'
    bench.clock.advance(EVERY)
    assert.equal(waitOf(bench, (await bench.serve()).lookAt), seconds(60))
  })

  it('with a failure counted once, though it is looked at in between', async () => {
    const bench = new ProbesBench()
    bench.result = 'failed'
    for (let i = 0; i < 5; i += 1) assert.equal(waitOf(bench, (await bench.serve()).lookAt), seconds(60))
  })
})

it('what a test took is told to the log, once a test', async () => {
  const bench = new ProbesBench()
  await bench.serve()
  await bench.serve()
  assert.deepEqual(bench.logged, [
    {
      message: 'tested a connection',
      object: 'EcrIntegration prod',
      passed: true,
      steps: ['login: passed in 1 ms'],
    },
  ])
})
