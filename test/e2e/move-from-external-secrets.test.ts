// This file is about docs/how-to/move-from-external-secrets.md: every step is run as it is written, on a cluster that a
// stand-in for the other operator serves, and the way back too.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { NAMESPACES } from '../../src/kube/resource.ts'
import { getObject } from '../../src/kube/writes.ts'
import { adminClient } from '../support/admin-client.ts'
import { EXTERNAL_SECRETS } from '../support/condition-watch.ts'
import { OPERATOR_USER, quiet } from '../support/deeds.ts'
import { established } from '../support/established.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT } from '../support/everpull-process.ts'
import { FOREIGN_USER, ForeignController } from '../support/foreign-controller.ts'
import { ForeignRelease } from '../support/foreign-release.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { leftByAnother, leftFinalizer } from '../support/left-cluster-order.ts'
import { externalSecret, generator, keysIn, opaqueSecret, type Place, together } from '../support/orders.ts'
import { type SecretSeen, Stage } from '../support/stage.ts'
import { userEnvironment } from '../support/user-environment.ts'

const REGION = 'us-east-2'
const SHOP = { namespace: 'shop', name: 'pull' }
const REPOSITORY = { namespace: 'argocd', name: 'repo' }
/** In a namespace of its own, by a ClusterExternalSecret of its name. */
const EVERYWHERE = { namespace: 'everywhere-a', name: 'everywhere' }
const STORED = { namespace: 'argocd', name: 'stored' }

const DOCKER =
  '{"auths":{"{{ .proxy_endpoint }}":{"username":"{{ .username }}","password":"{{ .password }}"}}}'
const ORDERS = together(
  ...[SHOP, REPOSITORY].map(({ namespace }) =>
    generator({ namespace, name: 'ecr' }, { region: REGION, ...keysIn('key') }),
  ),
  externalSecret({
    ...SHOP,
    generator: 'ecr',
    refreshInterval: '1h',
    target: {
      template: { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': DOCKER } },
    },
  }),
  opaqueSecret(REPOSITORY, { url: `123456789012.dkr.ecr.${REGION}.amazonaws.com`, password: 'an old one' }),
  externalSecret({
    ...REPOSITORY,
    generator: 'ecr',
    refreshInterval: '1h',
    target: { creationPolicy: 'Merge' },
  }),
  JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: STORED,
    spec: {
      secretStoreRef: { kind: 'SecretStore', name: 'vault' },
      data: [{ secretKey: 'value', remoteRef: { key: 'somewhere' } }],
    },
  }),
)

interface Report {
  readonly objects: readonly { readonly name: string; readonly state: string; readonly because?: string }[]
  readonly missingRights: readonly unknown[]
}

describe('docs/how-to/move-from-external-secrets.md', () => {
  let stage: Stage
  let client: KubeClient
  let controller: ForeignController
  let release: ForeignRelease
  let shell: Shell
  let folder: string
  /** Of the ExternalSecret that is a ClusterExternalSecret's. */
  let child: string | undefined
  /** Secrets as the other operator left them. */
  const left = new Map<string, SecretSeen>()

  const scripts = new Map(
    stepsOf('how-to/move-from-external-secrets').map(({ title, script }) => [title, script] as const),
  )
  const step = (title: string): void => {
    const script = scripts.get(title)
    scripts.delete(title)
    test(title, { timeout: 120_000 }, async () => {
      assert.ok(script !== undefined, 'there is no such step')
      await shell.run(script.replace(/^CHART=.*$/m, `CHART=${release.chart}`))
    })
  }
  const report = async (file: string): Promise<Report> =>
    JSON.parse(await readFile(join(folder, file), 'utf8')) as Report
  const secretOf = async ({ namespace, name }: Place): Promise<SecretSeen> => {
    const secret = await stage.secret(namespace, name)
    assert.ok(secret !== undefined, name)
    return secret
  }
  /** Who wrote that Secret, each writer once per spell. */
  const spells = async ({ namespace, name }: Place): Promise<readonly string[]> => {
    const writers = (await auditedRequests(stage.sandbox.folder)).flatMap((request) =>
      request.resource === 'secrets' &&
      request.namespace === namespace &&
      request.name === name &&
      ['create', 'update', 'patch'].includes(request.verb) &&
      [FOREIGN_USER, OPERATOR_USER].includes(request.user) &&
      request.status < 300
        ? [request.user]
        : [],
    )
    return writers.filter((user, at) => user !== writers[at - 1])
  }
  const finalizersOnNamespace = async (): Promise<readonly string[]> =>
    (await getObject(client, NAMESPACES, { name: EVERYWHERE.namespace })).metadata.finalizers ?? []
  const childUid = async (): Promise<string | undefined> =>
    (await getObject(client, EXTERNAL_SECRETS, EVERYWHERE)).metadata.uid
  const edit = (): Promise<string> =>
    stage.kubectl('label', 'externalsecret', SHOP.name, '-n', SHOP.namespace, 'edited=true', '--overwrite')

  before(async () => {
    stage = await Stage.open({ crds: false, audit: true })
    folder = stage.sandbox.folder
    client = await adminClient(stage)
    const { aws } = stage.sandbox
    controller = await ForeignController.open({
      kubeconfigFor: (subject) => stage.sandbox.kubeconfigFor(subject),
      folder,
      awsUrl: aws.url,
      key: aws.principals.publisher,
    })
    const definitions = await stage.everpull('crds', '--dialect', 'external-secrets')
    release = await ForeignRelease.open({ folder, definitions, controller, client })
    shell = startShell(folder, await userEnvironment(stage))
    await shell.run(
      `helm install external-secrets ${release.chart} --namespace external-secrets --create-namespace`,
    )
    await established((...args) => stage.kubectl(...args))
    for (const { namespace } of [SHOP, REPOSITORY]) {
      await stage.namespace(namespace)
      await stage.credentialSecret(namespace, 'key')
    }
    await stage.apply(ORDERS)
    await leftByAnother(stage, client, EVERYWHERE.name)
    child = await childUid()
    await stage.credentialSecret(EVERYWHERE.namespace, 'key')
    await stage.apply(
      generator({ namespace: EVERYWHERE.namespace, name: 'own' }, { region: REGION, ...keysIn('key') }),
    )
    for (const { namespace, name } of [SHOP, REPOSITORY, STORED, EVERYWHERE]) {
      await eventually(
        `${name} is synced`,
        async () => (await stage.ready('externalsecret', namespace, name))?.status === 'True',
        30_000,
      )
    }
    assert.deepEqual(await finalizersOnNamespace(), [leftFinalizer(EVERYWHERE.name)])
    for (const place of [SHOP, REPOSITORY]) left.set(place.name, await secretOf(place))
  })

  after(async () => {
    shell?.close()
    await release?.[Symbol.asyncDispose]()
    await controller?.[Symbol.asyncDispose]()
    await client?.close()
    await stage?.[Symbol.asyncDispose]()
  })

  step('1. Say what you have')
  step('2. Make the definitions outlive it')
  step('3. Let the definitions stand alone')
  step('4. Start Everpull beside it')
  step('5. See what it would do')

  test('everything is dormant, and what would be refused says so', async () => {
    const { objects, missingRights } = await report('before.json')
    assert.deepEqual(missingRights, [])
    assert.equal(objects.length, 5)
    for (const { name, state, because } of objects) {
      assert.equal(state, 'dormant', name)
      assert.match(because ?? '', /^external-secrets looks after it/)
      assert.equal((because ?? '').includes('it would be refused: spec.'), name === STORED.name)
    }
    await stage.kubectl('delete', 'externalsecret', STORED.name, '-n', STORED.namespace)
  })

  step('6. Stop the External Secrets Operator')

  test('its webhook refuses every change now, in the words of the page', async () => {
    const page = await readFile(join(CHECKOUT, 'docs/how-to/move-from-external-secrets.md'), 'utf8')
    const words = /^```text\n(.*)\n```$/m.exec(page)?.[1] ?? assert.fail('the page quotes nothing')
    await eventually(
      'an edit is refused',
      () =>
        edit().then(
          () => false,
          (error: unknown) => String(error).includes(words),
        ),
      30_000,
    )
  })

  step('7. Take its webhooks away')

  test('an ExternalSecret can be changed again, and until then Everpull has written nothing', async () => {
    await edit()
    for (const place of [SHOP, REPOSITORY]) {
      assert.ok(!(await spells(place)).includes(OPERATOR_USER), place.name)
      assert.deepEqual((await secretOf(place)).data, left.get(place.name)?.data)
    }
  })

  step('8. Take over')
  step('9. See that it did')

  test('the Secrets hold logins of the bot’s, and are what they were otherwise', async () => {
    const { objects } = await report('after.json')
    assert.deepEqual(
      objects.map(({ state }) => state),
      ['served', 'served', 'served', 'served'],
    )
    for (const place of [SHOP, REPOSITORY]) {
      const was = left.get(place.name)
      const is = await secretOf(place)
      assert.notDeepEqual(is.data, was?.data)
      assert.deepEqual(Object.keys(is.data), Object.keys(was?.data ?? {}))
      assert.equal(is.metadata.uid, was?.metadata.uid)
      assert.deepEqual(is.metadata.ownerReferences, was?.metadata.ownerReferences)
      assert.deepEqual(managersOf(is), managersOf(was))
      assert.deepEqual((await spells(place)).slice(-2), [FOREIGN_USER, OPERATOR_USER])
    }
    assert.equal((await secretOf(REPOSITORY)).data['url'], left.get(REPOSITORY.name)?.data['url'])
    const principals = (await stage.calls(`?operation=GetAuthorizationToken`)).map(
      ({ principal }) => principal,
    )
    assert.ok(principals.at(-1)?.endsWith('bot'), principals.join())
  })

  test('what a ClusterExternalSecret ordered is what it was, and its namespace can go', async () => {
    assert.deepEqual(await finalizersOnNamespace(), [])
    assert.equal(await childUid(), child)
  })

  step('10. Uninstall it')

  test('what was released is gone, and what it defined is there', async () => {
    assert.equal((await stage.kubectl('get', 'deployments', '-n', 'external-secrets')).trim(), '')
    for (const { namespace, name } of [SHOP, REPOSITORY]) {
      assert.equal((await stage.ready('externalsecret', namespace, name))?.status, 'True')
    }
    await quiet(stage)
    const was = await secretOf(SHOP)
    await stage.kubectl('delete', 'secret', SHOP.name, '-n', SHOP.namespace)
    const again = await stage.secretWhere(SHOP.namespace, SHOP.name, 'is back', () => true)
    assert.notEqual(again.metadata.uid, was.metadata.uid)
  })

  step('Go back')

  test('the Secrets are the other operator’s again', async () => {
    for (const place of [SHOP, REPOSITORY]) {
      await eventually(
        `${place.name} is its`,
        async () => (await spells(place)).at(-1) === FOREIGN_USER,
        30_000,
      )
    }
  })

  test('no step was left out', () => {
    assert.deepEqual([...scripts.keys()], [])
  })
})

const managersOf = (secret: SecretSeen | undefined): readonly string[] =>
  (secret?.metadata.managedFields ?? []).map(({ manager }) => manager).toSorted()
