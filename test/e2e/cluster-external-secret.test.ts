// This file is about ClusterExternalSecrets on a real control plane: an ExternalSecret in each namespace selected, and none elsewhere.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { KubeClient } from '../../src/kube/client.ts'
import { type KubeObject, NAMESPACES, SECRETS } from '../../src/kube/resource.ts'
import { createObject, deleteObject, mergePatch } from '../../src/kube/writes.ts'
import { adminClient } from '../support/admin-client.ts'
import { EXTERNAL_SECRETS } from '../support/condition-watch.ts'
import { ObjectWatch } from '../support/object-watch.ts'
import {
  type AskedOfAll,
  clusterExternalSecret,
  externalSecret,
  generator,
  labelledNamespace,
  together,
} from '../support/orders.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const CLUSTER_EXTERNAL_SECRETS = {
  ...EXTERNAL_SECRETS,
  plural: 'clusterexternalsecrets',
  kind: 'ClusterExternalSecret',
  namespaced: false,
}
const GENERATOR = 'own'
const TAKEN = 'external secret already exists in namespace'
/** What external-secrets leaves on what it has touched. */
const CLUSTER_FINALIZER = 'externalsecrets.external-secrets.io/clusterexternalsecret-cleanup'
const namespaceFinalizer = (name: string): string => `externalsecrets.external-secrets.io/ces-${name}`

/** From the answer to a new or changed namespace until a watch shows its ExternalSecret. */
const LIMIT_MS = 1000
/** On a machine that is busy with other things, the fastest of so many counts. */
const TRIES = 8

interface Order extends KubeObject {
  readonly status?: {
    readonly externalSecretName?: string
    readonly provisionedNamespaces?: readonly string[]
    readonly failedNamespaces?: readonly { readonly namespace: string; readonly reason: string }[]
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message?: string
    }[]
  }
}
interface Child extends KubeObject {
  readonly spec: { readonly refreshInterval?: string; readonly target?: { readonly name?: string } }
}

const readyOf = ({ status }: Order) => status?.conditions?.find(({ type }) => type === 'Ready')
const isReady = (order: Order): boolean => readyOf(order)?.status === 'True'
const provisioned = ({ status }: Order): readonly string[] => status?.provisionedNamespaces ?? []
const failed = ({ status }: Order) => status?.failedNamespaces ?? []

describe('a ClusterExternalSecret', () => {
  let stage: Stage
  let operator: RunningOperator
  let client: KubeClient
  let orders: ObjectWatch<Order>
  let children: ObjectWatch<Child>
  let secrets: ObjectWatch<KubeObject>
  let namespaces: ObjectWatch<KubeObject>

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    client = await adminClient(stage)
    orders = await ObjectWatch.open(client, CLUSTER_EXTERNAL_SECRETS)
    children = await ObjectWatch.open(client, EXTERNAL_SECRETS)
    secrets = await ObjectWatch.open(client, SECRETS)
    namespaces = await ObjectWatch.open(client, NAMESPACES)
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(async () => {
    for (const watch of [orders, children, secrets, namespaces]) await watch[Symbol.asyncDispose]()
    await client.close()
    await stage[Symbol.asyncDispose]()
  })

  /** Namespaces with a generator each. */
  const rooms = (...names: readonly (readonly [string, Record<string, string>])[]): Promise<string> =>
    stage.apply(
      together(
        ...names.flatMap(([name, labels]) => [
          labelledNamespace(name, labels),
          generator({ namespace: name, name: GENERATOR }),
        ]),
      ),
    )
  const order = (asked: Omit<AskedOfAll, 'generator'>): Promise<string> =>
    stage.apply(clusterExternalSecret({ generator: GENERATOR, ...asked }))
  const selecting = (label: string) => ({ namespaceSelectors: [{ matchLabels: { room: label } }] })
  const ready = (name: string, ...where: readonly string[]): Promise<Order> =>
    orders.where(
      { name },
      `is ready in ${where.join(', ')}`,
      (now) => isReady(now) && provisioned(now).join() === where.join(),
    )
  const change = (name: string, patch: object): Promise<KubeObject> =>
    mergePatch(client, CLUSTER_EXTERNAL_SECRETS, { name }, { ...patch }, { fieldManager: 'somebody' })
  const label = (namespace: string, labels: Record<string, string | null>): Promise<KubeObject> =>
    mergePatch(
      client,
      NAMESPACES,
      { name: namespace },
      { metadata: { labels } },
      { fieldManager: 'somebody' },
    )
  const exists = (): true => true

  it('keeps an ExternalSecret of its own name in each namespace selected, and says where', async () => {
    await rooms(
      ['plain-a', { room: 'plain' }],
      ['plain-b', { room: 'plain' }],
      ['plain-c', { room: 'other' }],
    )
    await order({ name: 'plain', spec: selecting('plain') })
    const { status, metadata } = await ready('plain', 'plain-a', 'plain-b')
    assert.deepEqual(status, {
      externalSecretName: 'plain',
      provisionedNamespaces: ['plain-a', 'plain-b'],
      conditions: [{ type: 'Ready', status: 'True' }],
    })
    assert.deepEqual(metadata.finalizers, undefined)
    for (const namespace of ['plain-a', 'plain-b']) {
      const child = await children.where({ namespace, name: 'plain' }, 'is there', exists)
      const [owner] = child.metadata.ownerReferences ?? []
      assert.deepEqual(
        [owner?.kind, owner?.name, owner?.controller, child.metadata.labels],
        ['ClusterExternalSecret', 'plain', true, undefined],
      )
      await secrets.where({ namespace, name: 'plain' }, 'is there', exists)
      assert.equal(namespaces.get({ name: namespace })?.metadata.finalizers, undefined)
    }
    assert.equal(children.get({ namespace: 'plain-c', name: 'plain' }), undefined)
  })

  it('gives them the name and the metadata it is told to', async () => {
    await rooms(['named-a', { room: 'named' }])
    const externalSecretMetadata = { labels: { app: 'pull' }, annotations: { note: 'kept' } }
    await order({
      name: 'named',
      spec: { ...selecting('named'), externalSecretName: 'pull', externalSecretMetadata },
    })
    const { status } = await ready('named', 'named-a')
    assert.equal(status?.externalSecretName, 'pull')
    const { metadata } = await children.where({ namespace: 'named-a', name: 'pull' }, 'is there', exists)
    assert.deepEqual([metadata.labels, metadata.annotations], [{ app: 'pull' }, { note: 'kept' }])
  })

  it('renames them', async () => {
    await rooms(['renamed-a', { room: 'renamed' }])
    await order({ name: 'renamed', spec: selecting('renamed') })
    await ready('renamed', 'renamed-a')
    await change('renamed', { spec: { externalSecretName: 'another' } })
    await children.where({ namespace: 'renamed-a', name: 'another' }, 'is there', exists)
    await children.gone({ namespace: 'renamed-a', name: 'renamed' })
    await orders.where(
      { name: 'renamed' },
      'says the new name',
      ({ status }) => status?.externalSecretName === 'another',
    )
    await secrets.where({ namespace: 'renamed-a', name: 'another' }, 'is there', exists)
    await secrets.gone({ namespace: 'renamed-a', name: 'renamed' })
  })

  it('changes them as it is changed', async () => {
    await rooms(['changed-a', { room: 'changed' }])
    const externalSecretMetadata = { labels: { app: 'pull' } }
    await order({ name: 'changed', spec: { ...selecting('changed'), externalSecretMetadata } })
    await ready('changed', 'changed-a')
    const spec = {
      externalSecretSpec: { refreshInterval: '2h', target: { name: 'elsewhere' } },
      externalSecretMetadata: { labels: { app: null, team: 'build' } },
    }
    await change('changed', { spec })
    await children.where(
      { namespace: 'changed-a', name: 'changed' },
      'is changed',
      (now) => now.spec.refreshInterval === '2h' && now.spec.target?.name === 'elsewhere',
    )
    await children.where(
      { namespace: 'changed-a', name: 'changed' },
      'has other labels',
      ({ metadata }) => JSON.stringify(metadata.labels) === '{"team":"build"}',
    )
    await secrets.where({ namespace: 'changed-a', name: 'elsewhere' }, 'is there', exists)
    await change('changed', { spec: { externalSecretSpec: { target: { name: null } } } })
    await children.where(
      { namespace: 'changed-a', name: 'changed' },
      'has lost what was taken away',
      (now) => now.spec.target?.name === undefined,
    )
  })

  it('puts right what is edited by hand, and makes anew what is deleted', async () => {
    await rooms(['edited-a', { room: 'edited' }])
    await order({ name: 'edited', spec: selecting('edited') })
    await ready('edited', 'edited-a')
    const child = { namespace: 'edited-a', name: 'edited' }
    const patch = { metadata: { labels: { foreign: 'x' } }, spec: { refreshInterval: '5m' } }
    await mergePatch(client, EXTERNAL_SECRETS, child, patch, { fieldManager: 'somebody' })
    const isRight = ({ metadata, spec }: Child): boolean =>
      metadata.labels === undefined && spec.refreshInterval === '8h'
    const { metadata } = await children.where(child, 'is right again', isRight)
    await deleteObject(client, EXTERNAL_SECRETS, child)
    await children.where(child, 'is made anew', (now) => now.metadata.uid !== metadata.uid && isRight(now))
  })

  it('leaves alone what somebody else made under that name, until it is gone', async () => {
    await rooms(['foreign-a', { room: 'foreign' }], ['foreign-b', { room: 'foreign' }])
    const child = { namespace: 'foreign-a', name: 'foreign' }
    await stage.apply(externalSecret({ ...child, generator: GENERATOR, refreshInterval: '3h' }))
    await order({ name: 'foreign', spec: selecting('foreign') })
    const said = await orders.where(
      { name: 'foreign' },
      'is not ready',
      (now) => readyOf(now)?.status === 'False',
    )
    assert.deepEqual(said.status, {
      externalSecretName: 'foreign',
      provisionedNamespaces: ['foreign-b'],
      failedNamespaces: [{ namespace: 'foreign-a', reason: TAKEN }],
      conditions: [
        {
          type: 'Ready',
          status: 'False',
          message: `one or more namespaces failed: 1 of 2: foreign-a: ${TAKEN}`,
        },
      ],
    })
    assert.equal(children.get(child)?.spec.refreshInterval, '3h')
    await deleteObject(client, EXTERNAL_SECRETS, child)
    await children.where(child, 'is made', (now) => now.spec.refreshInterval === '8h')
    assert.deepEqual(failed(await ready('foreign', 'foreign-a', 'foreign-b')), [])
  })

  it('goes from a namespace that does not match any more', async () => {
    await rooms(['left-a', { room: 'left' }], ['left-b', { room: 'left' }])
    await order({ name: 'left', spec: selecting('left') })
    await ready('left', 'left-a', 'left-b')
    await label('left-a', { room: null })
    await children.gone({ namespace: 'left-a', name: 'left' })
    await ready('left', 'left-b')
    await secrets.gone({ namespace: 'left-a', name: 'left' })
    assert.ok(secrets.get({ namespace: 'left-b', name: 'left' }))
  })

  it('selects by expressions, by several selectors and by names, of which some may be unknown', async () => {
    await rooms(
      ['many-a', { many: 'a', tier: 'front' }],
      ['many-b', { many: 'b', tier: 'back' }],
      ['many-c', { many: 'c' }],
      ['many-d', {}],
    )
    const matchExpressions = [
      { key: 'many', operator: 'In', values: ['a', 'b'] },
      { key: 'tier', operator: 'NotIn', values: ['back'] },
      { key: 'tier', operator: 'Exists' },
    ]
    await order({ name: 'many', spec: { namespaceSelectors: [{ matchExpressions }] } })
    await ready('many', 'many-a')
    const absent = {
      matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }],
      matchLabels: { many: 'c' },
    }
    await change('many', {
      spec: { namespaceSelectors: [{ matchExpressions }, absent], namespaces: ['many-d', 'many-nowhere'] },
    })
    await ready('many', 'many-a', 'many-c', 'many-d')
    await change('many', { spec: { namespaceSelector: { matchLabels: { many: 'b' } }, namespaces: null } })
    await ready('many', 'many-a', 'many-b', 'many-c')
  })

  it('is ready where nothing matches', async () => {
    await order({ name: 'nowhere', spec: { namespaces: ['there-is-none'] } })
    assert.deepEqual((await ready('nowhere')).status, {
      externalSecretName: 'nowhere',
      conditions: [{ type: 'Ready', status: 'True' }],
    })
  })

  it('hands down a force, and takes it back', async () => {
    await rooms(['forced-a', { room: 'forced' }])
    await order({ name: 'forced', spec: selecting('forced') })
    await ready('forced', 'forced-a')
    const child = { namespace: 'forced-a', name: 'forced' }
    const key = 'external-secrets.io/force-sync'
    const { metadata } = await secrets.where(child, 'is there', exists)
    await change('forced', { metadata: { annotations: { [key]: '1', other: 'x' } } })
    await children.where(
      child,
      'is forced',
      (now) => JSON.stringify(now.metadata.annotations) === JSON.stringify({ [key]: '1' }),
    )
    await secrets.where(
      child,
      'is written anew',
      (now) => now.metadata.resourceVersion !== metadata.resourceVersion,
    )
    await change('forced', { metadata: { annotations: { [key]: null } } })
    await children.where(child, 'is forced no more', (now) => now.metadata.annotations === undefined)
  })

  it('is as ready as its ExternalSecrets are', async () => {
    await rooms(['whole', { room: 'partly' }])
    await stage.apply(labelledNamespace('broken', { room: 'partly' }))
    await order({ name: 'partly', spec: selecting('partly') })
    const said = await orders.where(
      { name: 'partly' },
      'is not ready',
      (now) => readyOf(now)?.status === 'False',
    )
    assert.deepEqual(provisioned(said), ['broken', 'whole'])
    assert.match(
      readyOf(said)?.message ?? '',
      /^one or more namespaces failed: 1 of 2: broken: external secret is not ready: could not get secret data from provider: /,
    )
    assert.deepEqual(
      failed(said).map(({ namespace }) => namespace),
      ['broken'],
    )
    await stage.apply(generator({ namespace: 'broken', name: GENERATOR }))
    assert.deepEqual(failed(await ready('partly', 'broken', 'whole')), [])
  })

  it('says what is wrong with it, and where', async () => {
    const inner = { refreshInterval: 'daily' }
    await order({ name: 'wrong', spec: selecting('wrong'), inner })
    const said = await orders.where(
      { name: 'wrong' },
      'is not ready',
      (now) => readyOf(now)?.status === 'False',
    )
    assert.match(
      readyOf(said)?.message ?? '',
      /spec\.externalSecretSpec\.refreshInterval: "daily" is no duration/,
    )
  })

  it('may have a name as long as names can be', async () => {
    const name = `long-${'n'.repeat(195)}`
    await rooms(['long-a', { room: 'long' }])
    await order({ name, spec: selecting('long') })
    await ready(name, 'long-a')
  })

  it('writes nothing where nothing differs, however it is spelled', async () => {
    await rooms(['still-a', { room: 'still' }])
    const inner = { refreshInterval: '90m', target: { template: { metadata: {} } } }
    await order({ name: 'still', spec: selecting('still'), inner })
    await ready('still', 'still-a')
    const child = { namespace: 'still-a', name: 'still' }
    const patch = { spec: { refreshInterval: '1h30m0s' } }
    const respelled = await mergePatch(client, EXTERNAL_SECRETS, child, patch, { fieldManager: 'somebody' })
    await change('still', { metadata: { labels: { looked: 'at' } } })
    await rooms(['still-b', { room: 'still' }])
    await ready('still', 'still-a', 'still-b')
    assert.equal(children.get(child)?.metadata.generation, respelled.metadata.generation)
    assert.equal(children.get(child)?.spec.refreshInterval, '1h30m0s')
  })

  describe('and a namespace that is new to it', () => {
    before(() => order({ name: 'quick', spec: selecting('quick'), inner: { refreshInterval: '7h' } }))

    /** How long each try took; goes on until one was quick enough. */
    async function timed(come: (name: string) => Promise<unknown>): Promise<readonly number[]> {
      const took: number[] = []
      while (took.length < TRIES && took.every((ms) => ms >= LIMIT_MS)) {
        const namespace = `quick-${Math.random().toString(36).slice(2, 10)}`
        await come(namespace)
        const answered = performance.now()
        await children.where({ namespace, name: 'quick' }, 'is there', exists)
        took.push(performance.now() - answered)
      }
      return took
    }
    const create = (name: string, labels: Record<string, string>): Promise<KubeObject> =>
      createObject(
        client,
        NAMESPACES,
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
        { fieldManager: 'somebody' },
      )

    it('serves one that is made within a second', async (t) => {
      const took = await timed((name) => create(name, { room: 'quick' }))
      t.diagnostic(`an ExternalSecret after ${took.map(Math.round).join(', ')} ms`)
      assert.ok(Math.min(...took) < LIMIT_MS, `after ${took.map(Math.round).join(', ')} ms`)
    })

    it('serves one that is labelled within a second', async (t) => {
      const took = await timed(async (name) => {
        await create(name, {})
        await label(name, { room: 'quick' })
      })
      t.diagnostic(`an ExternalSecret after ${took.map(Math.round).join(', ')} ms`)
      assert.ok(Math.min(...took) < LIMIT_MS, `after ${took.map(Math.round).join(', ')} ms`)
    })
  })

  it('is written by nobody when the operator starts anew', async () => {
    await rooms(['again-a', { room: 'again' }])
    await order({ name: 'again', spec: selecting('again') })
    await ready('again', 'again-a')
    const versions = () => [
      orders.get({ name: 'again' })?.metadata.resourceVersion,
      children.get({ namespace: 'again-a', name: 'again' })?.metadata.resourceVersion,
    ]
    const before = versions()
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
    await rooms(['again-b', { room: 'after' }])
    await order({ name: 'after', spec: selecting('after') })
    await ready('after', 'again-b')
    assert.deepEqual(versions(), before)
  })

  it('keeps no namespace from being deleted, nor does what external-secrets has left there', async () => {
    await rooms(['ending-a', { room: 'ending' }], ['ending-b', { room: 'ending' }])
    await order({ name: 'ending', spec: selecting('ending') })
    await ready('ending', 'ending-a', 'ending-b')
    const left = { metadata: { finalizers: [namespaceFinalizer('ending'), namespaceFinalizer('long-gone')] } }
    await mergePatch(client, NAMESPACES, { name: 'ending-a' }, left, { fieldManager: 'external-secrets' })
    await deleteObject(client, NAMESPACES, { name: 'ending-a' })
    await namespaces.gone({ name: 'ending-a' }, 60_000)
    await ready('ending', 'ending-b')
  })

  it('goes with its ExternalSecrets, their Secrets, and what external-secrets has left of it', async () => {
    await rooms(['gone-a', { room: 'gone' }], ['gone-b', { room: 'gone' }])
    await order({ name: 'gone', spec: selecting('gone') })
    await ready('gone', 'gone-a', 'gone-b')
    const left = { metadata: { finalizers: [namespaceFinalizer('gone'), 'example.com/theirs'] } }
    await mergePatch(client, NAMESPACES, { name: 'gone-a' }, left, { fieldManager: 'external-secrets' })
    await change('gone', { metadata: { finalizers: [CLUSTER_FINALIZER] } })
    await deleteObject(client, CLUSTER_EXTERNAL_SECRETS, { name: 'gone' })
    await orders.gone({ name: 'gone' })
    for (const namespace of ['gone-a', 'gone-b']) {
      await children.gone({ namespace, name: 'gone' })
      await secrets.gone({ namespace, name: 'gone' })
    }
    await namespaces.where(
      { name: 'gone-a' },
      'has lost the finalizer that external-secrets left',
      ({ metadata }) => metadata.finalizers?.join() === 'example.com/theirs',
    )
    await mergePatch(
      client,
      NAMESPACES,
      { name: 'gone-a' },
      { metadata: { finalizers: null } },
      { fieldManager: 'somebody' },
    )
  })
})
