// This file is about two installations that share a cluster by label selectors: each serves its own, and takes over what is handed to it.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type AuditedRequest, auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { deliveryAnnotation } from '../../src/model/delivery.ts'
import { eventually } from '../support/eventually.ts'
import { externalSecret, generator, together } from '../support/orders.ts'
import { SecretWatch } from '../support/secret-watch.ts'
import { type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const NAMESPACE = 'teams'
const GENERATOR = 'login'
const LIMIT_MS = 60_000

/** Each with its account, its lease, and the team whose orders it serves. */
const INSTALLATIONS = {
  red: { selector: 'team in (red,pink)', lease: 'everpull-red', user: 'system:serviceaccount:everpull:red' },
  blue: { selector: 'team=blue', lease: 'everpull-blue', user: 'system:serviceaccount:everpull:blue' },
} as const
type Team = keyof typeof INSTALLATIONS
const TEAMS = Object.keys(INSTALLATIONS) as readonly Team[]

const integration = JSON.stringify({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'default' },
  spec: { region: 'us-east-2', auth: { ambient: {} }, sharing: { namespaces: { names: ['*'] } } },
})

/** Both kinds of order, each with a Secret of its own name: of one the labels are asked of the API server, of one they are looked at. */
const KINDS = {
  pull: {
    group: 'everpull.dev',
    kind: 'RegistryLogin',
    key: '.dockerconfigjson',
    manifest: (name: string) =>
      JSON.stringify({
        apiVersion: 'everpull.dev/v1alpha1',
        kind: 'RegistryLogin',
        metadata: { namespace: NAMESPACE, name },
        spec: {
          registries: [{ host: '123456789012.dkr.ecr.us-east-2.amazonaws.com' }],
          outputs: [{ secretName: name, dockerConfig: {} }],
        },
      }),
  },
  token: {
    group: 'external-secrets.io',
    kind: 'ExternalSecret',
    key: 'password',
    manifest: (name: string) => externalSecret({ namespace: NAMESPACE, name, generator: GENERATOR }),
  },
} as const
type KindName = keyof typeof KINDS
const KIND_NAMES = Object.keys(KINDS) as readonly KindName[]

interface Order {
  readonly of: KindName
  readonly name: string
}

/** One of each kind. */
const ordersOf = (what: string): readonly Order[] => KIND_NAMES.map((of) => ({ of, name: `${what}-${of}` }))

const manifestOf = ({ of, name }: Order, team: Team): string => {
  const { metadata, ...order } = JSON.parse(KINDS[of].manifest(name)) as { metadata: object }
  return JSON.stringify({ ...order, metadata: { ...metadata, labels: { team } } })
}

/** Neither deleted nor emptied nor unmarked, and still the object it was. */
const isKept = ({ of, name }: Order, uid: string, seen: SecretSeen | undefined): boolean => {
  const { group, kind, key } = KINDS[of]
  const mark = deliveryAnnotation({ group, kind, namespace: NAMESPACE, name })
  return (
    seen?.metadata.uid === uid &&
    (seen.data[key] ?? '') !== '' &&
    seen.metadata.annotations?.[mark] !== undefined
  )
}

/** Valid as a docker config, and nobody's login. */
const EDITED = '{"auths":{}}'
const isRight =
  ({ of }: Order) =>
  ({ data }: Pick<SecretSeen, 'data'>): boolean =>
    ![undefined, '', EDITED].includes(data[KINDS[of].key])

describe('of two installations with selectors that exclude each other', { timeout: 600_000 }, () => {
  let stage: Stage
  let watch: SecretWatch
  const operators: RunningOperator[] = []

  before(async () => {
    stage = await Stage.open({ audit: true })
    watch = await SecretWatch.open(stage)
    await stage.namespace(NAMESPACE)
    await stage.apply(together(integration, generator({ namespace: NAMESPACE, name: GENERATOR })))
    operators.push(...(await Promise.all(TEAMS.map(start))))
    await Promise.all(operators.map((operator) => operator.ready()))
  })
  after(async () => {
    await watch?.[Symbol.asyncDispose]()
    await stage?.[Symbol.asyncDispose]()
  })

  async function start(team: Team): Promise<RunningOperator> {
    const { selector, lease } = INSTALLATIONS[team]
    const account = { namespace: 'everpull', name: team }
    const ofAccount = `--service-account=${account.namespace}/${account.name}`
    await stage.apply(await stage.everpull('rbac', `--lease-name=${lease}`, ofAccount))
    const kubeconfig = join(stage.sandbox.folder, `${team}.kubeconfig`)
    await writeFile(kubeconfig, await stage.sandbox.kubeconfigFor({ serviceAccount: account }), {
      mode: 0o600,
    })
    return stage.startOperator([
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect',
      `--lease-name=${lease}`,
      `--selector=${selector}`,
    ])
  }

  /** Made, and written by the installation of that team. */
  async function served(what: string, team: Team): Promise<readonly Order[]> {
    const orders = ordersOf(what)
    await stage.apply(together(...orders.map((order) => manifestOf(order, team))))
    for (const order of orders)
      await stage.secretWhere(NAMESPACE, order.name, 'is right', isRight(order), LIMIT_MS)
    for (const order of orders) await readyOf(order)
    return orders
  }

  const readyOf = ({ of, name }: Order) =>
    eventually(
      `${name} is ready`,
      async () => (await stage.ready(KINDS[of].kind.toLowerCase(), NAMESPACE, name))?.status === 'True',
      LIMIT_MS,
    )

  /** Both installations know of it when this resolves: what came later is served. */
  async function label(orders: readonly Order[], change: string): Promise<void> {
    const to = ({ of, name }: Order) =>
      stage.kubectl('label', '--overwrite', KINDS[of].kind, name, change, '-n', NAMESPACE)
    await Promise.all(orders.map(to))
    await laterServed()
  }

  let later = 0
  async function laterServed(): Promise<void> {
    later += 1
    await Promise.all(TEAMS.map((team) => served(`later-${later}-${team}`, team)))
  }

  const uidOf = ({ name }: Order): string => watch.get(NAMESPACE, name)?.metadata.uid ?? assert.fail(name)

  const edit = ({ of, name }: Order): Promise<unknown> => {
    const data = { [KINDS[of].key]: Buffer.from(EDITED).toString('base64') }
    return stage.kubectl(
      'patch',
      'secret',
      name,
      '-n',
      NAMESPACE,
      '--type=merge',
      '-p',
      JSON.stringify({ data }),
    )
  }

  const repaired = ({ of, name }: Order) =>
    watch.where(NAMESPACE, name, 'is right again', isRight({ of, name }), LIMIT_MS)

  const requests = (): Promise<readonly AuditedRequest[]> => auditedRequests(stage.sandbox.folder)

  /** Who wrote the Secret or the status of an order since, by the accounts of the installations. */
  async function writers({ name }: Order, since = 0): Promise<readonly Team[]> {
    const writes = (await requests()).filter(
      (one) =>
        ['create', 'update', 'patch', 'delete'].includes(one.verb) &&
        one.name === name &&
        one.namespace === NAMESPACE &&
        one.at > since,
    )
    return TEAMS.filter((team) => writes.some(({ user }) => user === INSTALLATIONS[team].user))
  }

  /** The audit log tells of a write a moment after it can be seen. */
  async function isWrittenBy(order: Order, team: Team, since = 0): Promise<void> {
    const isThere = async (): Promise<boolean> => (await writers(order, since)).includes(team)
    await eventually(`${order.name} is written by ${team}`, isThere, LIMIT_MS)
    assert.deepEqual(await writers(order, since), [team])
  }

  function wasKept(order: Order, uid: string): void {
    const gone = watch.history(NAMESPACE, order.name).filter((each) => !isKept(order, uid, each))
    assert.deepEqual(gone, [], `${order.name} was not kept`)
  }

  it('each serves what its own selects, under a lease of its own', async () => {
    for (const team of TEAMS) {
      for (const order of await served(`own-${team}`, team)) await isWrittenBy(order, team)
    }
    const { items } = (await stage.get<{ items: Lease[] }>('leases', '-n', 'everpull')) ?? { items: [] }
    const held = items.filter(({ spec }) => (spec.holderIdentity ?? '') !== '')
    assert.deepEqual(
      held.map(({ metadata }) => metadata.name).toSorted(),
      TEAMS.map((team) => INSTALLATIONS[team].lease).toSorted(),
    )
    assert.equal(new Set(held.map(({ spec }) => spec.holderIdentity)).size, TEAMS.length)
  })

  it('the other serves on what is handed to it, and its Secret stays as it is meanwhile', async () => {
    const orders = await served('handed', 'red')
    const uids = orders.map(uidOf)
    await label(orders, 'team=blue')
    const handed = Date.now()
    await Promise.all(orders.map(edit))
    await Promise.all(orders.map(repaired))
    for (const [index, order] of orders.entries()) {
      await isWrittenBy(order, 'blue', handed)
      wasKept(order, uids[index] ?? '')
    }
  })

  it('what is changed as it is handed over is written by the other', async () => {
    const [order] = await served('moved', 'blue')
    assert.ok(order !== undefined)
    const uid = uidOf(order)
    const output = { secretName: order.name, dockerConfig: {}, metadata: { labels: { moved: 'yes' } } }
    const moved = Date.now()
    const patch = { metadata: { labels: { team: 'pink' } }, spec: { outputs: [output] } }
    await stage.kubectl(
      'patch',
      'registrylogin',
      order.name,
      '-n',
      NAMESPACE,
      '--type=merge',
      '-p',
      JSON.stringify(patch),
    )
    await watch.where(
      NAMESPACE,
      order.name,
      'has the label',
      ({ metadata }) => metadata.labels?.['moved'] === 'yes',
      LIMIT_MS,
    )
    wasKept(order, uid)
    await isWrittenBy(order, 'red', moved)
  })

  it('what no selector names keeps its Secret, is looked after by nobody, and is again when one does', async () => {
    const orders = await served('let-alone', 'red')
    const uids = orders.map(uidOf)
    await label(orders, 'team-')
    const alone = Date.now()
    await Promise.all(orders.map(edit))
    // Whatever either wanted to do about the edit, it has done when what came later is served.
    await laterServed()
    for (const [index, order] of orders.entries()) {
      assert.equal(watch.get(NAMESPACE, order.name)?.data[KINDS[order.of].key], EDITED)
      assert.deepEqual(await writers(order, alone), [])
      wasKept(order, uids[index] ?? '')
    }
    await label(orders, 'team=red')
    await Promise.all(orders.map(repaired))
    assert.deepEqual(orders.map(uidOf), uids)
  })

  it('the API server is asked for what the selector names alone, save of what orders refer to or consist of', async () => {
    const all = await requests()
    for (const team of TEAMS) {
      const { selector, user } = INSTALLATIONS[team]
      const reads = all.filter((one) => one.user === user && ['list', 'watch'].includes(one.verb))
      const selectors = (resource: string): ReadonlySet<string | null> =>
        new Set(reads.filter((one) => one.resource === resource && !isOfOne(one)).map(selectorOf))
      for (const selected of ['registrylogins', 'clusterregistrylogins', 'clusterexternalsecrets']) {
        assert.deepEqual([...selectors(selected)], [selector], selected)
      }
      for (const seen of ['externalsecrets', 'ecrintegrations', 'ecrauthorizationtokens']) {
        assert.deepEqual([...selectors(seen)], [null], seen)
      }
    }
  })
})

interface Lease {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly holderIdentity?: string }
}

const queryOf = ({ path }: AuditedRequest): URLSearchParams =>
  new URL(path, 'https://kubernetes').searchParams
const selectorOf = (request: AuditedRequest): string | null => queryOf(request).get('labelSelector')
/** Whether it is still there, whatever its labels. */
const isOfOne = (request: AuditedRequest): boolean =>
  queryOf(request).get('fieldSelector')?.startsWith('metadata.name=') === true
