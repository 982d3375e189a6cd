// This file is about a ClusterRegistryLogin on a real control plane: which namespaces it serves, how it tells of them, how it goes.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { type Condition, type RunningOperator, type SecretSeen, Stage } from '../support/stage.ts'

const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

type Json = Readonly<Record<string, unknown>>

const integration = (...names: readonly string[]): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'EcrIntegration',
    metadata: { name: 'default' },
    spec: { region: 'us-east-2', auth: { ambient: {} }, sharing: { namespaces: { names } } },
  })

const login = (name: string, spec: Json): string =>
  JSON.stringify({
    apiVersion: 'everpull.dev/v1alpha1',
    kind: 'ClusterRegistryLogin',
    metadata: { name },
    spec: { registries: [{ host: HOST }], outputs: [{ secretName: name, dockerConfig: {} }], ...spec },
  })

const TEAMS = { names: ['team-*'], selector: { matchLabels: { ecr: 'wanted' } }, exclude: ['team-private'] }

interface LoginSeen {
  readonly metadata: { readonly finalizers?: readonly string[] }
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly targets?: string
    readonly failing?: readonly { readonly namespace: string; readonly message: string }[]
    readonly namespaces?: Readonly<Record<string, number>>
  }
}

describe('a ClusterRegistryLogin', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    for (const name of ['team-a', 'team-b', 'team-private', 'web', 'other']) await stage.namespace(name)
    await stage.kubectl('label', 'namespace', 'web', 'ecr=wanted')
    await stage.apply(integration('*'))
    operator = await stage.startOperator()
    await operator.ready()
    await stage.apply(login('pull', { namespaces: TEAMS }))
  })
  after(() => stage[Symbol.asyncDispose]())

  const seen = (name = 'pull'): Promise<LoginSeen | undefined> =>
    stage.get<LoginSeen>('clusterregistrylogin', name)

  const where = (what: string, isRight: (seen: LoginSeen) => boolean, name = 'pull'): Promise<LoginSeen> =>
    eventually(
      `ClusterRegistryLogin ${name} ${what}`,
      async () => {
        const found = await seen(name)
        return found !== undefined && isRight(found) ? found : undefined
      },
      60_000,
    )
  const readyIn = ({ status }: LoginSeen): Condition | undefined =>
    status?.conditions?.find(({ type }) => type === 'Ready')
  const served = (targets: string, name = 'pull'): Promise<LoginSeen> =>
    where(
      `serves ${targets}`,
      (one) => one.status?.targets === targets && readyIn(one)?.status === 'True',
      name,
    )

  const written = (namespace: string, name = 'pull'): Promise<SecretSeen> =>
    stage.secretWhere(namespace, name, 'is written', ({ data }) => data['.dockerconfigjson'] !== undefined)
  const gone = (namespace: string, name = 'pull'): Promise<true> =>
    eventually(
      `Secret ${namespace}/${name} is gone`,
      async () => (await stage.secret(namespace, name)) === undefined || undefined,
      60_000,
    )

  it('keeps its Secret where names or labels choose it, with one login from AWS', async () => {
    await served('3/3')
    const configs = new Set<string>()
    for (const namespace of ['team-a', 'team-b', 'web']) {
      configs.add((await written(namespace)).data['.dockerconfigjson'] ?? '')
    }
    assert.equal(configs.size, 1)
    for (const namespace of ['team-private', 'other']) {
      assert.equal(await stage.secret(namespace, 'pull'), undefined)
    }
    const minted = await stage.calls('?operation=GetAuthorizationToken&region=us-east-2')
    // The integration is tested with a login of its own.
    assert.ok(minted.length <= 2, JSON.stringify(minted))
  })

  it('is a row of a table that counts its namespaces', async () => {
    const [header = '', row = ''] = (await stage.kubectl('get', 'crlogin', 'pull')).trim().split('\n')
    assert.deepEqual(header.split(/\s+/), ['NAME', 'READY', 'EXPIRES', 'RENEWS', 'TARGETS', 'AGE'])
    assert.match(row, /^pull\s+True\s+\S+Z\s+\S+Z\s+3\/3\s/)
  })

  it('serves a namespace that comes, or is labelled, at once', async () => {
    await stage.namespace('team-new')
    await written('team-new')
    await stage.kubectl('label', 'namespace', 'other', 'ecr=wanted')
    await written('other')
    await served('5/5')
  })

  it('leaves a namespace that is chosen no more, or opts out', async () => {
    await stage.kubectl('label', 'namespace', 'other', 'ecr-')
    await gone('other')
    await stage.kubectl('annotate', 'namespace', 'team-new', 'everpull.dev/opt-out=true')
    await gone('team-new')
    await served('3/3')
    await stage.kubectl('annotate', 'namespace', 'team-new', 'everpull.dev/opt-out-')
    await written('team-new')
    await served('4/4')
  })

  it('lets a namespace go, and does not wait for it', async () => {
    await stage.kubectl('delete', 'namespace', 'team-new', '--timeout=60s')
    await served('3/3')
  })

  it('names the namespaces that an integration is not shared with, and serves the others', async () => {
    await stage.apply(integration('team-a', 'web'))
    await stage.apply(
      login('narrow', { namespaces: TEAMS, outputs: [{ secretName: 'narrow', dockerConfig: {} }] }),
    )
    const { status } = await where(
      'fails in one namespace',
      ({ status }) => status?.targets === '2/3' && status.failing?.length === 1,
      'narrow',
    )
    assert.equal(status?.failing?.[0]?.namespace, 'team-b')
    assert.match(status?.failing?.[0]?.message ?? '', /not shared with namespace team-b/)
    assert.deepEqual(status?.namespaces, { selected: 3, serving: 2, failing: 1, pending: 0 })
    await written('team-a', 'narrow')
    await stage.apply(integration('*'))
    await served('3/3', 'narrow')
    await written('team-b', 'narrow')
  })

  it('says that it chooses nothing', async () => {
    await stage.apply(login('nobody', { namespaces: { names: ['none-*'] } }))
    const one = await where('is answered', (found) => readyIn(found) !== undefined, 'nobody')
    assert.equal(readyIn(one)?.reason, 'NoNamespaceChosen')
    assert.equal(one.status?.targets, '0/0')
  })

  it('keeps what serves while it is suspended', async () => {
    await stage.apply(login('pull', { namespaces: TEAMS, suspend: true }))
    const one = await where('is suspended', (found) => readyIn(found)?.reason === 'Suspended')
    assert.deepEqual([readyIn(one)?.status, one.status?.targets], ['True', '3/3'])
    await written('team-a')
    await stage.apply(login('pull', { namespaces: TEAMS }))
    await where('is served again', (found) => readyIn(found)?.reason === 'LoginsFresh')
  })

  it('is not written again by a restart', async () => {
    const before = (await written('team-a')).metadata.resourceVersion
    await operator.stop()
    operator = await stage.startOperator()
    await operator.ready()
    await stage.namespace('team-late')
    await written('team-late')
    await served('4/4')
    assert.equal((await written('team-a')).metadata.resourceVersion, before)
  })

  it('takes its Secrets with it', async () => {
    assert.deepEqual((await seen())?.metadata.finalizers, ['everpull.dev/cluster-registry-login'])
    await stage.kubectl('delete', 'clusterregistrylogin', 'pull', '--timeout=60s')
    for (const namespace of ['team-a', 'team-b', 'team-late', 'web']) await gone(namespace)
    await written('team-a', 'narrow')
  })

  it('takes them with it while it is suspended, too', async () => {
    const outputs = [{ secretName: 'narrow', dockerConfig: {} }]
    await stage.apply(login('narrow', { namespaces: TEAMS, outputs, suspend: true }))
    await where('is suspended', (found) => readyIn(found)?.reason === 'Suspended', 'narrow')
    await stage.kubectl('delete', 'clusterregistrylogin', 'narrow', '--timeout=60s')
    for (const namespace of ['team-a', 'team-b', 'web']) await gone(namespace, 'narrow')
  })
})
