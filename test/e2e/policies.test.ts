// This file is about creation, deletion and refresh policies on a real control plane: who creates, repairs, keeps and deletes.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import {
  CREATED_BY_LABEL,
  createdBy,
  MANAGED_LABEL,
  syncedVersion,
} from '../../src/dialects/external-secrets/marks.ts'
import { goMapSha3 } from '../../src/model/data-digest.ts'
import { SECRETS } from '../../src/kube/resource.ts'
import { createObject } from '../../src/kube/writes.ts'
import type { CheckReport } from '../../src/operator/commands.ts'
import { adminClient } from '../support/admin-client.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, runEverpull } from '../support/everpull-process.ts'
import { generator, opaqueSecret, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type SecretSeen, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup'
const DATA_HASH = 'reconcile.external-secrets.io/data-hash'
const LONG_NAME = 'a-target-whose-name-is-much-longer-than-sixty-three-characters-and-still-is-one'

interface Seen {
  readonly metadata: {
    readonly uid: string
    readonly generation?: number
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
  }
  readonly status?: {
    readonly refreshTime?: string
    readonly syncedResourceVersion?: string
    readonly binding?: { readonly name?: string }
    readonly conditions?: readonly { readonly reason: string; readonly message: string }[]
  }
}

const hashOf = (data: Readonly<Record<string, string>>): string =>
  goMapSha3(new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])))

/** Every value is given an empty name, and what has none is dropped. */
const NOTHING = [{ regexp: { source: '.*', target: '' } }]

const order = (name: string, target: object, spec: object = {}, metadata: object = {}): string =>
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace: NAMESPACE, name, ...metadata },
    spec: {
      refreshInterval: '8h',
      target,
      dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } } }],
      ...spec,
    },
  })

const emptied = [
  {
    sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } },
    rewrite: NOTHING,
  },
]

const CREATED_ONCE = { refreshPolicy: 'CreatedOnce' }
const ON_CHANGE = { refreshPolicy: 'OnChange' }

describe('policies', { concurrency: 4 }, () => {
  let stage: Stage
  let watch: SecretWatch
  /** As they stood before anybody of ours looked. */
  const standing = new Map<string, SecretSeen>()

  /** An object whose status, and whose Secret, are as the External Secrets Operator leaves them. */
  async function leftBehind(name: string, spec: object): Promise<void> {
    await stage.apply(order(name, {}, spec))
    const { metadata } = (await object(name)) ?? { metadata: { uid: '' } }
    const data = { password: `theirs-${name}` }
    await stage.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          namespace: NAMESPACE,
          name,
          labels: {
            [MANAGED_LABEL]: 'true',
            [CREATED_BY_LABEL]: createdBy({ group: '', kind: '', namespace: NAMESPACE, name }),
          },
          annotations: { [DATA_HASH]: hashOf(data) },
          ownerReferences: [
            {
              apiVersion: 'external-secrets.io/v1',
              kind: 'ExternalSecret',
              name,
              uid: metadata.uid,
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        stringData: data,
      }),
    )
  }

  const object = (name: string): Promise<Seen | undefined> =>
    stage.get<Seen>('externalsecret', name, '-n', NAMESPACE)
  const versionOf = async (name: string): Promise<string> => {
    const { generation = 0, labels = {}, annotations = {} } = (await object(name))?.metadata ?? {}
    return syncedVersion({ generation, labels, annotations })
  }
  const messageWhere = (name: string, reason: string): Promise<string> =>
    eventually(
      `${name} says ${reason}`,
      async () => {
        const ready = await stage.ready('externalsecret', NAMESPACE, name)
        return ready?.reason === reason ? ready.message : undefined
      },
      30_000,
    )
  const secret = (name: string, what: string, isRight: (secret: SecretSeen) => boolean = () => true) =>
    watch.where(NAMESPACE, name, what, isRight, 30_000)
  const gone = (name: string): Promise<true> =>
    eventually(`Secret ${name} is gone`, () => watch.get(NAMESPACE, name) === undefined, 30_000)
  const told = (name: string, reason: string, message: string): Promise<true> =>
    eventually(
      `event ${reason} of ${name}: ${message}`,
      async () => {
        const selector = `--field-selector=involvedObject.name=${name},reason=${reason}`
        const found = await stage.get<{ items: readonly { message: string }[] }>(
          'events',
          '-n',
          NAMESPACE,
          selector,
        )
        return found?.items.some((event) => event.message === message) === true
      },
      30_000,
    )
  const patch = (kind: string, name: string, change: object): Promise<string> =>
    stage.kubectl('patch', kind, name, '-n', NAMESPACE, '--type=merge', `--patch=${JSON.stringify(change)}`)
  const remove = (kind: string, name: string, ...flags: readonly string[]): Promise<string> =>
    stage.kubectl('delete', kind, name, '-n', NAMESPACE, '--timeout=30s', ...flags)
  /** What `everpull check` thinks of it. */
  const checked = async (name: string): Promise<string | undefined> => {
    const environment = { ...stage.sandbox.awsEnv, KUBECONFIG: stage.sandbox.kubeconfigPath }
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    const from = { says: 'from the checkout', command, environment }
    const { out } = await runEverpull(from, 'check', '--namespace', NAMESPACE, name)
    return (JSON.parse(out) as CheckReport).objects[0]?.state
  }
  /** Something asked for later has been done: what was to be done before has been, too. */
  const caughtUp = async (name: string): Promise<void> => {
    await stage.apply(order(`after-${name}`, {}))
    await messageWhere(`after-${name}`, 'SecretSynced')
  }

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    await stage.namespace(NAMESPACE)
    await stage.apply(generator({ namespace: NAMESPACE, name: 'ecr' }))
    watch = await SecretWatch.open(stage)
    const left = [
      ['left-created-once', CREATED_ONCE],
      ['left-never', { refreshInterval: '0' }],
      ['left-on-change', ON_CHANGE],
      ['left-written', ON_CHANGE],
    ] as const
    for (const [name, spec] of left) {
      await leftBehind(name, spec)
      const status = {
        refreshTime: '2026-05-04T10:00:00Z',
        syncedResourceVersion: spec === ON_CHANGE ? await versionOf(name) : '1-whatever',
        binding: { name },
        conditions: [{ type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' }],
      }
      const changed = JSON.stringify({ status })
      await stage.kubectl(
        'patch',
        'externalsecret',
        name,
        '-n',
        NAMESPACE,
        '--subresource=status',
        '--type=merge',
        `--patch=${changed}`,
        '--field-manager=external-secrets',
      )
      standing.set(name, await secret(name, 'is there'))
    }
    const operator = await stage.startOperator(['--take-over=external-secrets'])
    await operator.ready()
  })
  after(async () => {
    await watch[Symbol.asyncDispose]()
    await stage[Symbol.asyncDispose]()
  })

  for (const name of ['left-created-once', 'left-never', 'left-on-change']) {
    it(`${name}: what was fulfilled before is left as it is`, async () => {
      await caughtUp(name)
      const now = watch.get(NAMESPACE, name)
      assert.equal(now?.metadata.resourceVersion, standing.get(name)?.metadata.resourceVersion)
      const version = name === 'left-on-change' ? await versionOf(name) : '1-whatever'
      assert.equal((await object(name))?.status?.syncedResourceVersion, version)
    })
  }

  it('left-written: what was fulfilled before is written once it asks for something else', async () => {
    await patch('externalsecret', 'left-written', { metadata: { labels: { team: 'a' } } })
    const written = await secret('left-written', 'is written', ({ metadata }) => {
      return metadata.labels?.['team'] === 'a'
    })
    assert.equal(written.data['username'], 'AWS')
    await messageWhere('left-written', 'SecretSynced')
  })

  it('Owner deletes what it made under another name, and what was made for it before', async () => {
    const label = createdBy({ group: '', kind: '', namespace: NAMESPACE, name: 'mover' })
    await stage.apply(order('mover', { name: 'old-name' }))
    await secret('old-name', 'is there')
    const stray = { namespace: NAMESPACE, name: 'stray', labels: { [CREATED_BY_LABEL]: label } }
    await stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: stray }))
    await patch('externalsecret', 'mover', { spec: { target: { name: LONG_NAME } } })
    await secret(LONG_NAME, 'is there')
    await Promise.all([gone('old-name'), gone('stray')])
    await told('mover', 'Deleted', 'secret deleted because it was orphaned')
    await messageWhere('mover', 'SecretSynced')
    assert.equal((await object('mover'))?.status?.binding?.name, LONG_NAME)
  })

  it('Merge keeps what was owned under another name, and owns it no more under the same', async () => {
    await stage.apply(order('giver', {}))
    const owned = await secret('giver', 'is there')
    assert.equal(owned.metadata.ownerReferences?.length, 1)
    await patch('externalsecret', 'giver', { spec: { target: { creationPolicy: 'Merge' } } })
    const merged = await secret('giver', 'is owned no more', ({ metadata }) => {
      return metadata.ownerReferences === undefined && metadata.labels?.[CREATED_BY_LABEL] === undefined
    })
    assert.deepEqual(Object.keys(merged.data), Object.keys(owned.data))
    await patch('externalsecret', 'giver', { spec: { target: { name: 'nowhere' } } })
    await messageWhere('giver', 'SecretMissing')
    const kept = await secret('giver', 'has lost its mark', ({ metadata }) => {
      return Object.keys(metadata.annotations ?? {}).every((key) => !key.startsWith('everpull.dev/'))
    })
    assert.deepEqual(kept.data, merged.data)
  })

  it('None writes nothing', async () => {
    await stage.apply(
      together(
        order('nothing', { creationPolicy: 'None' }),
        opaqueSecret({ namespace: NAMESPACE, name: 'nothing' }, { a: 'b' }),
      ),
    )
    assert.equal(await messageWhere('nothing', 'SecretSynced'), 'secret synced')
    assert.equal((await object('nothing'))?.status?.binding?.name ?? '', '')
    assert.deepEqual((await secret('nothing', 'is there')).metadata.labels ?? {}, {})
  })

  it('CreatedOnce ignores changes, and repairs what is tampered with or deleted', async () => {
    await stage.apply(order('once', {}, CREATED_ONCE))
    const first = await secret('once', 'is there')
    const change = {
      metadata: { labels: { team: 'a' } },
      spec: { target: { template: { type: 'kubernetes.io/basic-auth' } } },
    }
    await patch('externalsecret', 'once', change)
    await caughtUp('once')
    assert.equal(watch.get(NAMESPACE, 'once')?.metadata.resourceVersion, first.metadata.resourceVersion)
    assert.match(
      await messageWhere('once', 'SecretSynced'),
      /will not be renewed because spec\.refreshPolicy is CreatedOnce$/,
    )
    await patch('externalsecret', 'once', { spec: { target: { template: null } } })
    await patch('secret', 'once', { stringData: { password: 'tampered' } })
    await secret('once', 'is repaired', ({ data }) => data['password'] !== 'tampered')
    await remove('secret', 'once')
    await secret('once', 'is made anew', ({ metadata }) => metadata.uid !== first.metadata.uid)
  })

  it('Orphan under CreatedOnce stays deleted, stays when its order goes, and is written for the next', async () => {
    const asked = order('orphan', { creationPolicy: 'Orphan' }, CREATED_ONCE)
    await stage.apply(asked)
    const first = await secret('orphan', 'is there')
    assert.equal(first.metadata.ownerReferences, undefined)
    assert.equal(first.metadata.labels?.[CREATED_BY_LABEL], undefined)
    assert.equal(first.metadata.labels?.[MANAGED_LABEL], 'true')
    await messageWhere('orphan', 'SecretSynced')
    await patch('secret', 'orphan', { stringData: { password: 'edited' } })
    await caughtUp('orphan')
    assert.equal(watch.get(NAMESPACE, 'orphan')?.data['password'], 'edited')
    await remove('externalsecret', 'orphan')
    await stage.apply(asked)
    await secret('orphan', 'is written anew', ({ data }) => data['password'] !== 'edited')
    await remove('secret', 'orphan')
    await caughtUp('orphan-again')
    assert.equal(watch.get(NAMESPACE, 'orphan'), undefined)
  })

  it('Orphan with an interval is made anew at the next refresh, immutable or not', async () => {
    const soon = { refreshInterval: '2s' }
    await stage.apply(
      together(
        order('orphan-soon', { creationPolicy: 'Orphan' }, soon),
        order('orphan-immutable', { creationPolicy: 'Orphan', immutable: true }, soon),
      ),
    )
    for (const name of ['orphan-soon', 'orphan-immutable']) {
      const { metadata } = await secret(name, 'is there')
      await remove('secret', name)
      await secret(name, 'is made anew', (now) => now.metadata.uid !== metadata.uid)
    }
    const { metadata } = await secret('orphan-immutable', 'is there')
    await remove('externalsecret', 'orphan-immutable')
    await caughtUp('orphan-immutable')
    assert.equal(watch.get(NAMESPACE, 'orphan-immutable')?.metadata.uid, metadata.uid)
  })

  it('an immutable Secret is frozen as it stands, and made anew once it is deleted', async () => {
    const name = 'frozen'
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name }, { theirs: 'x' }))
    const template = { metadata: { labels: { team: 'a' }, finalizers: ['example.dev/held'] } }
    await stage.apply(order(name, { creationPolicy: 'CreateOrMerge', immutable: true, template }))
    const message = await messageWhere(name, 'SecretSynced')
    assert.equal(message, 'secret synced')
    const frozen = await stage.get<{ immutable?: boolean }>('secret', name, '-n', NAMESPACE)
    assert.equal(frozen?.immutable, true)
    const { data, metadata } = await secret(name, 'is there')
    assert.deepEqual(data, { theirs: 'x' })
    assert.equal(metadata.labels?.['team'], undefined)
    assert.equal(metadata.annotations?.[DATA_HASH], hashOf(data))
    await remove('secret', name)
    const anew = await secret(name, 'is made anew', (now) => now.data['password'] !== undefined)
    assert.equal(anew.metadata.labels?.['team'], 'a')
    const held = await stage.get<Seen>('secret', name, '-n', NAMESPACE)
    assert.deepEqual(held?.metadata.finalizers, ['example.dev/held'])
    await eventually('its order says so', async () =>
      (await messageWhere(name, 'SecretSynced')).endsWith('because spec.target.immutable is true'),
    )
  })

  it('Delete holds its order until the Secret is gone, however it is deleted', async () => {
    const asked = { deletionPolicy: 'Delete' }
    await stage.apply(together(order('deleted', asked), order('bereft', asked), order('kept', asked)))
    for (const name of ['deleted', 'bereft', 'kept']) {
      await secret(name, 'is there')
      assert.deepEqual((await object(name))?.metadata.finalizers, [FINALIZER])
    }
    await remove('externalsecret', 'deleted', '--cascade=orphan')
    await gone('deleted')
    await stage.kubectl('delete', 'secret,externalsecret', 'bereft', '-n', NAMESPACE, '--timeout=30s')
    await patch('externalsecret', 'kept', { spec: { target: { deletionPolicy: 'Retain' } } })
    await eventually('the finalizer is off', async () => {
      return (await object('kept'))?.metadata.finalizers === undefined
    })
    // The look that took the finalizer off is over: one that goes on would own the Secret again.
    await caughtUp('retained')
    await remove('externalsecret', 'kept', '--cascade=orphan')
    await caughtUp('kept')
    assert.notEqual(watch.get(NAMESPACE, 'kept'), undefined)
  })

  it('a Secret without values is retained, deleted or emptied, as the deletion policy says', async () => {
    await stage.apply(opaqueSecret({ namespace: NAMESPACE, name: 'merging' }, { theirs: 'x' }))
    const targets = {
      retaining: {},
      deleting: { deletionPolicy: 'Delete' },
      merging: { deletionPolicy: 'Merge', creationPolicy: 'Merge' },
    }
    await stage.apply(together(...Object.entries(targets).map(([name, target]) => order(name, target))))
    for (const name of Object.keys(targets)) {
      await secret(name, 'has a password', ({ data }) => data['password'] !== undefined)
      await patch('externalsecret', name, { spec: { dataFrom: emptied } })
    }
    const retained = 'secret retained due to DeletionPolicy=Retain'
    await eventually(
      'it is retained',
      async () => (await messageWhere('retaining', 'SecretSynced')) === retained,
    )
    assert.ok(watch.get(NAMESPACE, 'retaining')?.data['password'] !== undefined)
    const deleted = 'secret deleted due to DeletionPolicy=Delete'
    assert.equal(await messageWhere('deleting', 'SecretDeleted'), deleted)
    await told('deleting', 'Deleted', deleted)
    await gone('deleting')
    for (const name of ['retaining', 'deleting']) assert.equal(await checked(name), 'served')
    await secret('merging', 'holds only what is theirs', ({ data }) => Object.keys(data).join() === 'theirs')
  })

  it('labels and annotations that its own manager left are removed, those of others stay', async () => {
    const old = { labels: { old: 'label' }, annotations: { old: 'note' } }
    const metadataThen = { namespace: NAMESPACE, name: 'outdated', ...old }
    const client = await adminClient(stage)
    await createObject(
      client,
      SECRETS,
      { apiVersion: 'v1', kind: 'Secret', metadata: metadataThen },
      { fieldManager: 'externalsecrets.external-secrets.io/outdated' },
    )
    await client.close()
    await stage.kubectl('label', 'secret', 'outdated', '-n', NAMESPACE, 'theirs=kept')
    await stage.apply(order('outdated', {}, ON_CHANGE, { labels: { team: 'a' } }))
    const { metadata } = await secret('outdated', 'is written', ({ data }) => data['password'] !== undefined)
    assert.deepEqual(
      [metadata.labels?.['old'], metadata.labels?.['theirs'], metadata.labels?.['team']],
      [undefined, 'kept', 'a'],
    )
    assert.equal(metadata.annotations?.['old'], undefined)
  })
})
