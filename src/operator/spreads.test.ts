// This file is about testing orders that are spread over namespaces: each share is an order, and all of them are told of as one.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aDelivery, aResource, into, textData } from '../../test/support/builders.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { OperatorBench, OURS, statusError, WISH } from '../../test/support/operator-bench.ts'
import type { KubeRequest } from '../kube/client.ts'
import type { KubeObject } from '../kube/resource.ts'
import { hours, seconds } from '../base/duration.ts'
import type { Dialect, Translation } from '../dialects/dialect.ts'
import { ordererOf } from '../model/delivery.ts'
import { fault } from '../model/fault.ts'
import { NAMESPACE, SECRET } from '../model/kind.ts'
import type { Resource } from '../model/resource.ts'
import { Spreads } from './spreads.ts'

interface SpellSpec {
  readonly exclude?: readonly string[]
  readonly key?: string
}

/** Ordered once for the whole cluster; served in every namespace that its spec does not exclude. */
const spells: Dialect = {
  name: 'mobb',
  kinds: [
    { ...WISH, kind: 'Spell', plural: 'spells', namespaced: false, finalizers: [OURS] },
    NAMESPACE,
    SECRET,
  ],
  eventSource: 'spells',
  statusManager: 'everpull',
  translate(asked: Resource, world): Translation {
    const { exclude = [], key = 'password' } = (asked.spec ?? {}) as SpellSpec
    if (asked.ref.namespace !== '') {
      const delivery = aDelivery({ orderedBy: ordererOf(asked) }, 'spell')
      const { namespace } = asked.ref
      const order = into(
        { ...delivery, shape: { is: 'key-values', entries: [entry(key)] } },
        { namespace, name: 'spell' },
      )
      return { is: 'order', deliveries: [order], warnings: [] }
    }
    const listed = world.list(NAMESPACE, {})
    if (listed.is !== 'listed') {
      return { is: 'unready', fault: fault('reference-unreadable', 'no namespaces'), targets: [] }
    }
    const spread = listed.resources
      .filter(({ ref, deletingSince }) => deletingSince === undefined && !exclude.includes(ref.name))
      .map(({ ref }) => ref.name)
    return { is: 'order', deliveries: [], warnings: [], spread, finalizer: OURS }
  },
  status(_asked, answers, _installed, others) {
    const shares = (others?.shares ?? []).map(
      (share) => `${share.namespace} ${share.answers.map(({ is }) => is).join()}`,
    )
    const own = answers.flatMap((answer) => (answer.is === 'failed' ? [answer.fault.message] : []))
    return { status: { said: [...own, ...shares].join('; ') }, events: [] }
  },
}

const entry = (key: string) => ({ key, value: { is: 'login', login: 0, field: 'password' } }) as const

class SpellBench extends OperatorBench {
  #object: KubeObject = { apiVersion: 'example.com/v1', kind: 'Spell', metadata: { name: 'pull' } }
  #changes = 0

  /** With Secrets left from before. */
  static async after(before: SpellBench): Promise<SpellBench> {
    await before.operator.stop()
    const bench = new SpellBench()
    for (const [key, secret] of before.store.secrets) bench.store.secrets.set(key, secret)
    return bench
  }

  async begin(namespaces: readonly string[], spec: SpellSpec = {}, metadata: object = {}): Promise<void> {
    await this.start({ dialects: [spells] }, false)
    this.cast(spec, metadata)
    await this.list()
    for (const name of namespaces) this.reflectors.of('Namespace').put({ name })
    this.reflectors.of('Namespace').sync()
    await this.settleAll()
  }

  cast(spec: SpellSpec, metadata: object = {}): void {
    this.#changes += 1
    this.#show({ ...this.#object.metadata, generation: this.#changes, ...metadata }, { spec })
  }

  get secrets(): readonly string[] {
    return [...this.store.secrets.keys()].toSorted()
  }

  get words(): string {
    return String((this.#object['status'] as { said?: unknown } | undefined)?.said)
  }

  get finalizers(): readonly string[] {
    return this.#object.metadata.finalizers ?? []
  }

  protected override answerOther({ path, body }: KubeRequest): unknown {
    if (!path.includes('/spells/pull')) throw statusError(404, 'NotFound')
    const { metadata = {}, ...members } = body as { metadata?: object }
    this.#show({ ...this.#object.metadata, ...metadata }, members)
    return this.#object
  }

  #show(metadata: KubeObject['metadata'], members: object): void {
    this.#changes += 1
    const resourceVersion = String(this.#changes)
    this.#object = { ...this.#object, ...members, metadata: { ...metadata, resourceVersion } }
    const { metadata: now, ...rest } = this.#object
    setImmediate(() => this.reflectors.of('Spell').put(now, rest))
  }
}

it('an order that lives in a namespace waits for no share of it, whatever it has left there', () => {
  const spreads = new Spreads({
    served: new Map(),
    store: { marks: () => [], carrying: () => [{ namespace: 'argocd', name: 'repo' }] },
    linkedIn: () => [],
    hasLinks: () => true,
    namespaces: () => [aResource({ ref: { group: '', kind: 'Namespace', namespace: '', name: 'argocd' } })],
    lookAgain: () => assert.fail('nobody has to be looked at'),
    lookAt: () => {},
    clock: new ManualClock(),
  })
  assert.deepEqual(spreads.letGo(aResource()), { is: 'free' })
})

describe('an order spread over namespaces', () => {
  it('is served in each of them, with one login for all', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b', 'c'])
    assert.deepEqual(bench.secrets, ['a/spell', 'b/spell', 'c/spell'])
    assert.equal(bench.logins.mints, 1)
    await bench.pass(seconds(2))
    assert.match(bench.words, /a receipt; b receipt; c receipt/)
    await bench.operator.stop()
  })

  it('serves a namespace that comes, and leaves the others alone', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    const passes = bench.passes.length
    bench.reflectors.of('Namespace').put({ name: 'c' })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell', 'b/spell', 'c/spell'])
    assert.ok(bench.passes.length - passes <= 4, `it took ${bench.passes.length - passes} passes`)
    await bench.operator.stop()
  })

  it('deletes what it made where it is no longer served', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    bench.cast({ exclude: ['b'] })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell'])
    assert.doesNotMatch(bench.words, /b receipt/)
    await bench.operator.stop()
  })

  it('deletes after a restart what was made where it is no longer served', async () => {
    const before = new SpellBench()
    await before.begin(['a', 'b'])
    const bench = await SpellBench.after(before)
    await bench.begin(['a', 'b'], { exclude: ['b'] })
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, ['a/spell'])
    await bench.operator.stop()
  })

  it('is written anew everywhere when it changes', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    bench.cast({ key: 'token' })
    await bench.pass(seconds(5))
    for (const namespace of ['a', 'b'])
      assert.deepEqual(Object.keys(bench.store.text({ namespace, name: 'spell' }) ?? {}), ['token'])
    await bench.operator.stop()
  })

  it('has one namespace in trouble without the others', async () => {
    const bench = new SpellBench()
    bench.store.put({ namespace: 'b', name: 'spell' }, { data: textData({ theirs: 'x' }), immutable: true })
    await bench.begin(['a', 'b'])
    await bench.pass(seconds(3))
    assert.match(bench.words, /a receipt; b failed/)
    await bench.pass(hours(9))
    assert.notDeepEqual(bench.store.text({ namespace: 'a', name: 'spell' }), { password: 'token-1' })
    await bench.operator.stop()
  })

  it('tells of its shares once a second at most', async () => {
    const bench = new SpellBench()
    await bench.begin(Array.from({ length: 300 }, (_, i) => `n-${i}`))
    await bench.pass(seconds(2))
    const told = bench.requests.filter(({ path }) => path.endsWith('/status')).length
    assert.ok(told <= 4, `its status was written ${told} times`)
    await bench.operator.stop()
  })

  const LEAVING = { deletionTimestamp: '2026-01-01T00:00:01Z', finalizers: [OURS] }

  it('goes once every namespace is free of it', async () => {
    const bench = new SpellBench()
    await bench.begin(['a', 'b'])
    assert.deepEqual(bench.finalizers, [OURS])
    bench.cast({}, LEAVING)
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, [])
    assert.deepEqual(bench.finalizers, [])
    await bench.operator.stop()
  })

  it('goes after a restart too, with all it had made', async () => {
    const before = new SpellBench()
    await before.begin(['a', 'b'])
    const bench = await SpellBench.after(before)
    await bench.begin(['a', 'b'], {}, LEAVING)
    await bench.pass(seconds(5))
    assert.deepEqual(bench.secrets, [])
    assert.deepEqual(bench.finalizers, [])
    await bench.operator.stop()
  })
})
