// This file is about the kinds of ecr.mobb.redhat.com on a real control plane: the same bytes, and what the original lacked.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const NAMESPACE = 'builds'
/** The garbage collector looks for new kinds every 30 s, and only then knows whose Secrets are whose. */
const GARBAGE_COLLECTED_MS = 60_000
const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

type Spec = Readonly<Record<string, unknown>>
const pullSpec = (secret: string, changed: Spec = {}): Spec => ({
  generated_secret_name: secret,
  ecr_registry: HOST,
  frequency: '8h',
  region: 'us-east-2',
  ...changed,
})
const argoSpec = (secret: string, changed: Spec = {}): Spec => ({
  generated_secret_name: secret,
  url: `${HOST}/charts`,
  frequency: '8h',
  region: 'us-east-2',
  ...changed,
})

const object = (kind: string, name: string, spec: Spec | undefined, annotations: object = {}): string =>
  JSON.stringify({
    apiVersion: 'ecr.mobb.redhat.com/v1alpha1',
    kind,
    metadata: { namespace: NAMESPACE, name, annotations },
    ...(spec === undefined ? {} : { spec }),
  })

const dockerConfigSecret = (name: string, host: string, username: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: NAMESPACE, name },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: {
      '.dockerconfigjson': JSON.stringify({ auths: { [host]: { username, password: 'p', auth: 'eDpw' } } }),
    },
  })

interface StatusSeen {
  readonly phase?: string
  readonly lastUpdatedTime?: string
  readonly conditions?: readonly {
    readonly status: string
    readonly reason: string
    readonly message: string
  }[]
}

interface EventSeen {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly count?: number
}

describe('the kinds of the ECR Secret Operator', () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    await stage.namespace(NAMESPACE)
    operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const apply = (kind: string, name: string, spec: Spec | undefined, annotations?: object): Promise<string> =>
    stage.apply(object(kind, name, spec, annotations))

  const statusWhere = (
    kind: string,
    name: string,
    isRight: (status: StatusSeen) => boolean,
  ): Promise<StatusSeen> =>
    eventually(
      `${kind} ${name} has the status wanted`,
      async () => {
        const found = await stage.get<{ status?: StatusSeen }>(
          `${kind}.ecr.mobb.redhat.com`,
          name,
          '-n',
          NAMESPACE,
        )
        return found?.status !== undefined && isRight(found.status) ? found.status : undefined
      },
      GARBAGE_COLLECTED_MS,
    )
  const failed = (kind: string, name: string): Promise<StatusSeen> =>
    statusWhere(kind, name, ({ phase }) => phase === 'Failed')
  const updated = (kind: string, name: string): Promise<StatusSeen> =>
    statusWhere(kind, name, ({ phase }) => phase === 'Updated')

  const eventsOf = async (name: string): Promise<readonly EventSeen[]> =>
    (
      await stage.get<{ items: EventSeen[] }>(
        'events',
        '-n',
        NAMESPACE,
        `--field-selector=involvedObject.name=${name}`,
      )
    )?.items ?? []

  it('writes a docker config of the very bytes', async () => {
    await apply('Secret', 'pull', pullSpec('pull-target'))
    const { data, metadata, type } = await stage.secretWhere(NAMESPACE, 'pull-target', 'exists', () => true)
    const text = data['.dockerconfigjson'] ?? ''
    const { auths } = JSON.parse(text) as { auths: Record<string, { password: string }> }
    const password = auths[HOST]?.password ?? ''
    const auth = Buffer.from(`AWS:${password}`).toString('base64')
    assert.equal(text, `{"auths":{"${HOST}":{"username":"AWS","password":"${password}","auth":"${auth}"}}}`)
    assert.deepEqual([type, Object.keys(data)], ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']])
    assert.equal(metadata.labels, undefined)
    assert.deepEqual(
      metadata.ownerReferences?.map(({ kind, name, controller }) => [kind, name, controller]),
      [['Secret', 'pull', true]],
    )
    const { lastUpdatedTime, conditions } = await updated('secrets', 'pull')
    assert.match(lastUpdatedTime ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.deepEqual(
      conditions?.map(({ status }) => status),
      ['True'],
    )
  })

  it('writes an Argo CD repository Secret of the very keys, whatever the url', async () => {
    const url = `https://${HOST}/charts`
    await apply('ArgoHelmRepoSecret', 'argo', argoSpec('argo-target', { url }))
    const { data, metadata, type } = await stage.secretWhere(NAMESPACE, 'argo-target', 'exists', () => true)
    const { password, ...rest } = data
    assert.notEqual(password, '')
    assert.deepEqual(rest, { username: 'AWS', url, type: 'helm', enableOCI: 'true', name: 'argo-target' })
    assert.equal(type, 'Opaque')
    assert.deepEqual(metadata.labels, { 'argocd.argoproj.io/secret-type': 'repository' })
    await updated('argohelmreposecrets', 'argo')
    await eventually('a warning about the scheme', async () =>
      (await eventsOf('argo')).some(({ reason }) => reason === 'UrlHasScheme'),
    )
  })

  it('repairs what others change: data, labels, the whole Secret', async () => {
    await apply('ArgoHelmRepoSecret', 'drifting', argoSpec('drifting-target'))
    const good = await stage.secretWhere(NAMESPACE, 'drifting-target', 'exists', () => true)
    const patch = { metadata: { labels: null }, data: { url: 'aGFja2Vk', extra: 'eA==' } }
    const change = `--patch=${JSON.stringify(patch)}`
    await stage.kubectl('patch', 'secret', 'drifting-target', '-n', NAMESPACE, '--type=merge', change)
    const repaired = await stage.secretWhere(
      NAMESPACE,
      'drifting-target',
      'is repaired',
      ({ data, metadata }) => data['extra'] === undefined && metadata.labels !== undefined,
    )
    assert.deepEqual(repaired.data, good.data)
    await stage.kubectl('delete', 'secret', 'drifting-target', '-n', NAMESPACE)
    const again = await stage.secretWhere(NAMESPACE, 'drifting-target', 'is back', () => true)
    assert.deepEqual(again.data, good.data)
  })

  it('takes the old Secret along when another name is asked for', async () => {
    await apply('Secret', 'moving', pullSpec('before-target'))
    await stage.secretWhere(NAMESPACE, 'before-target', 'exists', () => true)
    await apply('Secret', 'moving', pullSpec('after-target'))
    await stage.secretWhere(NAMESPACE, 'after-target', 'exists', () => true)
    await stage.kubectl('wait', '--for=delete', 'secret/before-target', '-n', NAMESPACE, '--timeout=20s')
  })

  it('takes over what the original wrote', async () => {
    await stage.apply(dockerConfigSecret('original-target', HOST, 'AWS'))
    const uid = (await stage.secret(NAMESPACE, 'original-target'))?.metadata.uid
    await apply('Secret', 'original', pullSpec('original-target'))
    const taken = await stage.secretWhere(
      NAMESPACE,
      'original-target',
      'holds a new login',
      ({ data }) => !data['.dockerconfigjson']?.includes('"p"'),
    )
    assert.equal(taken.metadata.uid, uid)
  })

  const foreign: readonly (readonly [string, string, string])[] = [
    ['of another registry', 'docker.io', 'AWS'],
    ['of another user', HOST, 'somebody'],
  ]
  for (const [what, host, username] of foreign) {
    it(`leaves a Secret ${what} alone until it is told to adopt it`, async () => {
      const name = `foreign-${username.toLowerCase()}`
      await stage.apply(dockerConfigSecret(name, host, username))
      const given = await stage.secret(NAMESPACE, name)
      await apply('Secret', name, pullSpec(name))
      const { conditions } = await failed('secrets', name)
      assert.match(conditions?.[0]?.message ?? '', /everpull\.dev\/adopt/)
      assert.deepEqual(await stage.secret(NAMESPACE, name), given)
      await apply('Secret', name, pullSpec(name), { 'everpull.dev/adopt': 'true' })
      await updated('secrets', name)
      const adopted = await stage.secret(NAMESPACE, name)
      assert.equal(adopted?.metadata.uid, given?.metadata.uid)
      assert.ok(adopted?.data['.dockerconfigjson']?.includes(HOST))
    })
  }

  it('lets the older of two objects keep a Secret both name', async () => {
    await apply('Secret', 'older', pullSpec('shared-target'))
    await updated('secrets', 'older')
    await apply('Secret', 'younger', pullSpec('shared-target'))
    const { conditions } = await failed('secrets', 'younger')
    assert.match(conditions?.[0]?.message ?? '', /Secret builds\/older/)
    await stage.kubectl('delete', 'secrets.ecr.mobb.redhat.com', 'older', '-n', NAMESPACE)
    await updated('secrets', 'younger')
    const { metadata } = await stage.secretWhere(
      NAMESPACE,
      'shared-target',
      'belongs to the younger',
      (secret) => secret.metadata.ownerReferences?.[0]?.name === 'younger',
    )
    assert.equal(metadata.ownerReferences?.length, 1)
  })

  const bad: readonly (readonly [string, Spec | undefined, RegExp])[] = [
    ['hours', pullSpec('bad-target', { frequency: '10 hours' }), /spec\.frequency "10 hours" is no duration/],
    ['region', pullSpec('bad-target', { region: 'us-west-1' }), /set spec\.region to us-east-2/],
    ['host', pullSpec('bad-target', { ecr_registry: `${HOST} ` }), /spec\.ecr_registry .* white space/],
    ['nothing', undefined, /spec is missing/],
    ['name', pullSpec('Bad_Target'), /spec\.generated_secret_name "Bad_Target" is no name/],
  ]
  for (const [name, spec, message] of bad) {
    it(`says once what to do about a bad ${name}, and leaves the Secret as it was`, async () => {
      await apply('Secret', `bad-${name}`, spec)
      const { conditions } = await failed('secrets', `bad-${name}`)
      assert.deepEqual(
        conditions?.map(({ status, reason }) => [status, reason]),
        [['False', 'SpecInvalid']],
      )
      assert.match(conditions?.[0]?.message ?? '', message)
      await eventually('an event says so', async () => (await eventsOf(`bad-${name}`)).length > 0)
      const [event, ...others] = await eventsOf(`bad-${name}`)
      assert.deepEqual(
        [event?.type, event?.reason, event?.count ?? 1, others],
        ['Warning', 'SpecInvalid', 1, []],
      )
      assert.match(event?.message ?? '', message)
      assert.equal(await stage.secret(NAMESPACE, 'bad-target'), undefined)
    })
  }

  it('serves on with the login it wrote when the spec turns bad, and recovers with it', async () => {
    await apply('Secret', 'turning', pullSpec('turning-target'))
    const good = await stage.secretWhere(NAMESPACE, 'turning-target', 'exists', () => true)
    await apply('Secret', 'turning', pullSpec('turning-target', { frequency: 'often' }))
    await failed('secrets', 'turning')
    assert.deepEqual(await stage.secret(NAMESPACE, 'turning-target'), good)
    await apply('Secret', 'turning', pullSpec('turning-target', { frequency: '0s' }))
    await updated('secrets', 'turning')
    await eventually('a warning about 0s', async () =>
      (await eventsOf('turning')).some(({ reason }) => reason === 'FrequencyNotPositive'),
    )
  })

  it('goes on with the others when one names a region that nobody knows', async () => {
    const host = '123456789012.dkr.ecr.xx-invalid-99.amazonaws.com'
    await apply(
      'Secret',
      'nowhere',
      pullSpec('nowhere-target', { ecr_registry: host, region: 'xx-invalid-99' }),
    )
    await apply('Secret', 'somewhere', pullSpec('somewhere-target'))
    await updated('secrets', 'somewhere')
    assert.equal(operator.child.exitCode, null)
  })

  it('takes the Secret along when the object is deleted', async () => {
    await stage.kubectl('delete', 'argohelmreposecrets.ecr.mobb.redhat.com', 'argo', '-n', NAMESPACE)
    await stage.kubectl('wait', '--for=delete', 'secret/argo-target', '-n', NAMESPACE, '--timeout=60s')
  })
})

/** As far as the original's own definition goes: no conditions, no expiry. */
const ORIGINAL_DEFINITION = JSON.stringify({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'secrets.ecr.mobb.redhat.com' },
  spec: {
    group: 'ecr.mobb.redhat.com',
    scope: 'Namespaced',
    names: { kind: 'Secret', listKind: 'SecretList', plural: 'secrets', singular: 'secret' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['ecr_registry', 'frequency', 'generated_secret_name', 'region'],
                properties: {
                  ecr_registry: { type: 'string' },
                  frequency: { type: 'string' },
                  generated_secret_name: { type: 'string' },
                  region: { type: 'string' },
                },
              },
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  lastUpdatedTime: { type: 'string', format: 'date-time' },
                },
              },
            },
          },
        },
      },
    ],
  },
})

describe('the kinds of the ECR Secret Operator under its own definitions', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.open()
    await stage.namespace(NAMESPACE)
    await stage.apply(ORIGINAL_DEFINITION)
    await (await stage.startOperator()).ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const statusWith = (name: string, phase: string): Promise<Record<string, unknown>> =>
    eventually(`${name} is ${phase}`, async () => {
      const kind = 'secrets.ecr.mobb.redhat.com'
      const found = await stage.get<{ status?: Record<string, unknown> }>(kind, name, '-n', NAMESPACE)
      return found?.status?.['phase'] === phase ? found.status : undefined
    })

  it('tells by phase and time, and nothing else', async () => {
    await stage.apply(object('Secret', 'good', pullSpec('good-target')))
    assert.deepEqual(Object.keys(await statusWith('good', 'Updated')).toSorted(), [
      'lastUpdatedTime',
      'phase',
    ])
  })

  it('tells a failure by phase, and its cause by one event', async () => {
    await stage.apply(object('Secret', 'bad', pullSpec('bad-target', { frequency: '10 hours' })))
    assert.deepEqual(await statusWith('bad', 'Failed'), { phase: 'Failed' })
    const events = await eventually('an event', async () => {
      const found = await stage.get<{ items: EventSeen[] }>(
        'events',
        '-n',
        NAMESPACE,
        '--field-selector=involvedObject.name=bad',
      )
      return found?.items.length === 1 ? found.items : undefined
    })
    assert.match(events[0]?.message ?? '', /is no duration/)
  })
})
