// This file is about elections on clocks that tests move: who may write, when, and what a stop and continue does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { instant } from '../base/clock.ts'
import { duration, seconds } from '../base/duration.ts'
import { silentLog } from '../base/log.ts'
import type { KubeClient, KubeRequest } from './client.ts'
import { KubeError } from './error.ts'
import type { Election, ElectionOptions } from './lease.ts'
import { startElection } from './lease.ts'
import { microTime } from './lease-record.ts'
import type { KubeObject } from './resource.ts'

/** One lease, with the API server's rules: 404 before it exists, 409 on a stale version. */
class LeaseHolder implements Pick<KubeClient, 'request'> {
  lease: (KubeObject & { spec?: Record<string, unknown> }) | undefined
  #version = 0
  isDown = false
  requests = 0
  /** Is done between a request and its answer, before the server has looked at it. */
  onWay: (request: KubeRequest) => void = () => {}
  /** Writes are done, and whoever sent them is left waiting until it gives up. */
  isMute = false

  readonly request = async <T>(asked: KubeRequest): Promise<T> => {
    this.requests += 1
    if (this.isDown) throw refused(0, 'Unreachable')
    this.onWay(asked)
    const answer = this.#answer(asked)
    if (this.isMute && asked.method !== 'GET') await abortOf(asked.signal)
    return answer as T
  }

  #answer({ method, body }: KubeRequest): unknown {
    const sent = body as KubeObject | undefined
    if (method === 'POST' && this.lease !== undefined) throw refused(409, 'AlreadyExists')
    if (method !== 'POST' && this.lease === undefined) throw refused(404, 'NotFound')
    if (method === 'PUT' && sent?.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) {
      throw refused(409, 'Conflict')
    }
    if (sent !== undefined) {
      this.#version += 1
      this.lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(this.#version) } }
    }
    return structuredClone(this.lease)
  }

  get client(): KubeClient {
    return this as unknown as KubeClient
  }

  /** As another process would write it. */
  write(spec: Record<string, unknown>): void {
    this.#version += 1
    const metadata = { name: 'l', namespace: 'n', resourceVersion: String(this.#version) }
    this.lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec }
  }
}

const refused = (status: number, reason: string): KubeError =>
  new KubeError({ status, reason, message: reason })

/** Rejects when the signal aborts; never without one. */
const abortOf = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) =>
    signal?.addEventListener('abort', () => reject(new Error('given up')), { once: true }),
  )

/** Lets everything that was resolved run. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 10; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

interface Candidate {
  readonly clock: ManualClock
  readonly election: Election
  readonly terms: AbortSignal[]
  pass(ms: number): Promise<void>
}

async function candidate(
  server: LeaseHolder,
  identity: string,
  options: Partial<ElectionOptions> = {},
): Promise<Candidate> {
  const clock = new ManualClock()
  const terms: AbortSignal[] = []
  const election = startElection({
    client: server.client,
    namespace: 'n',
    name: 'l',
    identity,
    leaseDuration: seconds(15),
    renewDeadline: seconds(10),
    retryPeriod: seconds(2),
    clock,
    random: () => 0,
    log: silentLog,
    onLeading: (signal) => terms.push(signal),
    ...options,
  })
  await turn()
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1000) {
      clock.advance(Math.min(1000, left))
      await turn()
    }
  }
  return { clock, election, terms, pass }
}

test('the first candidate leads at once and goes on leading', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  assert.equal(a.election.mayWrite(), true)
  await a.pass(60_000)
  assert.deepEqual([a.election.mayWrite(), a.terms.length, a.terms[0]?.aborted], [true, 1, false])
  assert.equal(server.lease?.spec?.['leaseTransitions'], 0)
  assert.match(String(server.lease?.spec?.['renewTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
})

test('a try comes a retry period after the one before, however slowly that was answered', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  const begun = a.clock.monotonic()
  server.requests = 0
  server.onWay = () => a.clock.advance(1500)
  for (let step = 0; step < 200; step += 1) await a.pass(100)
  const periods = (a.clock.monotonic() - begun) / 2000
  assert.ok(server.requests >= Math.floor(periods), `${server.requests} tries in ${periods} periods`)
  assert.deepEqual([a.election.mayWrite(), a.terms.length], [true, 1])
})

test('a lease is taken over when it stood still for its own duration, whatever its times say', async () => {
  const server = new LeaseHolder()
  server.write({ holderIdentity: 'x', leaseDurationSeconds: 20, renewTime: '2001-01-01T00:00:00.000000Z' })
  const a = await candidate(server, 'a')
  await a.pass(19_000)
  assert.deepEqual([a.election.mayWrite(), a.election.holder()], [false, 'x'])
  await a.pass(3000)
  assert.deepEqual([a.election.mayWrite(), a.election.holder()], [true, 'a'])
  assert.equal(server.lease?.spec?.['leaseTransitions'], 1)
})

test('a lease that is renewed is never taken over', async () => {
  const server = new LeaseHolder()
  server.write({ holderIdentity: 'x', leaseDurationSeconds: 3 })
  const a = await candidate(server, 'a')
  for (let n = 0; n < 30; n += 1) {
    server.write({ holderIdentity: 'x', leaseDurationSeconds: 3, renewTime: String(n) })
    await a.pass(2000)
    assert.equal(a.election.mayWrite(), false)
  }
})

test('writing stops at the renew deadline when the server cannot be reached, and the term ends', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  server.isDown = true
  await a.pass(9000)
  assert.equal(a.election.mayWrite(), true)
  await a.pass(1000)
  assert.deepEqual([a.election.mayWrite(), a.terms[0]?.aborted], [false, true])
  server.isDown = false
  await a.pass(3000)
  assert.deepEqual([a.election.mayWrite(), a.terms.length], [true, 2])
})

test('a process that was stopped and continued says no before any timer fires', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  a.clock.freeze(10_000)
  assert.equal(a.election.mayWrite(), false)
  assert.equal(a.terms[0]?.aborted, false)
  server.write({ holderIdentity: 'b', leaseDurationSeconds: 15 })
  await a.pass(3000)
  assert.deepEqual([a.election.mayWrite(), a.election.holder(), a.terms[0]?.aborted], [false, 'b', true])
})

test('a stopped process whose lease nobody took begins a new term', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  a.clock.freeze(60_000)
  await a.pass(3000)
  assert.deepEqual([a.election.mayWrite(), a.terms.map((term) => term.aborted)], [true, [true, false]])
})

test('a steady clock that stood still with the machine does not hide the time that passed', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  a.clock.setWall(a.clock.now() + 3_600_000)
  assert.equal(a.election.mayWrite(), false)
})

test('a wall clock that is set back does not prolong a term', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  server.isDown = true
  a.clock.setWall(a.clock.now() - 3_600_000)
  await a.pass(10_000)
  assert.equal(a.election.mayWrite(), false)
})

test('a leader whose lease was taken by hand notices at the next renewal', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  server.write({ holderIdentity: 'b', leaseDurationSeconds: 15 })
  await a.pass(2000)
  assert.deepEqual([a.election.mayWrite(), a.terms[0]?.aborted, a.election.holder()], [false, true, 'b'])
})

test('a stop ends the term and gives the lease back, so that the next one need not wait', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'a')
  const b = await candidate(server, 'b')
  await a.election.stop()
  assert.deepEqual([a.election.mayWrite(), a.terms[0]?.aborted], [false, true])
  assert.equal(server.lease?.spec?.['holderIdentity'], '')
  await b.pass(2000)
  assert.equal(b.election.mayWrite(), true)
})

test('a stop does not touch a lease that another holds', async () => {
  const server = new LeaseHolder()
  server.write({ holderIdentity: 'x', leaseDurationSeconds: 15 })
  const a = await candidate(server, 'a')
  await a.election.stop()
  assert.equal(server.lease?.spec?.['holderIdentity'], 'x')
})

test('a stop gives back a lease whose taking was never answered', async () => {
  for (const before of ['', 'x']) {
    const server = new LeaseHolder()
    server.write({ holderIdentity: before, leaseDurationSeconds: 1 })
    server.isMute = true
    const a = await candidate(server, 'a')
    await a.pass(2000)
    assert.equal(server.lease?.spec?.['holderIdentity'], 'a')
    server.isMute = false
    await a.election.stop()
    assert.deepEqual([a.terms.length, server.lease?.spec?.['holderIdentity']], [0, ''])
  }
})

test('of those who share a lease nobody loses it to the others being faster', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'we', { isShared: true })
  let renewals = 0
  server.onWay = ({ method }) => {
    renewals += 1
    if (method === 'PUT')
      server.write({ holderIdentity: 'we', leaseDurationSeconds: 15, renewTime: String(renewals) })
  }
  await a.pass(60_000)
  assert.deepEqual([a.election.mayWrite(), a.terms.length], [true, 1])
})

test('of those who share a lease each has it from the last look before another renewed it, and no longer', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'we', { isShared: true })
  server.onWay = ({ method }) => {
    if (method === 'PUT') throw refused(500, 'InternalError')
  }
  await a.pass(6000)
  server.write({
    holderIdentity: 'we',
    leaseDurationSeconds: 15,
    renewTime: 'by another, after the look at 6 s',
  })
  await a.pass(9000)
  assert.equal(a.election.mayWrite(), true)
  await a.pass(1000)
  assert.deepEqual([a.election.mayWrite(), a.terms[0]?.aborted], [false, true])
})

test('a term of a shared lease begins with a renewal by another, unless it would soon be over', async () => {
  for (const [retryPeriod, terms] of [
    [seconds(4), 1],
    [seconds(8), 0],
  ] as const) {
    const server = new LeaseHolder()
    server.onWay = ({ method }) => {
      if (method === 'PUT') throw refused(500, 'InternalError')
    }
    server.write({ holderIdentity: 'we', leaseDurationSeconds: 15 })
    const a = await candidate(server, 'we', { isShared: true, retryPeriod })
    server.write({ holderIdentity: 'we', leaseDurationSeconds: 15, renewTime: 'by another' })
    await a.pass(9000)
    assert.equal(a.terms.length, terms)
  }
})

test('a change of a shared lease that leaves its record as it was renews nothing', async () => {
  const server = new LeaseHolder()
  const a = await candidate(server, 'we', { isShared: true })
  server.onWay = ({ method }) => {
    if (method === 'PUT') server.write({ ...server.lease?.spec })
  }
  await a.pass(10_000)
  assert.equal(a.election.mayWrite(), false)
})

test('of two candidates at most one may write at any moment, through outages and stops', async () => {
  const server = new LeaseHolder()
  const pair = [await candidate(server, 'a'), await candidate(server, 'b')] as const
  let state = 42
  const chance = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  for (let step = 0; step < 600; step += 1) {
    server.isDown = chance() < 0.3
    const frozen = chance() < 0.05 ? pair[step % 2] : undefined
    for (const each of pair) {
      // Time is the same for all; a stopped process only does not act in it.
      if (each === frozen) each.clock.freeze(1000)
      else await each.pass(1000)
      assert.ok(
        !(pair[0].election.mayWrite() && pair[1].election.mayWrite()),
        `both may write in step ${step}`,
      )
    }
  }
})

test('durations that cannot work are refused', () => {
  const server = new LeaseHolder()
  for (const wrong of [{ leaseDuration: seconds(10) }, { renewDeadline: duration(2400) }]) {
    assert.throws(() => startElection({ ...optionsOf(server), ...wrong }), RangeError)
  }
})

test('times have exactly six fractional digits', () => {
  assert.equal(microTime(instant(0)), '1970-01-01T00:00:00.000000Z')
  assert.equal(microTime(instant(1234)), '1970-01-01T00:00:01.234000Z')
})

const optionsOf = (server: LeaseHolder): ElectionOptions => ({
  client: server.client,
  namespace: 'n',
  name: 'l',
  identity: 'a',
  leaseDuration: seconds(15),
  renewDeadline: seconds(10),
  retryPeriod: seconds(2),
  clock: new ManualClock(),
  random: () => 0,
  log: silentLog,
  onLeading: () => {},
})
