// This file is about living beside the External Secrets Operator on one cluster: whose an object is, and when it changes hands.
//
// All cases share one timeline, as the minute that the other controller is given is a real one.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AuditedRequest, auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { conditionWhere, everythingServed, notingDeeds, OPERATOR_USER, quiet } from '../support/deeds.ts'
import { eventually } from '../support/eventually.ts'
import { FOREIGN_USER, ForeignController } from '../support/foreign-controller.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import {
  type AwsCallSeen,
  type Condition,
  type RunningOperator,
  type SecretSeen,
  Stage,
} from '../support/stage.ts'

const CLEANUP = 'externalsecrets.external-secrets.io/externalsecret-cleanup'
const CREATED_BY = 'reconcile.external-secrets.io/created-by'
const DATA_HASH = 'reconcile.external-secrets.io/data-hash'
const MARK = /^everpull\.dev\/delivery-[0-9a-f]{16}$/

/** The interval of what is renewed all the time, and the minute that a controller may be late. */
const INTERVAL_MS = 4000
const GRACE_MS = 60_000
/** managedFields tell whole seconds. */
const SECOND_MS = 1000
/** A machine may be busy with other things for so long. */
const LATE_MS = 60_000
const TAKEN_OVER = { timeout: GRACE_MS + INTERVAL_MS + 2 * LATE_MS }

/** Regions tell namespaces apart in the log of AWS. */
const REGIONS = {
  steady: 'us-east-1',
  left: 'us-west-2',
  changed: 'eu-west-1',
  standing: 'eu-west-3',
  beyond: 'eu-central-1',
} as const
type Place = keyof typeof REGIONS
const PLACES = Object.keys(REGIONS) as readonly Place[]

const DOCKER =
  '{"auths":{"{{ .proxy_endpoint }}":{"username":"{{ .username }}","password":"{{ .password }}"}}}'

const asked = (namespace: Place, name: string, target: Readonly<Record<string, unknown>> = {}): string =>
  externalSecret({ namespace, name, generator: 'ecr', target, refreshInterval: refreshInterval(namespace) })

const refreshInterval = (place: Place): string => (place === 'changed' ? '1h' : `${INTERVAL_MS}ms`)

const standing = (name: string, spec: Readonly<Record<string, string>>): string => {
  const order = JSON.parse(asked('standing', name)) as { readonly spec: object }
  return JSON.stringify({ ...order, spec: { ...order.spec, ...spec } })
}

/** What no login can be had for: the other controller serves it, we never will. */
const outOfAStore = (namespace: Place): string =>
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace, name: 'stored' },
    spec: {
      refreshInterval: refreshInterval(namespace),
      secretStoreRef: { kind: 'SecretStore', name: 'vault' },
      data: [{ secretKey: 'value', remoteRef: { key: 'somewhere' } }],
    },
  })

const foreignSecret = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'left', name, labels: { team: 'a' }, annotations: { note: 'mine' } },
    stringData: { password: 'an old one', url: 'https://host' },
  })

const outOfAnotherGenerator = (namespace: Place): string => {
  const generatorRef = {
    apiVersion: 'generators.external-secrets.io/v1alpha1',
    kind: 'Password',
    name: 'any',
  }
  return JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace, name: 'made-up' },
    spec: { refreshInterval: refreshInterval(namespace), dataFrom: [{ sourceRef: { generatorRef } }] },
  })
}

/** What we cannot serve. */
const REFUSED = [
  ['steady', 'stored'],
  ['steady', 'made-up'],
  ['left', 'stored'],
] as const

/** ExternalSecrets that it stops to answer, and their Secrets. */
const LEFT = [
  ['owned', 'pull'],
  ['orphaned', 'orphaned'],
  ['merged', 'merged'],
  ['created-or-merged', 'created-or-merged'],
] as const
/** What is synced once, and why it is not again. */
const STANDING = {
  once: { refreshPolicy: 'CreatedOnce' },
  'on-change': { refreshPolicy: 'OnChange' },
  never: { refreshInterval: '0s' },
} as const
/** What somebody adds to each of these Secrets by hand. */
const EXTRA = { extra: 'of somebody else' }

interface Entity {
  readonly metadata: {
    readonly creationTimestamp: string
    readonly finalizers?: readonly string[]
    readonly managedFields?: readonly { manager: string; subresource?: string; time: string }[]
  }
}

describe('beside the External Secrets Operator', () => {
  let stage: Stage
  let foreign: ForeignController
  let operator: RunningOperator
  /** Secrets of `left` as the other controller left them, and when it last said so. */
  const left = new Map<string, { readonly secret: SecretSeen; readonly saidAt: number }>()
  let editedAt = 0
  let bornAt = 0

  const object = async (namespace: Place, name: string): Promise<Entity> => {
    const found = await stage.get<Entity>('externalsecret', name, '-n', namespace)
    assert.ok(found !== undefined, `${namespace}/${name}`)
    return found
  }
  const statusWriter = async (namespace: Place, name: string): Promise<string | undefined> => {
    const { managedFields = [] } = (await object(namespace, name)).metadata
    const writers = managedFields.filter(({ subresource }) => subresource === 'status')
    return writers.toSorted((a, b) => b.time.localeCompare(a.time))[0]?.manager
  }
  const synced = (namespace: Place, name: string): Promise<true> =>
    eventually(
      `${namespace}/${name} is synced by the other controller`,
      async () => (await statusWriter(namespace, name)) === 'external-secrets',
      30_000,
    )
  /** Writes that were taken, by either of the two, of one Secret or one status, in the order of the answers. */
  const writes = async (resource: string, namespace: string, name: string) =>
    (await auditedRequests(stage.sandbox.folder)).filter(
      (request) =>
        isWrite(request) &&
        request.resource === resource &&
        request.namespace === namespace &&
        request.name === name,
    )
  /** Each writer once per spell: two mean that the object changed hands once. */
  const spells = async (resource: string, namespace: string, name: string): Promise<readonly string[]> => {
    const writers = (await writes(resource, namespace, name)).map(({ user }) => user)
    return writers.filter((user, at) => user !== writers[at - 1])
  }
  const ourCalls = async (region: string): Promise<readonly AwsCallSeen[]> =>
    (await stage.calls()).filter((call) => call.region === region && call.principal.endsWith('bot'))
  /** The other controller's stand-in says nothing in events. */
  const eventsOf = async (namespace: Place, name: string): Promise<number> => {
    const selector = `--field-selector=involvedObject.name=${name}`
    return (
      (await stage.get<{ items: readonly unknown[] }>('events', '-n', namespace, selector))?.items.length ?? 0
    )
  }
  /** When we first wrote it, milliseconds since the epoch. */
  const takenOver = async (namespace: Place, name: string, limitMs = GRACE_MS + LATE_MS): Promise<number> => {
    const what = `Secret ${namespace}/${name} is ours`
    return eventually(
      what,
      async () => (await writes('secrets', namespace, name)).find(({ user }) => user === OPERATOR_USER)?.at,
      limitMs,
    )
  }

  before(async () => {
    stage = await Stage.open({ audit: true, collectsGarbage: true })
    const namespaces = [...PLACES, 'external-secrets']
    await stage.apply(
      together(
        ...namespaces.map((name) =>
          JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
        ),
      ),
    )
    const { aws, folder } = stage.sandbox
    foreign = await ForeignController.open({
      kubeconfigFor: (subject) => stage.sandbox.kubeconfigFor(subject),
      folder,
      awsUrl: aws.url,
      key: aws.principals.publisher,
      namespaces: PLACES.filter((place) => place !== 'beyond'),
    })
    foreign.lead()
    foreign.start()
    await stage.apply(
      together(
        ...PLACES.map((namespace) => generator({ namespace, name: 'ecr' }, { region: REGIONS[namespace] })),
        ...['orphaned', 'merged', 'created-or-merged'].map(foreignSecret),
        asked('steady', 'steady'),
        outOfAStore('steady'),
        outOfAnotherGenerator('steady'),
        asked('left', 'owned', {
          name: 'pull',
          template: {
            type: 'kubernetes.io/dockerconfigjson',
            metadata: { labels: { team: 'a' } },
            data: { '.dockerconfigjson': DOCKER },
          },
        }),
        asked('left', 'orphaned', { creationPolicy: 'Orphan' }),
        asked('left', 'merged', { creationPolicy: 'Merge' }),
        asked('left', 'created-or-merged', { creationPolicy: 'CreateOrMerge' }),
        outOfAStore('left'),
        ...Object.entries(STANDING).map(([name, spec]) => standing(name, spec)),
        asked('changed', 'edited'),
        asked('changed', 'bereft'),
      ),
    )
    await Promise.all([
      ...['steady', 'stored', 'made-up'].map((name) => synced('steady', name)),
      ...[...LEFT.map(([name]) => name), 'stored'].map((name) => synced('left', name)),
      ...Object.keys(STANDING).map((name) => synced('standing', name)),
      ...['edited', 'bereft'].map((name) => synced('changed', name)),
    ])
    operator = await stage.startOperator()
    await operator.ready()
    for (const name of ['edited', 'bereft', 'new']) foreign.ignore('changed', name)
    for (const name of [...LEFT.map(([name]) => name), 'stored']) foreign.ignore('left', name)
    // One round that was under way may still end.
    await foreign.stop()
    foreign.start()
    for (const [name, target] of LEFT) {
      const secret = await stage.secret('left', target)
      const said = (await object('left', name)).metadata.managedFields?.find(
        ({ subresource }) => subresource === 'status',
      )
      assert.ok(secret !== undefined && said !== undefined, name)
      left.set(target, { secret, saidAt: Date.parse(said.time) })
    }
    editedAt = Date.now()
    await stage.kubectl('annotate', 'externalsecret', 'edited', '-n', 'changed', 'force-sync=1')
    await stage.kubectl('delete', 'secret', 'bereft', '-n', 'changed')
    bornAt = Date.now()
    await stage.apply(together(asked('changed', 'new'), asked('beyond', 'ours')))
    // An edit gives it a minute of its own, so it comes later than the renewal was due.
    const dueAt = Math.max(...[...left.values()].map(({ saidAt }) => saidAt)) + INTERVAL_MS
    await eventually('the renewals are due', () => Date.now() > dueAt + SECOND_MS)
    for (const [, target] of LEFT) {
      await stage.kubectl(
        'patch',
        'secret',
        target,
        '-n',
        'left',
        '-p',
        JSON.stringify({ stringData: EXTRA }),
      )
    }
    // Over a restart nobody remembers what was seen; who wrote a status is still there to read.
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
  })

  after(async () => {
    await foreign?.[Symbol.asyncDispose]()
    await stage?.[Symbol.asyncDispose]()
  })

  describe('objects', { concurrency: true }, () => {
    it('are ours at once in a namespace that it does not serve', async () => {
      await conditionWhere(stage, 'externalsecret', 'beyond', 'ours', ({ status }) => status === 'True')
      assert.ok((await takenOver('beyond', 'ours')) < bornAt + GRACE_MS / 2)
    })

    it(
      'that are told to be renewed and are not, are ours a minute after it was due, lease or no lease',
      TAKEN_OVER,
      async () => {
        for (const [name, { saidAt }] of left) {
          const late = (await takenOver('left', name)) - (saidAt + INTERVAL_MS + GRACE_MS)
          assert.ok(late >= -SECOND_MS && late < LATE_MS, `${name}: ${late} ms`)
        }
        const lease = await stage.get<{ spec: { renewTime: string } }>(
          'lease',
          'external-secrets-controller',
          '-n',
          'external-secrets',
        )
        assert.ok(Date.now() - Date.parse(lease?.spec.renewTime ?? '') < LATE_MS)
      },
    )

    it('that were edited and not answered are ours after a minute', TAKEN_OVER, async () => {
      const late = (await takenOver('changed', 'edited')) - (editedAt + GRACE_MS)
      assert.ok(late >= -SECOND_MS && late < LATE_MS, `${late} ms`)
    })

    it('whose Secret was deleted and not made again are ours after a minute', TAKEN_OVER, async () => {
      // It was seen missing by an operator that has been restarted since.
      assert.ok(
        (await takenOver('changed', 'bereft', GRACE_MS + 2 * LATE_MS)) >= editedAt + GRACE_MS - SECOND_MS,
      )
    })

    it('that are new wait a minute where it serves others', TAKEN_OVER, async () => {
      const late = (await takenOver('changed', 'new')) - (bornAt + GRACE_MS)
      assert.ok(late >= -SECOND_MS && late < LATE_MS, `${late} ms`)
    })
  })

  for (const [name, target] of LEFT.slice(0, 2)) {
    it(`a Secret of its making changes by what is ours alone, and loses what is foreign: ${name}`, async () => {
      const secret = await told('left', name, target)
      const was = left.get(target)?.secret
      assert.deepEqual(withoutOurs(secret), withoutOurs(was))
      assert.ok(managers(secret).includes(`externalsecrets.external-secrets.io/${name}`))
      assert.notDeepEqual(secret.data, was?.data)
      assert.deepEqual(secret.metadata.ownerReferences, was?.metadata.ownerReferences)
      assert.equal(secret.metadata.labels?.[CREATED_BY] !== undefined, name === 'owned')
    })
  }

  for (const [name, target] of LEFT.slice(2)) {
    it(`a Secret it merged into keeps what is foreign: ${name}`, async () => {
      const secret = await told('left', name, target)
      const was = left.get(target)?.secret
      assert.deepEqual(withoutOurs(secret), withoutOurs(was, Object.keys(EXTRA)))
      assert.deepEqual([secret.data['url'], secret.data['extra']], ['https://host', EXTRA.extra])
      assert.equal(secret.metadata.labels?.['team'], 'a')
      assert.equal(secret.metadata.annotations?.['note'], 'mine')
      assert.notEqual(secret.data['password'], was?.data['password'])
      assert.ok(managers(secret).includes(`externalsecrets.external-secrets.io/${name}`))
    })
  }

  it('no object has two writers: each changed hands once, or never', async () => {
    const both = [FOREIGN_USER, OPERATOR_USER]
    for (const [name, secret] of LEFT) {
      assert.deepEqual(await spells('secrets', 'left', secret), both, name)
      assert.deepEqual(await spells('externalsecrets/status', 'left', name), both, name)
    }
    for (const name of ['edited', 'bereft'])
      assert.deepEqual(await spells('secrets', 'changed', name), both, name)
    for (const name of ['steady', 'stored', 'made-up']) {
      assert.deepEqual(await spells('secrets', 'steady', name), [FOREIGN_USER], name)
      assert.deepEqual(await spells('externalsecrets/status', 'steady', name), [FOREIGN_USER], name)
    }
    assert.deepEqual(await spells('secrets', 'beyond', 'ours'), [OPERATOR_USER])
  })

  it('what it looks after costs no call and no event, and what we cannot serve is not told so', async () => {
    assert.ok((await writes('secrets', 'steady', 'steady')).length > 5)
    assert.deepEqual(await ourCalls(REGIONS.steady), [])
    for (const [place, name] of REFUSED) {
      assert.equal(await eventsOf(place, name), 0)
      assert.equal((await stage.ready('externalsecret', place, name))?.status, 'True')
      assert.deepEqual(await spells('secrets', place, name), [FOREIGN_USER])
    }
    assert.equal(await eventsOf('steady', 'steady'), 0)
  })

  it('series under its names are told of what is ours, and of nothing else', async () => {
    const metrics = await operator.metrics()
    const of = (series: string, namespace: string, name: string): readonly string[] =>
      metrics
        .split('\n')
        .filter((line) => line.startsWith(`${series}{namespace="${namespace}",name="${name}"`))
    assert.deepEqual(of('externalsecret_status_condition', 'left', 'owned'), [
      'externalsecret_status_condition{namespace="left",name="owned",condition="Ready",status="True"} 1',
      'externalsecret_status_condition{namespace="left",name="owned",condition="Ready",status="False"} 0',
    ])
    assert.equal(of('externalsecret_sync_calls_total', 'left', 'owned').length, 1)
    assert.match(of('externalsecret_sync_calls_error', 'left', 'owned').join(), / 0$/)
    assert.match(of('externalsecret_reconcile_duration', 'left', 'owned').join(), / [1-9]\d{5,}$/)
    assert.match(
      metrics,
      /^externalsecret_provider_api_calls_count\{provider="AWS\/ECR",call="GetAuthorizationToken",status="success"\} [1-9]/m,
    )
    assert.match(
      metrics,
      /^controller_runtime_reconcile_total\{controller="externalsecret",result="requeue_after"\} [1-9]/m,
    )
    assert.doesNotMatch(metrics, /name="(steady|stored|made-up)"/)
  })

  it('when it comes back, it finds nothing to do', async () => {
    await foreign.stop()
    foreign.regard()
    for (let round = 0; round < 3; round++) await foreign.lookOnce()
    for (const name of ['edited', 'bereft']) {
      assert.deepEqual(await spells('secrets', 'changed', name), [FOREIGN_USER, OPERATOR_USER], name)
      assert.deepEqual(await spells('externalsecrets/status', 'changed', name), [FOREIGN_USER, OPERATOR_USER])
    }
    assert.deepEqual(await spells('secrets', 'changed', 'new'), [OPERATOR_USER])
  })

  it('with everything taken over, another restart writes nothing and asks AWS nothing', async () => {
    await operator.stop()
    const deeds = await notingDeeds(stage)
    operator = await stage.startOperator()
    await operator.ready()
    await everythingServed(stage)
    const { writes: written, calls } = await deeds()
    const isAsked = (text: string): boolean => /changed\/(edited|bereft|new)$/.test(text)
    assert.deepEqual(written.filter(isAsked), [])
    assert.deepEqual(
      calls.filter(({ region }) => region === REGIONS.changed),
      [],
    )
  })

  it('what is synced once and for all stands as it left it', async () => {
    await operator.stop()
    const was = await Promise.all(Object.keys(STANDING).map((name) => stage.secret('standing', name)))
    operator = await stage.startOperator(['--take-over=external-secrets'])
    await operator.ready()
    await everythingServed(stage)
    for (const [at, name] of Object.keys(STANDING).entries()) {
      const is = await stage.secret('standing', name)
      assert.deepEqual(is?.data, was[at]?.data, name)
      assert.equal(is?.metadata.uid, was[at]?.metadata.uid)
      assert.equal((await stage.ready('externalsecret', 'standing', name))?.status, 'True')
    }
    assert.deepEqual(await ourCalls(REGIONS.standing), [])
  })

  it('what it looked after is ours at once where we are told to take over', async () => {
    const limitMs = GRACE_MS / 2
    await takenOver('steady', 'steady', limitMs)
    for (const [place, name] of REFUSED) {
      const isRefused = ({ status }: Condition): boolean => status === 'False'
      const { message } = await conditionWhere(stage, 'externalsecret', place, name, isRefused, limitMs)
      assert.match(message, /^could not get secret data from provider: spec\./)
      assert.deepEqual(await spells('secrets', place, name), [FOREIGN_USER])
      assert.equal(await eventsOf(place, name), 1)
    }
  })

  it('what it put on an object goes when the object is deleted', async () => {
    assert.deepEqual((await object('left', 'owned')).metadata.finalizers, [CLEANUP])
    await stage.kubectl('delete', 'externalsecret', 'owned', 'merged', '-n', 'left', '--timeout=30s')
    await eventually(
      'its Secret is collected',
      async () => (await stage.secret('left', 'pull')) === undefined,
      60_000,
    )
    const merged = await stage.secret('left', 'merged')
    assert.equal(merged?.data['url'], 'https://host')
    assert.ok(merged?.data['password'] !== undefined)
    const metrics = await operator.metrics()
    assert.doesNotMatch(metrics, /name="(owned|merged)"/)
  })

  /** The Secret, once its taking over has been told. */
  async function told(namespace: Place, name: string, secret: string): Promise<SecretSeen> {
    await eventually('we have said so', async () => (await statusWriter(namespace, name)) === 'everpull')
    await quiet(stage)
    const seen = await stage.secret(namespace, secret)
    assert.ok(seen !== undefined)
    return seen
  }
})

const isWrite = ({ user, verb, status }: AuditedRequest): boolean =>
  [FOREIGN_USER, OPERATOR_USER].includes(user) && ['create', 'update', 'patch'].includes(verb) && status < 300

const managers = (secret: SecretSeen | undefined): readonly string[] =>
  (secret?.metadata.managedFields ?? []).map(({ manager }) => manager).toSorted()

/** Names of keys, labels and annotations, with what changes with each login, and our own mark, left out. */
function withoutOurs(secret: SecretSeen | undefined, more: readonly string[] = []) {
  const annotations = Object.entries(secret?.metadata.annotations ?? {}).filter(
    ([name]) => !MARK.test(name) && name !== DATA_HASH,
  )
  return {
    type: secret?.type,
    labels: secret?.metadata.labels,
    annotations: Object.fromEntries(annotations),
    keys: [...Object.keys(secret?.data ?? {}), ...more].toSorted(),
  }
}
