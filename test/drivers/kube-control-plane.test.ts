// This file is about the Kubernetes client against a real API server.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { seconds } from '../../src/base/duration.ts'
import { silentLog } from '../../src/base/log.ts'
import { seededRandom } from '../../src/base/random.ts'
import { allowedBy, mayI, myRules } from '../../src/kube/access-review.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { admits, resourcesOf, schemaOf, servedVersions } from '../../src/kube/discovery.ts'
import { isAlreadyExists, isConflict, isForbidden, isNotFound } from '../../src/kube/error.ts'
import { eventRecorder } from '../../src/kube/events.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import type { Election } from '../../src/kube/lease.ts'
import { startElection } from '../../src/kube/lease.ts'
import type { Reflector, ReflectorOptions, ReflectorPhase } from '../../src/kube/reflector.ts'
import { startReflector } from '../../src/kube/reflector.ts'
import type { KubeObject, ResourceType, SecretObject } from '../../src/kube/resource.ts'
import {
  CONFIG_MAPS,
  CUSTOM_RESOURCE_DEFINITIONS,
  EVENTS,
  LEASES,
  NAMESPACES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from '../../src/kube/resource.ts'
import { ownedKeys } from '../../src/kube/managed-fields.ts'
import { requestToken } from '../../src/kube/token-request.ts'
import { connect } from '../../src/kube/transport.ts'
import {
  applyObject,
  createObject,
  deleteObject,
  getObject,
  jsonPatch,
  mergePatch,
  putObject,
  statusPatch,
} from '../../src/kube/writes.ts'
import type { TestControlPlane } from '../support/control-plane.ts'
import { startControlPlane } from '../support/control-plane.ts'
import { eventually } from '../support/eventually.ts'

const fieldManager = 'driver-test'
const random = seededRandom(7)
const clock = systemClock
const WIDGETS: ResourceType = {
  group: 'driver.test',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

let plane: TestControlPlane
let client: KubeClient
const clients: KubeClient[] = []
const reflectors: Reflector<unknown>[] = []

async function clientWith(kubeconfig: string): Promise<KubeClient> {
  const access = await loadKubeconfig(kubeconfig, undefined, { clock })
  const made = connect(access, { clock, random, userAgent: 'driver-test' })
  clients.push(made)
  return made
}

function following<T>(
  options: Pick<ReflectorOptions<T>, 'type' | 'keep'> & Partial<ReflectorOptions<T>>,
): Reflector<T> {
  const reflector = startReflector({ client, clock, random, log: silentLog, ...options })
  reflectors.push(reflector)
  return reflector
}

before(async () => {
  plane = await startControlPlane()
  client = await clientWith(plane.kubeconfig)
})
after(async () => {
  await Promise.all(reflectors.map((reflector) => reflector.stop()))
  await Promise.all(clients.map((each) => each.close()))
  await plane.stop()
})

const aSecret = (name: string, data: Record<string, string> = { a: 'b25l' }): SecretObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'default' },
  data,
})

async function aNamespace(name: string): Promise<void> {
  await createObject(
    client,
    NAMESPACES,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { fieldManager },
  )
}

const nameOf = (raw: KubeObject): string => `${raw.metadata.namespace ?? ''}/${raw.metadata.name}`
const inDefault = (name: string) => ({ namespace: 'default', name })

describe('writes', () => {
  test('create, read, replace and delete carry what they must', async () => {
    const made = await createObject(client, SECRETS, aSecret('crud'), { fieldManager })
    await assert.rejects(createObject(client, SECRETS, aSecret('crud'), { fieldManager }), isAlreadyExists)
    const replaced = await putObject(client, SECRETS, { ...made, data: { a: 'dHdv' } }, { fieldManager })
    assert.equal(replaced.data?.['a'], 'dHdv')
    await assert.rejects(putObject(client, SECRETS, { ...made, data: {} }, { fieldManager }), isConflict)
    await assert.rejects(
      deleteObject(client, SECRETS, inDefault('crud'), { only: { uid: 'another' } }),
      isConflict,
    )
    await deleteObject(client, SECRETS, inDefault('crud'), { only: { uid: made.metadata.uid } })
    await assert.rejects(getObject(client, SECRETS, inDefault('crud')), isNotFound)
  })

  test('a merge patch with a stale resourceVersion or another uid is refused, and null removes', async () => {
    const made = await createObject(client, SECRETS, aSecret('patched', { a: 'b25l', b: 'b25l' }), {
      fieldManager,
    })
    const { resourceVersion, uid } = made.metadata
    const patch = { data: { b: null } }
    const patched = await mergePatch<SecretObject>(client, SECRETS, inDefault('patched'), patch, {
      fieldManager,
      only: { resourceVersion, uid },
    })
    assert.deepEqual(Object.keys(patched.data ?? {}), ['a'])
    const again = mergePatch(client, SECRETS, inDefault('patched'), patch, {
      fieldManager,
      only: { resourceVersion },
    })
    await assert.rejects(again, isConflict)
    const other = mergePatch(client, SECRETS, inDefault('patched'), patch, {
      fieldManager,
      only: { uid: 'another' },
    })
    await assert.rejects(other, isConflict)
    await assert.rejects(
      mergePatch(client, SECRETS, inDefault('missing'), patch, { fieldManager }),
      isNotFound,
    )
  })

  test('an apply creates, changes nothing twice, gives up what it leaves out, and names a conflict', async () => {
    const applied = (data: Record<string, string>) => ({ metadata: inDefault('applied'), data })
    const first = await applyObject<SecretObject>(client, SECRETS, applied({ a: 'b25l', b: 'b25l' }), {
      fieldManager,
    })
    const same = await applyObject<SecretObject>(client, SECRETS, applied({ a: 'b25l', b: 'b25l' }), {
      fieldManager,
    })
    assert.equal(same.metadata.resourceVersion, first.metadata.resourceVersion)
    const less = await applyObject<SecretObject>(client, SECRETS, applied({ a: 'b25l' }), { fieldManager })
    assert.deepEqual(less.data, { a: 'b25l' })
    const foreign = applyObject(client, SECRETS, applied({ a: 'dHdv' }), { fieldManager: 'another' })
    await assert.rejects(foreign, (error) => isConflict(error) && error.causes[0]?.field === '.data.a')
    await applyObject(client, SECRETS, applied({ a: 'dHdv' }), { fieldManager: 'another', force: true })
  })

  test('an apply with a uid never creates', async () => {
    const metadata = { ...inDefault('never'), uid: '00000000-0000-4000-8000-000000000000' }
    await assert.rejects(applyObject(client, SECRETS, { metadata, data: {} }, { fieldManager }), isConflict)
  })

  test('a JSON patch whose test fails is refused, and a refusal never quotes a Secret', async () => {
    await createObject(client, SECRETS, aSecret('steps'), { fieldManager })
    const steps = [{ op: 'test', path: '/data/a', value: 'aHVudGVyMjI=' } as const]
    const error = await jsonPatch(client, SECRETS, inDefault('steps'), steps, { fieldManager }).catch(
      (e: unknown) => e,
    )
    assert.equal((error as { status?: number }).status, 422)
    const wrong = {
      ...aSecret('wrong', { '.dockerconfigjson': 'aHVudGVyMjI=' }),
      type: 'kubernetes.io/dockerconfigjson',
    }
    const refused: unknown = await createObject(client, SECRETS, wrong, { fieldManager }).catch(
      (e: unknown) => e,
    )
    assert.doesNotMatch(String(refused), /hunter22|aHVudGVyMjI=/)
  })
})

describe('following a kind', () => {
  test('everything listed is told, then synced, then every change', async () => {
    await aNamespace('follow')
    const at = { namespace: 'follow', name: 'one' }
    await createObject(
      client,
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: at },
      { fieldManager },
    )
    const told: string[] = []
    const reflector = following({
      type: CONFIG_MAPS,
      namespaces: ['follow'],
      keep: (raw) => `${raw.kind} ${nameOf(raw)}`,
    })
    reflector.store.subscribe((change) =>
      told.push(change.type === 'synced' ? 'synced' : `${change.type} ${change.object.name}`),
    )
    await reflector.settled()
    assert.equal(reflector.store.get(at), 'ConfigMap follow/one')
    assert.equal(reflector.phase().is, 'watching')
    const two = { namespace: 'follow', name: 'two' }
    await createObject(
      client,
      CONFIG_MAPS,
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: two },
      { fieldManager },
    )
    await mergePatch(client, CONFIG_MAPS, two, { data: { x: 'y' } }, { fieldManager })
    await deleteObject(client, CONFIG_MAPS, two)
    await eventually('the deletion is told', () => told.includes('delete two'))
    const ours = told.filter((line) => line === 'synced' || / (one|two)$/.test(line))
    assert.deepEqual(ours, ['upsert one', 'synced', 'upsert two', 'upsert two', 'delete two'])
  })

  test('1,200 Secrets come in pages, as metadata only, and foreign annotations are dropped', async () => {
    await aNamespace('many')
    await Promise.all(
      Array.from({ length: 1200 }, (_, n) =>
        createObject(
          client,
          SECRETS,
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: {
              name: `s${n}`,
              namespace: 'many',
              annotations: { 'ours/a': 'x', 'foreign/b': 'hunter22' },
            },
            data: { password: 'aHVudGVyMjI=' },
          },
          { fieldManager },
        ),
      ),
    )
    const seen = new Set<string>()
    const reflector = following({
      type: SECRETS,
      namespaces: ['many'],
      metadataOnly: true,
      keep: (raw) => {
        for (const member of Object.keys(raw)) seen.add(member)
        const { annotations = {}, managedFields = [] } = raw.metadata
        return {
          annotations,
          owned: managedFields.map((entry) => ({ ...entry, data: ownedKeys(entry, 'data') })),
        }
      },
    })
    await reflector.settled()
    assert.equal(reflector.store.size, 1200)
    assert.ok(!seen.has('data'))
    const record = reflector.store.get({ namespace: 'many', name: 's7' })
    assert.deepEqual(record?.annotations, { 'ours/a': 'x', 'foreign/b': 'hunter22' })
    assert.deepEqual(
      record?.owned.map(({ manager, operation, data }) => ({ manager, operation, data })),
      [{ manager: fieldManager, operation: 'Update', data: ['password'] }],
    )
    await mergePatch(
      client,
      SECRETS,
      { namespace: 'many', name: 's7' },
      { data: { other: 'eA==' } },
      { fieldManager: 'hand' },
    )
    await eventually('the other manager is seen', () =>
      reflector.store.get({ namespace: 'many', name: 's7' })?.owned.some(({ manager }) => manager === 'hand'),
    )
  })

  test('a kind whose CRD is missing is waited for; a stale version is listed anew', async () => {
    const phases: ReflectorPhase['is'][] = []
    const reflector = following({ type: WIDGETS, keep: nameOf, onPhase: (phase) => phases.push(phase.is) })
    await reflector.settled()
    assert.equal(reflector.phase().is, 'absent')
    assert.deepEqual(await servedVersions(client, WIDGETS.group, WIDGETS.plural), [])
    await createObject(client, CUSTOM_RESOURCE_DEFINITIONS, widgetDefinition(), { fieldManager })
    const at = inDefault('w1')
    await eventually(
      'the kind is served',
      async () => (await servedVersions(client, WIDGETS.group, WIDGETS.plural)).length > 0,
    )
    const widget = { apiVersion: 'driver.test/v1', kind: 'Widget', metadata: at, spec: { size: 1 } }
    await eventually('the kind can be written', () =>
      createObject(client, WIDGETS, widget, { fieldManager }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      }),
    )
    await eventually('the widget is seen', () => {
      reflector.retryNow()
      return reflector.store.get(at)
    })
    assert.deepEqual([phases[0], phases.at(-1)], ['absent', 'watching'])
    const stale = await client.stream({
      method: 'GET',
      path: '/apis/driver.test/v1/widgets',
      query: { watch: 'true', resourceVersion: '1' },
    })
    const [line] = await Array.fromAsync(stale)
    assert.match(String(line), /"code":410/)
    const status = await statusPatch<KubeObject>(
      client,
      WIDGETS,
      at,
      { phase: 'Done', lost: 'x' },
      { fieldManager },
    )
    assert.deepEqual(status['status'], { phase: 'Done' })
  })

  test('the schema tells what a status may say', async () => {
    const schema = await eventually('the schema is published', () => schemaOf(client, WIDGETS))
    assert.equal(admits(schema, ['status', 'phase']), true)
    assert.equal(admits(schema, ['status', 'conditions']), false)
    const [widget] = await resourcesOf(client, WIDGETS)
    assert.deepEqual(
      [widget?.plural, widget?.namespaced, widget?.subresources],
      ['widgets', true, ['status']],
    )
  })

  test("a forbidden kind is reported in the server's words, and followed once it is granted", async () => {
    await aNamespace('narrow')
    await serviceAccount('narrow', 'reader')
    const file = join(plane.folder, 'reader.kubeconfig')
    await writeFile(
      file,
      await plane.kubeconfigFor({ serviceAccount: { namespace: 'narrow', name: 'reader' } }),
    )
    const narrow = await clientWith(file)
    const reflector = following({ client: narrow, type: CONFIG_MAPS, namespaces: ['narrow'], keep: nameOf })
    await reflector.settled()
    const phase = reflector.phase()
    assert.equal(phase.is, 'forbidden')
    assert.match(phase.is === 'forbidden' ? phase.error.message : '', /cannot list resource "configmaps"/)
    const access = { verb: 'list', group: '', resource: 'configmaps', namespace: 'narrow' }
    assert.equal((await mayI(narrow, access)).allowed, false)
    await grant('narrow', 'reader', [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] },
    ])
    await eventually('it is followed', () => {
      reflector.retryNow()
      return reflector.phase().is === 'watching'
    })
    assert.equal((await mayI(narrow, access)).allowed, true)
    const { rules } = await myRules(narrow, 'narrow')
    assert.equal(allowedBy(rules, access), true)
    assert.equal(allowedBy(rules, { ...access, verb: 'delete' }), false)
    await assert.rejects(getObject(narrow, SECRETS, { namespace: 'narrow', name: 'x' }), isForbidden)
  })
})

describe('the rest of the API', () => {
  test('a service account gives a token for an audience', async () => {
    await serviceAccount('default', 'tokens')
    const token = await requestToken(client, inDefault('tokens'), ['sts.example'])
    const payload = JSON.parse(Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString()) as {
      aud: string[]
    }
    assert.deepEqual(payload.aud, ['sts.example'])
    assert.equal(String(token), '[redacted]')
    await assert.rejects(requestToken(client, inDefault('nobody'), ['x']), isNotFound)
  })

  test('a service account gives none where another of its name was meant', async () => {
    await serviceAccount('default', 'returned')
    const { metadata } = await getObject(client, SERVICE_ACCOUNTS, inDefault('returned'))
    const { uid = '' } = metadata
    await requestToken(client, { ...inDefault('returned'), uid }, ['sts.example'])
    const another = { ...inDefault('returned'), uid: '00000000-0000-4000-8000-000000000000' }
    await assert.rejects(requestToken(client, another, ['sts.example']), isConflict)
  })

  test('events are created once, counted after that, and told for cluster-scoped objects too', async () => {
    const secret = await createObject(client, SECRETS, aSecret('told'), { fieldManager })
    const about = {
      apiVersion: 'v1',
      ref: { kind: 'Secret', namespace: 'default', name: 'told' },
      uid: secret.metadata.uid ?? '',
    }
    const recorder = eventRecorder(client, clock, silentLog)
    const text = { type: 'Normal', reason: 'Updated', message: 'secret updated' } as const
    recorder.tell(about, text, 'external-secrets')
    const events = async () => {
      const query = { fieldSelector: `involvedObject.uid=${about.uid}` }
      const list = await client.request<{ items: (KubeObject & { count: number })[] }>({
        method: 'GET',
        path: '/api/v1/namespaces/default/events',
        query,
      })
      return list.items
    }
    await eventually('it is there', async () => (await events()).length === 1)
    recorder.tell(about, text, 'external-secrets')
    const [event] = await eventually('it is counted', async () => {
      const all = await events()
      return all[0]?.count === 2 && all
    })
    assert.equal(event?.['reason'], 'Updated')
    assert.deepEqual(event?.['source'], { component: 'external-secrets' })
    recorder.tell(
      { apiVersion: 'v1', ref: { kind: 'Namespace', namespace: '', name: 'default' }, uid: 'u' },
      text,
      'x',
    )
    await recorder.close()
    const inPlace = await client.request<{ items: KubeObject[] }>({
      method: 'GET',
      path: '/api/v1/namespaces/default/events',
      query: { fieldSelector: 'involvedObject.kind=Namespace' },
    })
    assert.equal(inPlace.items.length, 1)
    assert.equal(EVENTS.plural, 'events')
  })

  test('of two candidates one leads; when it stops, the other does at once', async () => {
    const leading: string[] = []
    const candidate = (identity: string): Election =>
      startElection({
        client,
        namespace: 'default',
        name: 'election',
        identity,
        leaseDuration: seconds(15),
        renewDeadline: seconds(10),
        retryPeriod: seconds(0.2),
        clock,
        random,
        log: silentLog,
        onLeading: () => leading.push(identity),
      })
    const a = candidate('a')
    await eventually('a leads', () => a.leading())
    const b = candidate('b')
    await eventually('b sees a', () => b.holder() === 'a')
    assert.equal(b.mayWrite(), false)
    const lease = await getObject<KubeObject & { spec: { renewTime: string } }>(
      client,
      LEASES,
      inDefault('election'),
    )
    assert.match(lease.spec.renewTime, /\.\d{6}Z$/)
    await a.stop()
    assert.equal(a.mayWrite(), false)
    // It would take the length of the lease if nobody gave it back.
    await eventually('b leads', () => b.mayWrite(), 10_000)
    assert.deepEqual(leading, ['a', 'b'])
    await b.stop()
  })
})

test('a restart of the API server is survived by watches and requests', async () => {
  const reflector = following({ type: CONFIG_MAPS, namespaces: ['default'], keep: nameOf })
  await reflector.settled()
  await plane.restart('kube-apiserver')
  const at = inDefault('after-restart')
  await eventually(
    'a write succeeds',
    () =>
      createObject(
        client,
        CONFIG_MAPS,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: at },
        { fieldManager },
      ).catch(() => undefined),
    30_000,
  )
  await eventually('the write is seen', () => reflector.store.get(at), 30_000)
})

test('1,000 writes with 50 in flight need one session', async (t) => {
  const fresh = await clientWith(plane.kubeconfig)
  await aNamespace('speed')
  const began = clock.monotonic()
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < 1000) {
      const name = `w${next}`
      next += 1
      await applyObject(
        fresh,
        SECRETS,
        { metadata: { namespace: 'speed', name }, data: { a: 'b25l' } },
        { fieldManager, force: true },
      )
    }
  }
  await Promise.all(Array.from({ length: 50 }, worker))
  const took = clock.monotonic() - began
  assert.deepEqual([fresh.stats().sessions, fresh.stats().requests], [1, 1000])
  t.diagnostic(`1,000 applies took ${Math.round(took)} ms`)
})

async function serviceAccount(namespace: string, name: string): Promise<void> {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } }
  await createObject(client, SERVICE_ACCOUNTS, account, { fieldManager })
}

async function grant(namespace: string, account: string, rules: readonly object[]): Promise<void> {
  const rbac = (kind: string, plural: string): ResourceType => ({
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    plural,
    kind,
    namespaced: true,
  })
  const metadata = { namespace, name: account }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  await createObject(
    client,
    rbac('Role', 'roles'),
    { apiVersion, kind: 'Role', metadata, rules },
    { fieldManager },
  )
  await createObject(
    client,
    rbac('RoleBinding', 'rolebindings'),
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: account },
      subjects: [{ kind: 'ServiceAccount', namespace, name: account }],
    },
    { fieldManager },
  )
}

function widgetDefinition(): KubeObject {
  const schema = {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { size: { type: 'integer' } } },
      status: { type: 'object', properties: { phase: { type: 'string' } } },
    },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.driver.test' },
    spec: {
      group: 'driver.test',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  }
}
