// This file is about an integration from its form to its end: tested and committed, applied by whoever syncs, used, and deleted.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { IntegrationTold } from '../../src/operator/commands/integrations.ts'
import type { IntegrationShown } from '../../src/operator/commands/kept-integrations.ts'
import { ConfigRepository } from '../support/config-repository.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, type Ended, runEverpull } from '../support/everpull-process.ts'
import { Stage } from '../support/stage.ts'

const REGION = 'us-west-1'
const HOST = `123456789012.dkr.ecr.${REGION}.amazonaws.com`
const FILE = 'resources/all-runtimes-all-clusters/ecr-team/integration.yaml'

const secretOf = (name: string, key: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'everpull', name },
    stringData: { aws_secret_access_key: key },
  })

const LOGIN = JSON.stringify({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'RegistryLogin',
  metadata: { namespace: 'team-a', name: 'pull' },
  spec: {
    registries: [{ host: HOST }],
    identity: { integration: { name: 'ecr-team' } },
    outputs: [{ secretName: 'pull', dockerConfig: {} }],
  },
})

describe('an integration from its form to its end', { timeout: 300_000 }, () => {
  let stage: Stage
  let repository: ConfigRepository
  const ground = new AsyncDisposableStack()
  const reaching = (): Record<string, string> => {
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    return { HTTPS_PROXY, NO_PROXY: '127.0.0.1', NODE_EXTRA_CA_CERTS: SSL_CERT_FILE }
  }

  before(async () => {
    stage = ground.use(await Stage.open())
    repository = ground.use(await ConfigRepository.make({}))
    await stage.namespace('team-a')
    const { secretAccessKey } = stage.sandbox.aws.principals.publisher
    await stage.apply(secretOf('publisher', secretAccessKey))
    await stage.apply(secretOf('mistyped', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'))
    const operator = await stage.startOperator([], reaching())
    await operator.ready()
  })
  after(() => ground.disposeAsync())

  async function integration(...args: readonly string[]): Promise<Ended> {
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    const environment = {
      ...stage.sandbox.awsEnv,
      ...reaching(),
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      EVERPULL_CONFIG_REPO: repository.clone,
    }
    const start = { says: 'from the checkout', command, environment }
    const ended = await runEverpull(start, 'integration', ...args, '-n', 'everpull')
    const said = ended.out + ended.err
    for (const secret of await stage.knownSecrets()) assert.ok(!said.includes(secret), 'a secret was told')
    return ended
  }

  const listed = async (...args: readonly string[]): Promise<IntegrationTold | undefined> => {
    const { out, err, code } = await integration('list', ...args)
    assert.equal(code, 0, err)
    const { integrations } = JSON.parse(out) as { readonly integrations: readonly IntegrationTold[] }
    return integrations.find(({ name }) => name === 'ecr-team')
  }
  const sync = async (): Promise<string> => stage.apply(await repository.text(FILE))
  const create = (secret: string): Promise<Ended> =>
    integration(
      'create',
      'ecr-team',
      '--all-runtimes',
      `--access-key-id=${stage.sandbox.aws.principals.publisher.accessKeyId}`,
      `--existing-secret=${secret}`,
      `--registry=${HOST}`,
      '--share-with=team-a',
      '--yes',
    )

  it('is not committed while its connection does not work', async () => {
    const { code, err } = await create('mistyped')
    assert.equal(code, 1, err)
    assert.match(err, /nothing was changed: the connection does not work/)
    assert.equal(await repository.commits(), 1)
  })

  it('is tested by the operator first, and committed with what came of it', async () => {
    const { code, err } = await create('publisher')
    assert.equal(code, 0, err)
    assert.match(err, /the connection works as arn:aws:iam::123456789012:/)
    assert.match(await repository.lastMessage(), /\nConnection: tested by the operator as arn:.*, passed\n/)
  })

  it('is told to be missing in the cluster until somebody syncs it', async () => {
    const told = await listed()
    assert.deepEqual([told?.sync, told?.health.is, told?.usedBy.count], ['out-of-sync', 'unknown', 0])
  })

  it('is synced, tested and used', async () => {
    await sync()
    await stage.apply(LOGIN)
    await stage.secretWhere(
      'team-a',
      'pull',
      'is written',
      ({ data }) => data['.dockerconfigjson'] !== undefined,
    )
    const told = await eventually(
      'it is used',
      async () => {
        const seen = await listed()
        return seen?.usedBy.count === 1 && seen.sync === 'synced' ? seen : undefined
      },
      60_000,
    )
    assert.equal(told.health.is, 'healthy')
    assert.ok(told.lastTestedAt !== undefined)
    assert.deepEqual(told.usedBy.first, ['RegistryLogin team-a/pull'])
    assert.deepEqual([told.mode, told.region, told.runtimes], ['access key', REGION, []])
  })

  it('is shown with its files and the steps of its last test', async () => {
    const { out } = await integration('show', 'ecr-team')
    const shown = JSON.parse(out) as IntegrationShown
    assert.deepEqual(shown.files, [FILE])
    assert.deepEqual([shown.registries, shown.namespaces], [[HOST], ['team-a']])
    assert.ok(shown.steps.some(({ name, result }) => name === 'login' && result === 'passed'))
  })

  it('is out of sync once it is edited and not yet applied', async () => {
    const { code, err } = await integration('edit', 'ecr-team', '--share-with=team-a,team-b', '--yes')
    assert.equal(code, 0, err)
    assert.equal((await listed())?.sync, 'out-of-sync')
    await sync()
    await eventually('it is synced', async () => (await listed())?.sync === 'synced', 60_000)
  })

  it('names who uses it before it is deleted', async () => {
    const { code, err } = await integration('delete', 'ecr-team', '--yes')
    assert.equal(code, 0, err)
    assert.match(err, /1 object of the cluster uses ecr-team:\n {2}RegistryLogin team-a\/pull\n/)
    assert.ok(!(await repository.files()).includes(FILE))
    assert.equal((await listed())?.sync, 'out-of-sync')
  })
})
