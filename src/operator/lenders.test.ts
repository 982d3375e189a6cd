// This file is about objects that lend an identity, as long as somebody is served through them.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aWant, into } from '../../test/support/builders.ts'
import { OperatorBench, OURS, statusError, WISH } from '../../test/support/operator-bench.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import type { KubeRequest } from '../kube/client.ts'
import type { KubeObject } from '../kube/resource.ts'
import { ordererOf } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'
import { NAMESPACE, SECRET } from '../model/kind.ts'
import type { OperatorOptions } from './operator.ts'
import type { Resource } from '../model/resource.ts'

const THEIRS = 'example.com/theirs'
const LENDER = {
  ...WISH,
  kind: 'Lender',
  plural: 'lenders',
  namespaced: false,
  lends: true,
  finalizers: [OURS, THEIRS],
} as const
const SPELL = { ...WISH, kind: 'Spell', plural: 'spells', namespaced: false, finalizers: [] } as const
const PULL = { group: LENDER.group, kind: LENDER.kind, namespace: '', name: 'pull' }

/** What a Lender looks at that nobody watches. */
const UNREAD = { ...SECRET, namespace: 'elsewhere', name: 'unread' }

/** A Lender is held while it is used; a Spell is served in every namespace through the Lender, or lacks something. */
const lending = (lacks: () => boolean): Dialect => ({
  name: 'mobb',
  kinds: [LENDER, SPELL, NAMESPACE, SECRET],
  eventSource: 'spells',
  statusManager: 'everpull',
  translate(asked: Resource, world): Translation {
    const nothing = { is: 'order', deliveries: [], warnings: [] } as const
    if (asked.ref.kind === LENDER.kind) {
      if (asked.labels['looks'] !== undefined) world.get(UNREAD)
      const used = world.usersOf(asked.ref).length > 0
      const releases = [OURS]
      return used
        ? { ...nothing, finalizer: OURS, releases, holds: fault('in-use', 'it is used') }
        : { ...nothing, releases }
    }
    const { namespace } = asked.ref
    if (namespace !== '' && lacks()) {
      const cause = fault('credential-missing', 'it lacks something')
      return { is: 'unready', fault: cause, targets: [{ namespace, name: 'spell' }], through: PULL }
    }
    if (namespace !== '') {
      const { identity, scope } = aWant()
      const logins = [{ identity: { ...identity, through: PULL }, scope }]
      const order = aDelivery({ orderedBy: ordererOf(asked), logins }, 'spell')
      return { ...nothing, deliveries: [into(order, { namespace, name: 'spell' })] }
    }
    const listed = world.list(NAMESPACE, {})
    if (listed.is !== 'listed')
      return { is: 'unready', fault: fault('reference-unreadable', 'no namespaces'), targets: [] }
    return { ...nothing, spread: listed.resources.map(({ ref }) => ref.name) }
  },
  status: () => ({ events: [] }),
})

const LEAVING = { deletionTimestamp: '2026-01-01T00:00:01Z', finalizers: [OURS, THEIRS] }

class LenderBench extends OperatorBench {
  /** As patched last. */
  finalizers: readonly string[] | undefined
  isLacking = false
  /** What answers wait for about what nobody watches. */
  reading: Promise<void> = Promise.resolve()

  async begin(lender: object = LEAVING, change: Partial<OperatorOptions> = {}): Promise<void> {
    await this.start({ dialects: [lending(() => this.isLacking)], ...change }, false)
    const creationTimestamp = '2026-01-01T00:00:00Z'
    this.reflectors.of('Lender').put({ name: 'pull', creationTimestamp, ...lender })
    this.reflectors.of('Spell').put({ name: 'pull', creationTimestamp })
    await this.list()
    this.reflectors.of('Namespace').put({ name: 'a' })
    this.reflectors.of('Namespace').sync()
    await this.settleAll()
  }

  protected override answerOther({ method, path, body }: KubeRequest): unknown {
    if (method === 'GET') return this.#read()
    const { metadata } = body as KubeObject
    if (path.endsWith('/lenders/pull')) this.finalizers = metadata.finalizers
    if (!path.endsWith('/pull')) throw statusError(404, 'NotFound')
    return { metadata: { name: 'pull', resourceVersion: '9' } }
  }

  async #read(): Promise<never> {
    await this.reading
    throw statusError(404, 'NotFound')
  }
}

describe('what lends an identity', () => {
  it('is held on to by a pass in flight when the operator ends', async () => {
    const bench = new LenderBench()
    const reading = Promise.withResolvers<void>()
    bench.reading = reading.promise
    await bench.begin({}, { driftWatch: false })
    assert.deepEqual(bench.finalizers, [OURS])
    bench.reflectors.of('Lender').put({ name: 'pull', finalizers: [OURS], labels: { looks: 'yes' } })
    await bench.settle()
    const stopped = bench.operator.stop()
    await bench.settle()
    bench.finalizers = undefined
    reading.resolve()
    await stopped
    assert.equal(bench.finalizers, undefined)
  })

  it('is held as soon as somebody is served through it', async () => {
    const bench = new LenderBench()
    await bench.begin({})
    assert.ok(bench.store.secrets.has('a/spell'))
    assert.deepEqual(bench.finalizers, [OURS])
    await bench.operator.stop()
  })
})

describe('what lends an identity and is being deleted', () => {
  it('waits after a restart until all who may use it have been looked at', async () => {
    const bench = new LenderBench()
    await bench.begin()
    await bench.pass(10_000)
    assert.ok(bench.store.secrets.has('a/spell'))
    assert.equal(bench.finalizers, undefined)
    await bench.operator.stop()
  })

  it('waits after a restart for one that lacks something and serves what it got', async () => {
    const before = new LenderBench()
    await before.begin({})
    await before.operator.stop()
    const bench = new LenderBench()
    bench.isLacking = true
    for (const [key, secret] of before.store.secrets) bench.store.secrets.set(key, secret)
    await bench.begin()
    await bench.pass(10_000)
    assert.equal(bench.finalizers, undefined)
    await bench.operator.stop()
  })

  it('waits for nobody who lacks something and never got anything', async () => {
    const bench = new LenderBench()
    bench.isLacking = true
    await bench.begin()
    await bench.pass(10_000)
    assert.deepEqual(bench.finalizers, [THEIRS])
    await bench.operator.stop()
  })

  it('is let go of once nobody uses it any more, save by others who hold it', async () => {
    const bench = new LenderBench()
    await bench.begin()
    bench.reflectors.of('Spell').remove({ name: 'pull' })
    await bench.pass(10_000)
    assert.deepEqual(bench.finalizers, [THEIRS])
    await bench.operator.stop()
  })
})

describe('what is lent while AWS is waited for', () => {
  it('and taken back meanwhile is written nowhere', async () => {
    const bench = new LenderBench()
    const minting = Promise.withResolvers<void>()
    bench.logins.minting = minting.promise
    await bench.begin({})
    bench.isLacking = true
    minting.resolve()
    await bench.settleAll()
    assert.equal(bench.logins.mints, 1)
    assert.equal(bench.store.secrets.has('a/spell'), false)
    await bench.operator.stop()
  })

  it('and still lent is written', async () => {
    const bench = new LenderBench()
    const minting = Promise.withResolvers<void>()
    bench.logins.minting = minting.promise
    await bench.begin({})
    minting.resolve()
    await bench.settleAll()
    assert.ok(bench.store.secrets.has('a/spell'))
    await bench.operator.stop()
  })
})
