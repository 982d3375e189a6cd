// This file is about living up to external-secrets on a real control plane: what its users see on their objects.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import { goMapSha3 } from '../../src/model/data-digest.ts'
import { eventually } from '../support/eventually.ts'
import { harnessRecipe } from '../support/recipes.ts'
import { type SecretSeen, Stage } from '../support/stage.ts'

const NAMESPACE = 'apps'
const MANAGED = 'reconcile.external-secrets.io/managed'
const CREATED_BY = 'reconcile.external-secrets.io/created-by'
const DATA_HASH = 'reconcile.external-secrets.io/data-hash'

interface Seen {
  readonly metadata: { readonly generation: number; readonly finalizers?: readonly string[] }
  readonly spec: object
  readonly status?: {
    readonly refreshTime?: string
    readonly syncedResourceVersion?: string
    readonly binding?: { readonly name: string }
  }
}
interface EventSeen {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly source?: { readonly component?: string }
  readonly reportingComponent?: string
}

const externalSecret = (name: string, target: object, metadata: object = {}): string =>
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace: NAMESPACE, name, ...metadata },
    spec: {
      target,
      dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'ecr' } } }],
    },
  })

const generator = (spec: object = {}): string =>
  JSON.stringify({
    apiVersion: 'generators.external-secrets.io/v1alpha1',
    kind: 'ECRAuthorizationToken',
    metadata: { namespace: NAMESPACE, name: 'ecr' },
    spec: { region: 'us-west-1', ...spec },
  })

const ofDelivery = (key: string): boolean => key.startsWith('everpull.dev/delivery-')

const hashOf = ({ data }: SecretSeen): string =>
  goMapSha3(new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)])))

describe('an ExternalSecret', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    for (const namespace of [NAMESPACE, 'argocd']) await stage.namespace(namespace)
    await stage.credentialSecret('argocd')
    await stage.apply(generator())
    const operator = await stage.startOperator()
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  const secret = (name: string, what: string, isRight: (secret: SecretSeen) => boolean) =>
    stage.secretWhere(NAMESPACE, name, what, isRight)
  const readyWhere = (name: string, reason: string) =>
    eventually(`ExternalSecret ${name} is ${reason}`, async () => {
      const ready = await stage.ready('externalsecret', NAMESPACE, name)
      return ready?.reason === reason ? ready : undefined
    })
  const eventsOf = async (name: string): Promise<readonly EventSeen[]> => {
    const selector = `--field-selector=involvedObject.name=${name}`
    const found = await stage.get<{ items: readonly EventSeen[] }>('events', '-n', NAMESPACE, selector)
    return found?.items ?? []
  }
  const opaque = (name: string, data: Record<string, string>, metadata: object = {}): Promise<string> =>
    stage.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace: NAMESPACE, name, ...metadata },
        stringData: data,
      }),
    )

  it('only adds a password to the repository Secret of the Harness document, as that stands', async () => {
    const path = '../../src/dialects/external-secrets/fixtures/harness-repository-secret.yaml'
    const document = parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as {
      data: Record<string, string>
      metadata: Record<string, unknown>
    }
    // What the API server alone may set.
    const { creationTimestamp, resourceVersion, uid, ...metadata } = document.metadata
    assert.ok(creationTimestamp !== undefined && resourceVersion !== undefined && uid !== undefined)
    await stage.apply(stringify({ ...document, metadata: { ...metadata, namespace: 'argocd' } }))
    await stage.apply(harnessRecipe({ namespace: 'argocd' }))
    const written = await stage.secretWhere('argocd', 'repo-2529854065', 'has a password', ({ data }) =>
      Boolean(data['password']),
    )
    const decoded = Object.entries(document.data).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ])
    assert.deepEqual({ ...written.data, password: '' }, { ...Object.fromEntries(decoded), password: '' })
    assert.equal(written.type, 'Opaque')
    assert.deepEqual(written.metadata.labels, {
      'argocd.argoproj.io/secret-type': 'repository',
      [MANAGED]: 'true',
    })
    const added = Object.keys(written.metadata.annotations ?? {}).filter(
      (key) => !['managed-by', 'kubectl.kubernetes.io/last-applied-configuration'].includes(key),
    )
    assert.deepEqual(
      added.map((key) => (ofDelivery(key) ? 'delivery' : key)),
      ['delivery', DATA_HASH],
    )
    assert.equal(written.metadata.ownerReferences, undefined)
  })

  it('owns the Secret it makes, and marks it as external-secrets does', async () => {
    await stage.apply(
      externalSecret('owned', {}, { labels: { team: 'build' }, annotations: { note: 'kept' } }),
    )
    const { message } = await readyWhere('owned', 'SecretSynced')
    assert.equal(message, 'secret synced')
    const made = await secret('owned', 'exists', () => true)
    assert.deepEqual(Object.keys(made.data).toSorted(), [
      'expires_at',
      'password',
      'proxy_endpoint',
      'username',
    ])
    assert.equal(made.data['username'], 'AWS')
    assert.match(made.data['proxy_endpoint'] ?? '', /^https:\/\/\d{12}\.dkr\.ecr\.us-west-1\.amazonaws\.com$/)
    assert.match(made.data['expires_at'] ?? '', /^\d{10}$/)
    const { labels, annotations, ownerReferences, managedFields } = made.metadata
    assert.equal(labels?.['team'], 'build')
    assert.equal(labels?.[MANAGED], 'true')
    assert.match(labels?.[CREATED_BY] ?? '', /^[0-9a-f]{56}$/)
    assert.equal(annotations?.['note'], 'kept')
    assert.equal(annotations?.[DATA_HASH], hashOf(made))
    assert.deepEqual(
      ownerReferences?.map(({ kind, name, controller }) => [kind, name, controller]),
      [['ExternalSecret', 'owned', true]],
    )
    assert.deepEqual(
      managedFields?.map(({ manager, operation }) => [manager, operation]),
      [['externalsecrets.external-secrets.io/owned', 'Update']],
    )
  })

  it('tells what was synced, in status and events, and is left alone otherwise', async () => {
    const seen = await stage.get<Seen>('externalsecret', 'owned', '-n', NAMESPACE)
    assert.equal(seen?.status?.binding?.name, 'owned')
    assert.match(seen?.status?.syncedResourceVersion ?? '', /^1-[0-9a-f]{56}$/)
    assert.equal(seen?.metadata.generation, 1)
    assert.equal(seen.metadata.finalizers, undefined)
    const events = await eventually('an event of the creation', async () => {
      const found = await eventsOf('owned')
      return found.length > 0 ? found : undefined
    })
    assert.deepEqual(
      events.map(({ type, reason, message }) => [type, reason, message]),
      [['Normal', 'Created', 'secret created']],
    )
    assert.equal(events[0]?.source?.component ?? events[0]?.reportingComponent, 'external-secrets')
  })

  it('repairs its Secret at once when it is edited or deleted, and keeps foreign labels', async () => {
    await stage.kubectl('label', 'secret', 'owned', '-n', NAMESPACE, 'theirs=kept')
    const edit = JSON.stringify({ stringData: { password: 'tampered', extra: 'foreign' } })
    await stage.kubectl('patch', 'secret', 'owned', '-n', NAMESPACE, '--type=merge', `--patch=${edit}`)
    const repaired = await secret(
      'owned',
      'is repaired',
      ({ data }) => data['password'] !== 'tampered' && data['extra'] === undefined,
    )
    assert.equal(repaired.metadata.labels?.['theirs'], 'kept')
    await stage.kubectl('delete', 'secret', 'owned', '-n', NAMESPACE)
    const anew = await secret(
      'owned',
      'is made anew',
      ({ metadata }) => metadata.uid !== repaired.metadata.uid,
    )
    assert.equal(anew.metadata.annotations?.[DATA_HASH], hashOf(anew))
  })

  it('gets a fresh login by force-sync', async () => {
    const { data } = await secret('owned', 'exists', () => true)
    await stage.kubectl('annotate', 'externalsecret', 'owned', '-n', NAMESPACE, 'force-sync=1', '--overwrite')
    await secret('owned', 'has another password', (now) => now.data['password'] !== data['password'])
  })

  it('takes back what its template no longer says', async () => {
    const template = (data: object, labels: object): object => ({
      name: 'templated',
      template: { type: 'kubernetes.io/basic-auth', data, metadata: { labels } },
    })
    const both = { username: '{{ .username }}', password: '{{ .password }}', host: '{{ .proxy_endpoint }}' }
    await stage.apply(externalSecret('templated', template(both, { one: 'x{{ .expires_at }}' })))
    const first = await secret('templated', 'has a host', ({ data }) => data['host'] !== undefined)
    assert.equal(first.type, 'kubernetes.io/basic-auth')
    assert.match(first.metadata.labels?.['one'] ?? '', /^x\d{10}$/)
    const { host: _, ...less } = both
    await stage.apply(externalSecret('templated', template(less, { two: 'y' })))
    const second = await secret('templated', 'has no host', ({ data }) => data['host'] === undefined)
    assert.equal(second.metadata.labels?.['one'], undefined)
    assert.equal(second.metadata.labels?.['two'], 'y')
  })

  it('waits for a Secret to merge into, and leaves it when it goes', async () => {
    const target = { creationPolicy: 'Merge', template: { data: { password: '{{ .password }}' } } }
    await stage.apply(externalSecret('merged', target))
    const missing = await readyWhere('merged', 'SecretMissing')
    assert.equal(missing.status, 'True')
    assert.equal(missing.message, 'secret will not be created due to CreationPolicy=Merge')
    await opaque('merged', { url: 'theirs' }, { labels: { theirs: 'kept' } })
    const merged = await secret('merged', 'has a password', ({ data }) => data['password'] !== undefined)
    assert.equal(merged.data['url'], 'theirs')
    assert.equal(merged.metadata.annotations?.[DATA_HASH], hashOf(merged))
    await readyWhere('merged', 'SecretSynced')
    await stage.kubectl('delete', 'externalsecret', 'merged', '-n', NAMESPACE)
    const left = await secret(
      'merged',
      'is released',
      ({ metadata }) => !Object.keys(metadata.annotations ?? {}).some(ofDelivery),
    )
    assert.equal(left.data['url'], 'theirs')
    assert.equal(left.data['password'], merged.data['password'])
  })

  const wrong: readonly (readonly [string, object, string, RegExp])[] = [
    [
      'a template that does not parse',
      { template: { data: { password: '{{ .password' } } },
      'could not update secret: ',
      /unable to parse template at key password/,
    ],
    [
      'a misspelt value',
      { template: { data: { password: '{{ .passwrod }}' } } },
      'could not update secret: ',
      /\.passwrod, which the generator does not give/,
    ],
    [
      'a target that is no Secret',
      { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } },
      'invalid generic target: ',
      /spec\.target\.manifest is not supported/,
    ],
  ]
  for (const [i, [what, target, upstream, cause]] of wrong.entries()) {
    it(`with ${what} says so once and leaves the Secret as it was`, async () => {
      const name = `wrong-${i}`
      await opaque(name, { password: 'old' })
      await stage.apply(externalSecret(name, target))
      const { status, message } = await readyWhere(name, 'SecretSyncedError')
      assert.equal(status, 'False')
      assert.ok(message.startsWith(upstream), message)
      assert.match(message, cause)
      const events = await eventually('an event of the failure', async () => {
        const found = await eventsOf(name)
        return found.length > 0 ? found : undefined
      })
      assert.deepEqual(
        events.map(({ type, reason }) => [type, reason]),
        [['Warning', 'UpdateFailed']],
      )
      assert.match(events[0]?.message ?? '', cause)
      const kept = await secret(name, 'exists', () => true)
      assert.deepEqual(kept.data, { password: 'old' })
      assert.equal(kept.metadata.labels, undefined)
    })
  }

  it('keeps serving its login while the generator is gone, and says until when', async () => {
    const { data } = await secret('owned', 'exists', () => true)
    await stage.kubectl('delete', 'ecrauthorizationtoken', 'ecr', '-n', NAMESPACE)
    const ready = await eventually('the condition tells that the generator is missing', async () => {
      const found = await stage.ready('externalsecret', NAMESPACE, 'owned')
      return found?.message.includes('serving a login') === true ? found : undefined
    })
    assert.equal(ready.status, 'True')
    assert.match(
      ready.message,
      /^secret synced: serving a login that expires at \S+Z; renewing fails since \S+Z: ECRAuthorizationToken\.generators\.external-secrets\.io "ecr" not found/,
    )
    assert.deepEqual((await secret('owned', 'exists', () => true)).data, data)
    await stage.apply(generator())
    await eventually('the condition is as before', async () => {
      const found = await stage.ready('externalsecret', NAMESPACE, 'owned')
      return found?.message === 'secret synced'
    })
  })

  it('takes its Secret along when it is deleted', async () => {
    await stage.kubectl('delete', 'externalsecret', 'owned', '-n', NAMESPACE)
    await stage.kubectl('wait', '--for=delete', 'secret/owned', '-n', NAMESPACE, '--timeout=120s')
  })
})
