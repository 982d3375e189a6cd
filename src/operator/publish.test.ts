// This file is about telling: what is written over what, what is said twice, and what is never repeated.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aResource } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { statusError } from '../../test/support/operator-bench.ts'
import { instant } from '../base/clock.ts'
import { minutes, seconds } from '../base/duration.ts'
import { type Log, silentLog } from '../base/log.ts'
import type { Dialect, EventWords, Others, Status, Warning } from '../dialects/dialect.ts'
import type { ClientStats, KubeClient, KubeRequest } from '../kube/client.ts'
import { workQueue } from '../kube/control/queue.ts'
import { KubeError } from '../kube/error.ts'
import type { Answer, Receipt } from '../model/answer.ts'
import { fault } from '../model/fault.ts'
import { refKey } from '../model/ref.ts'
import type { Resource } from '../model/resource.ts'
import { Publisher } from './publish.ts'

const TYPE = {
  group: 'external-secrets.io',
  version: 'v1',
  plural: 'externalsecrets',
  kind: 'ExternalSecret',
  namespaced: true,
}
const KEY = refKey(aResource().ref)
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const RECEIPT: Receipt = {
  is: 'receipt',
  target: { namespace: 'argocd', name: 'repo' },
  logins: [],
  at: instant(0),
  wrote: 'none',
  expiryAssumed: false,
}
const NOBODY = { users: [], findings: [] }
const warning = (message: string): EventWords => ({ type: 'Warning', reason: 'Failed', message })
const normal = (message: string): EventWords => ({ type: 'Normal', reason: 'Synced', message })

const NO_ROLE = new KubeError({
  status: 403,
  reason: 'Forbidden',
  message:
    'User "everpull" cannot patch resource "externalsecrets/status" in API group "external-secrets.io"',
})

class Bench {
  readonly clock = new ManualClock()
  readonly requests: KubeRequest[] = []
  readonly events: string[] = []
  readonly logged: string[] = []
  readonly again: string[] = []
  /** In place of the next answers. */
  readonly refusals: KubeError[] = []
  secretsWait = false
  /** While set, answers wait for it. */
  gate: Promise<void> | undefined
  readonly publisher: Publisher

  constructor(isOpen = true) {
    const note = (message: string): void => void this.logged.push(message)
    const log: Log = { ...silentLog, info: note, warn: note, error: note }
    const nothing: ClientStats = { requests: 0, sessions: 0, inFlight: 0, streams: 0 }
    const client: KubeClient = {
      request: <T>(request: KubeRequest) => this.#answer(request) as Promise<T>,
      stream: () => Promise.reject(new Error('nothing is streamed here')),
      stats: () => nothing,
      close: async () => {},
    }
    this.publisher = new Publisher({
      client,
      startQueue: workQueue,
      tellEvent: (_about, { type, reason, message }, source) =>
        void this.events.push(`${source}: ${type} ${reason} ${message}`),
      installed: () => ({ admitsStatusField: () => true, admitsConditionType: () => true }),
      doSecretsWait: () => this.secretsWait,
      lookAgain: (key, at) => this.again.push(`${key} in ${at - this.clock.now()}`),
      clock: this.clock,
      log,
    })
    if (isOpen) this.publisher.open()
  }

  async #answer(request: KubeRequest): Promise<unknown> {
    this.requests.push(request)
    await this.gate
    request.signal?.throwIfAborted()
    const refusal = this.refusals.shift()
    if (refusal !== undefined) throw refusal
    return {}
  }

  async publish(
    said: Status,
    change: Partial<Resource> = {},
    warnings: readonly Warning[] = [],
    answer: Answer = RECEIPT,
  ): Promise<void> {
    const unasked: Pick<Dialect, 'name' | 'kinds' | 'translate'> = {
      name: 'mobb',
      kinds: [],
      translate: () => ({ is: 'order', deliveries: [], warnings: [] }),
    }
    const dialect: Dialect = { ...unasked, eventSource: 'us', statusManager: 'manager', status: () => said }
    const asked = aResource(change)
    this.publisher.publish({ asked, type: TYPE, dialect, answers: [answer], warnings })
    await this.settle()
  }

  /** Of an object that delivers nothing itself; `others` is what is known of it. */
  async publishState(said: Status, others: Others): Promise<void> {
    const dialect: Dialect = {
      name: 'everpull',
      kinds: [],
      translate: () => ({ is: 'order', deliveries: [], warnings: [] }),
      eventSource: 'us',
      statusManager: 'manager',
      status: () => said,
    }
    this.publisher.publish({ asked: aResource(), type: TYPE, dialect, answers: [], warnings: [], others })
    await this.settle()
  }

  async settle(): Promise<void> {
    for (let turns = 0; turns < 5; turns += 1) await turn()
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    await this.settle()
  }

  get bodies(): readonly unknown[] {
    return this.requests.map(({ body }) => body)
  }
}

describe('a status', () => {
  it('is patched over exactly the version it was made from, in our name', async () => {
    const bench = new Bench()
    await bench.publish({ status: { said: 'x' }, events: [] })
    const [request] = bench.requests
    assert.equal(request?.path, '/apis/external-secrets.io/v1/namespaces/argocd/externalsecrets/repo/status')
    assert.equal(request.query?.['fieldManager'], 'manager')
    assert.deepEqual(request.body, {
      status: { said: 'x' },
      metadata: { uid: 'uid-of-repo', resourceVersion: '1' },
    })
  })

  it('that is what stands there is not written', async () => {
    const bench = new Bench()
    await bench.publish({ status: { a: 1, b: 2 }, events: [] }, { status: { b: 2, a: 1 } })
    assert.deepEqual(bench.requests, [])
  })

  it('that the dialect does not want is not written, but its events are told', async () => {
    const bench = new Bench()
    await bench.publish({ events: [normal('x')] })
    assert.deepEqual([bench.requests, bench.events], [[], ['us: Normal Synced x']])
  })

  it('is not written twice over one version, as the watch is a moment behind', async () => {
    const bench = new Bench()
    await bench.publish({ status: { said: 'x' }, events: [] })
    await bench.publish({ status: { said: 'x' }, events: [] })
    assert.equal(bench.requests.length, 1)
  })

  it('is written again when somebody else overwrote it', async () => {
    const bench = new Bench()
    await bench.publish({ status: { said: 'x' }, events: [] })
    await bench.publish(
      { status: { said: 'x' }, events: [] },
      { resourceVersion: '3', status: { said: 'theirs' } },
    )
    assert.equal(bench.requests.length, 2)
  })

  it('gives way to newer news, which keep the events of the older', async () => {
    const bench = new Bench(false)
    await bench.publish({ status: { said: 'old' }, events: [normal('one')] })
    await bench.publish({ status: { said: 'new' }, events: [normal('two')] })
    bench.publisher.open()
    await bench.settle()
    assert.deepEqual(
      bench.bodies.map((body) => (body as { status: unknown }).status),
      [{ said: 'new' }],
    )
    assert.deepEqual(bench.events, ['us: Normal Synced one', 'us: Normal Synced two'])
  })

  it('waits until the first Secrets are written', async () => {
    const bench = new Bench(false)
    await bench.publish({ status: { said: 'x' }, events: [normal('x')] })
    assert.deepEqual([bench.requests, bench.events], [[], []])
    bench.publisher.open()
    bench.publisher.open()
    await bench.settle()
    assert.deepEqual([bench.requests.length, bench.events.length], [1, 1])
  })

  it('goes out beside few others while Secrets wait, and beside many when none does', async () => {
    const bench = new Bench()
    const held = Promise.withResolvers<void>()
    bench.gate = held.promise
    bench.secretsWait = true
    for (let i = 0; i < 40; i += 1) {
      const ref = { ...aResource().ref, name: `repo-${i}` }
      await bench.publish({ status: { phase: 'ready' }, events: [] }, { ref })
    }
    assert.equal(bench.requests.length, 4)
    bench.secretsWait = false
    bench.gate = Promise.withResolvers<void>().promise
    held.resolve()
    await bench.settle()
    assert.equal(bench.requests.length, 4 + 24)
  })

  it('of an object that is gone is not written', async () => {
    const bench = new Bench(false)
    await bench.publish({ status: { said: 'x' }, events: [normal('x')] })
    bench.publisher.forget(KEY)
    bench.publisher.open()
    await bench.settle()
    assert.deepEqual([bench.requests, bench.events], [[], []])
  })
})

describe('a status that is not taken', () => {
  it('because somebody was faster has the object looked at again, as the watch will show it', async () => {
    const bench = new Bench()
    bench.refusals.push(statusError(409, 'Conflict'))
    await bench.publish({ status: { said: 'x' }, events: [] })
    await bench.pass(minutes(1))
    assert.deepEqual([bench.again, bench.requests.length, bench.logged], [[`${KEY} in 100`], 1, []])
    await bench.publish({ status: { said: 'x' }, events: [] }, { resourceVersion: '2' })
    assert.equal(bench.requests.length, 2)
  })

  it('is not sent again over a version that was overtaken: the watch is asked less and less often for a newer one', async () => {
    const bench = new Bench()
    bench.refusals.push(statusError(409, 'Conflict'))
    for (let pass = 0; pass < 8; pass++) await bench.publish({ status: { said: 'x' }, events: [] })
    assert.equal(bench.requests.length, 1)
    const waits = [100, 200, 400, 800, 1600, 3200, 5000, 5000]
    assert.deepEqual(
      bench.again,
      waits.map((ms) => `${KEY} in ${ms}`),
    )
    await bench.publish({ status: { said: 'x' }, events: [] }, { resourceVersion: '2' })
    assert.equal(bench.requests.length, 2)
  })

  it('because the object is gone is nobody’s concern', async () => {
    const bench = new Bench()
    bench.refusals.push(statusError(404, 'NotFound'))
    await bench.publish({ status: { said: 'x' }, events: [] })
    await bench.pass(minutes(1))
    assert.deepEqual([bench.again, bench.requests.length, bench.logged], [[], 1, []])
  })

  const final: readonly (readonly [string, KubeError])[] = [
    ['what it says', statusError(422, 'Invalid')],
    ['its size', statusError(413, 'RequestEntityTooLarge')],
    ['its size, by etcd', statusError(500, 'etcdserver: request is too large')],
    ['how it was sent', statusError(405, 'MethodNotAllowed')],
  ]
  for (const [why, refusal] of final) {
    it(`for ${why} is not repeated, whatever the version, and is said once`, async () => {
      const bench = new Bench()
      bench.refusals.push(refusal)
      await bench.publish({ status: { said: 'x' }, events: [] })
      await bench.publish({ status: { said: 'x' }, events: [] }, { resourceVersion: '2' })
      await bench.pass(minutes(10))
      assert.equal(bench.requests.length, 1)
      assert.deepEqual(bench.logged, ['the status was refused and is not repeated'])
      await bench.publish({ status: { said: 'y' }, events: [] }, { resourceVersion: '2' })
      assert.equal(bench.requests.length, 2)
    })
  }

  const later: readonly (readonly [string, KubeError, number, string])[] = [
    [
      'because the server is away',
      statusError(503, 'ServiceUnavailable'),
      seconds(2),
      'statuses cannot be written',
    ],
    [
      'because it may not be written',
      NO_ROLE,
      seconds(10),
      'statuses may not be written: apply the output of "everpull rbac"',
    ],
  ]
  for (const [name, refusal, wait, words] of later) {
    it(`${name} is sent again later, its event is not, and the trouble is said once`, async () => {
      const bench = new Bench()
      bench.refusals.push(refusal, refusal)
      await bench.publish({ status: { said: 'x' }, events: [normal('x')] })
      await bench.pass(wait - 1)
      assert.equal(bench.requests.length, 1)
      await bench.pass(1)
      await bench.pass(wait)
      assert.equal(bench.requests.length, 3)
      assert.deepEqual(bench.logged, [words, 'statuses are written again'])
      assert.deepEqual([bench.events, bench.again], [['us: Normal Synced x'], []])
    })
  }

  it('gives way to news that come before it is sent again', async () => {
    const bench = new Bench()
    bench.refusals.push(statusError(503, 'ServiceUnavailable'))
    await bench.publish({ status: { said: 'old' }, events: [] })
    await bench.publish({ status: { said: 'new' }, events: [] })
    await bench.pass(seconds(10))
    assert.deepEqual(
      bench.bodies.map((body) => (body as { status: unknown }).status),
      [{ said: 'old' }, { said: 'new' }],
    )
  })

  it('because we lead no more is left to whoever leads', async () => {
    const bench = new Bench()
    bench.refusals.push(statusError(0, 'NotLeader'))
    await bench.publish({ status: { said: 'x' }, events: [] })
    await bench.pass(minutes(1))
    assert.deepEqual([bench.requests.length, bench.logged], [1, []])
  })
})

describe('an event', () => {
  const told = async (bench: Bench, ...events: readonly EventWords[]): Promise<void> => {
    await bench.publish({ events })
  }

  it('that warns is told once while it is the news', async () => {
    const bench = new Bench()
    await told(bench, warning('x'))
    await told(bench, warning('x'))
    assert.deepEqual(bench.events, ['us: Warning Failed x'])
  })

  it('that warns is told again after other words', async () => {
    const bench = new Bench()
    for (const words of [warning('x'), warning('y'), warning('x'), normal('fine'), warning('x')]) {
      await told(bench, words)
    }
    assert.equal(bench.events.length, 5)
  })

  it('that warns is told again after all was well', async () => {
    const bench = new Bench()
    await told(bench, warning('x'))
    await told(bench)
    await told(bench, warning('x'))
    assert.equal(bench.events.length, 2)
  })

  it('of what nobody can mend in a namespace that is being deleted is not told; the status is', async () => {
    const bench = new Bench()
    const cause = fault('namespace-terminating', 'x')
    const answer: Answer = { is: 'failed', fault: cause, at: instant(0) }
    await bench.publish({ status: { said: 'x' }, events: [warning('x')] }, {}, [], answer)
    assert.deepEqual([bench.events, bench.requests.length], [[], 1])
  })

  it('of a real write is told each time', async () => {
    const bench = new Bench()
    await told(bench, normal('x'))
    await told(bench, normal('x'))
    assert.equal(bench.events.length, 2)
  })

  it('of a state is told once, however often it is stated before its status is taken', async () => {
    const bench = new Bench(false)
    await bench.publishState({ events: [normal('tested')] }, { circumstances: NOBODY })
    await bench.publishState({ events: [normal('tested')] }, { circumstances: NOBODY })
    bench.publisher.open()
    await bench.settle()
    await bench.publishState({ events: [normal('tested')] }, { circumstances: NOBODY })
    assert.deepEqual(bench.events, ['us: Normal Synced tested'])
  })

  it('that warns of a state is no news after a look that knew nothing yet', async () => {
    const bench = new Bench()
    await bench.publishState({ events: [warning('x')] }, { shares: [] })
    await bench.publishState({ events: [] }, {})
    await bench.publishState({ events: [warning('x')] }, { shares: [] })
    assert.equal(bench.events.length, 1)
    await bench.publishState({ events: [] }, { shares: [] })
    await bench.publishState({ events: [warning('x')] }, { shares: [] })
    assert.equal(bench.events.length, 2)
  })

  it('that warns of an object is told again when one of the same name takes its place', async () => {
    const bench = new Bench()
    await bench.publish({ events: [warning('x')] })
    await bench.publish({ events: [warning('x')] }, { uid: 'another' })
    assert.equal(bench.events.length, 2)
  })
})

describe('a warning about the order itself', () => {
  const odd = (message: string): Warning => ({ reason: 'Odd', message })

  it('is told and logged once while it stands, and again when it changes', async () => {
    const bench = new Bench()
    const quiet = { events: [] }
    await bench.publish(quiet, {}, [odd('x')])
    await bench.publish(quiet, {}, [odd('x')])
    await bench.publish(quiet, {}, [odd('y')])
    await bench.publish(quiet)
    await bench.publish(quiet, {}, [odd('y')])
    assert.deepEqual(bench.events, ['us: Warning Odd x', 'us: Warning Odd y', 'us: Warning Odd y'])
    assert.deepEqual(bench.logged, ['x', 'y', 'y'])
  })
})

describe('closing', () => {
  it('lets what is told just now be written, and nothing after', async () => {
    const bench = new Bench()
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.gate = promise
    await bench.publish({ status: { said: 'x' }, events: [] })
    const closed = bench.publisher.close()
    resolve()
    await closed
    await bench.publish({ status: { said: 'y' }, events: [] })
    assert.deepEqual([bench.requests.length, bench.logged, bench.clock.armed], [1, [], 0])
  })

  it('waits two seconds for a server that hangs, and says nothing of it', async () => {
    const bench = new Bench()
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.gate = promise
    await bench.publish({ status: { said: 'x' }, events: [] })
    let isClosed = false
    const closed = bench.publisher.close().then(() => (isClosed = true))
    await bench.pass(1999)
    assert.equal(bench.requests[0]?.signal?.aborted, false)
    await bench.pass(1)
    await bench.pass(0)
    assert.equal(bench.requests[0].signal.aborted, true)
    resolve()
    await closed
    assert.deepEqual([isClosed, bench.logged], [true, []])
  })
})
