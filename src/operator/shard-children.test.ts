// This file is about orders outside of namespaces whose children live in namespaces that another shard serves.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OperatorBench, statusError, WISH } from '../../test/support/operator-bench.ts'
import type { Dialect } from '../dialects/dialect.ts'
import type { KubeRequest } from '../kube/client.ts'
import type { KubeObject } from '../kube/resource.ts'
import { FIRST_SHARD, shardOfNamespace } from './shards.ts'

const PARENT = { ...WISH, kind: 'Plan', plural: 'plans', namespaced: false, children: [WISH] } as const

/** One of another shard than the first. */
const ELSEWHERE = ['a', 'b', 'c', 'd', 'e'].find((name) => shardOfNamespace(name, 2) !== FIRST_SHARD) ?? ''

/** A Plan has a Wish in each namespace that it names, and says how they fare. */
const planning: Dialect = {
  name: 'mobb',
  kinds: [PARENT, WISH],
  eventSource: 'plans',
  statusManager: 'everpull',
  translate(asked) {
    const order = { is: 'order', deliveries: [], warnings: [] } as const
    if (asked.ref.kind !== PARENT.kind) return order
    const { namespaces } = asked.spec as { readonly namespaces: readonly string[] }
    const children = namespaces.map((namespace) => ({
      ref: { ...asked.ref, kind: WISH.kind, namespace },
      labels: {},
      annotations: {},
      spec: {},
    }))
    return { ...order, children }
  },
  status(_asked, _answers, _installed, others) {
    const said = (others?.children ?? []).map((child) =>
      child.is === 'standing' ? child.readiness.is : child.is,
    )
    return { status: { said }, events: [] }
  },
}

const owned = {
  name: 'all',
  namespace: ELSEWHERE,
  generation: 1,
  ownerReferences: [
    { apiVersion: 'example.com/v1', kind: 'Plan', name: 'all', uid: 'uid-of-all', controller: true },
  ],
}

class PlanBench extends OperatorBench {
  /** What the Plan was told last. */
  told: unknown
  readonly deleted: string[] = []

  /** The first shard is held, and that of the child is not. */
  async begin(): Promise<void> {
    await this.start({ ...OperatorBench.inShards, dialects: [planning] }, false)
    this.plan([ELSEWHERE], 1)
    this.child('False')
    await this.list()
    await this.takeShard(FIRST_SHARD)
    await this.pass(2000)
  }

  plan(namespaces: readonly string[], generation: number): void {
    this.reflectors.of('Plan').put({ name: 'all', generation }, { spec: { namespaces } })
  }

  child(ready: string): void {
    const conditions = [{ type: 'Ready', status: ready }]
    this.reflectors.of('Wish').put(owned, { spec: {}, status: { conditions } })
  }

  protected override answerOther({ method, path, body }: KubeRequest): unknown {
    if (method === 'DELETE') this.deleted.push(path)
    else if (path.endsWith('/plans/all/status')) {
      this.told = ((body as KubeObject)['status'] as { readonly said: unknown }).said
    } else throw statusError(404, 'NotFound')
    return { metadata: { name: 'all', resourceVersion: '9' } }
  }
}

describe('an order whose child another shard serves', () => {
  it('is told how its child fares, and when that changes', async () => {
    const bench = new PlanBench()
    await bench.begin()
    assert.deepEqual(bench.told, ['unready'])
    bench.child('True')
    await bench.pass(2000)
    assert.deepEqual(bench.told, ['ready'])
    await bench.operator.stop()
  })

  it('has its child deleted when it wants it no more', async () => {
    const bench = new PlanBench()
    await bench.begin()
    bench.plan([], 2)
    await bench.pass(2000)
    assert.equal(bench.deleted.length, 1)
    assert.match(bench.deleted.join(), new RegExp(`/namespaces/${ELSEWHERE}/wishes/all$`))
    await bench.operator.stop()
  })

  it('leaves what its child orders to that other shard', async () => {
    const bench = new PlanBench()
    await bench.begin()
    assert.deepEqual(bench.operator.shardsHeld(), [FIRST_SHARD])
    assert.deepEqual(
      bench.operator.readModel.list().map(({ ref }) => ref.kind),
      ['Plan'],
    )
    await bench.operator.stop()
  })
})
