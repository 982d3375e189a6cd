// This file is about ClusterExternalSecrets that the External Secrets Operator looked after: left alone, then taken over whole.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { KubeClient } from '../../src/kube/client.ts'
import { type KubeObject, NAMESPACES } from '../../src/kube/resource.ts'
import { getObject } from '../../src/kube/writes.ts'
import { adminClient } from '../support/admin-client.ts'
import { EXTERNAL_SECRETS } from '../support/condition-watch.ts'
import { eventually } from '../support/eventually.ts'
import { leftByAnother, leftFinalizer } from '../support/left-cluster-order.ts'
import { ObjectWatch } from '../support/object-watch.ts'
import { labelledNamespace } from '../support/orders.ts'
import { Stage } from '../support/stage.ts'

const MINUTE_MS = 60_000
/** Their clock and ours are one, but what is new is seen a moment after it is made. */
const SLACK_MS = 2000

describe('a ClusterExternalSecret that external-secrets answered', () => {
  let stage: Stage
  let client: KubeClient
  let children: ObjectWatch<KubeObject>

  before(async () => {
    stage = await Stage.open()
    client = await adminClient(stage)
    children = await ObjectWatch.open(client, EXTERNAL_SECRETS)
  })
  after(async () => {
    await children[Symbol.asyncDispose]()
    await client.close()
    await stage[Symbol.asyncDispose]()
  })

  const leftBehind = (name: string): Promise<KubeObject> => leftByAnother(stage, client, name)

  const finalizersOn = async (namespace: string): Promise<readonly string[]> =>
    (await getObject(client, NAMESPACES, { name: namespace })).metadata.finalizers ?? []

  it('is taken over when a namespace stays without its ExternalSecret for a minute', async () => {
    const child = await leftBehind('beside')
    const operator = await stage.startOperator()
    await operator.ready()
    // Before kubectl, which may end long after the namespace is there.
    const begun = performance.now()
    await stage.apply(labelledNamespace('beside-b', { room: 'beside' }))
    assert.deepEqual(await finalizersOn('beside-a'), [leftFinalizer('beside')])
    await children.where({ namespace: 'beside-b', name: 'beside' }, 'is there', () => true, 2 * MINUTE_MS)
    const took = performance.now() - begun
    assert.ok(took > MINUTE_MS - SLACK_MS, `after ${Math.round(took)} ms`)
    assert.deepEqual(await finalizersOn('beside-a'), [])
    const kept = children.get({ namespace: 'beside-a', name: 'beside' })
    assert.deepEqual([kept?.metadata.generation, kept?.['spec']], [child.metadata.generation, child['spec']])
    await operator.stop()
  })

  it('is taken over at once where the operator is told to', async () => {
    const child = await leftBehind('taken')
    await stage.apply(labelledNamespace('taken-b', { room: 'taken' }))
    const operator = await stage.startOperator(['--take-over=external-secrets'])
    await operator.ready()
    await children.where({ namespace: 'taken-b', name: 'taken' }, 'is there', () => true)
    await eventually('the finalizer is taken off', async () => (await finalizersOn('taken-a')).length === 0)
    const kept = children.get({ namespace: 'taken-a', name: 'taken' })
    assert.deepEqual([kept?.metadata.generation, kept?.['spec']], [child.metadata.generation, child['spec']])
    await operator.stop()
  })
})
