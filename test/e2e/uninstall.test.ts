// This file is about uninstalling as the page says: every step is run, nothing hangs, and nothing of ours is left.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { eventually } from '../support/eventually.ts'
import { systemEnvironment } from '../support/everpull-process.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const HOST = '123456789012.dkr.ecr.us-west-1.amazonaws.com'
const OTHER = 'registry.example'
const ours = (kind: string, metadata: object, spec: object): object => ({
  apiVersion: 'everpull.dev/v1alpha1',
  kind,
  metadata,
  spec,
})

const accessKey = {
  secretName: 'aws',
  secretNamespace: 'everpull',
  accessKeyIdKey: 'access-key',
  secretAccessKeyKey: 'secret-access-key',
}
const ORDERS = [
  ours(
    'EcrIntegration',
    { name: 'default' },
    {
      region: 'us-west-1',
      auth: { accessKey },
      registries: [{ host: HOST }],
      sharing: { namespaces: { names: ['team-*'] } },
    },
  ),
  ours(
    'ClusterRegistryLogin',
    { name: 'pull' },
    {
      registries: [{ host: HOST }],
      namespaces: { names: ['team-*'] },
      outputs: [{ secretName: 'pull', dockerConfig: {}, link: { serviceAccounts: { names: ['default'] } } }],
    },
  ),
  ours(
    'RegistryLogin',
    { namespace: 'team-a', name: 'merged' },
    {
      registries: [{ host: HOST }],
      outputs: [{ secretName: 'theirs', dockerConfig: { merge: true }, adopt: true }],
    },
  ),
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'team-a', name: 'theirs' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths: { [OTHER]: { auth: 'eDp5' } } }) },
  },
]

interface Account {
  readonly metadata: { readonly annotations?: object }
  readonly imagePullSecrets?: readonly object[]
}

describe('docs/how-to/uninstall.md', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator
  let folder: string
  let shell: Shell

  const auths = async (): Promise<readonly string[]> => {
    const theirs = await stage.secret('team-a', 'theirs')
    const config = JSON.parse(theirs?.data['.dockerconfigjson'] ?? '{}') as { auths?: object }
    return Object.keys(config.auths ?? {}).toSorted()
  }

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    folder = await mkdtemp(join(tmpdir(), 'everpull-uninstall-'))
    await mkdir(join(folder, 'bin'))
    const { kubectl } = await ensureParts(['kubectl'])
    await symlink(kubectl, join(folder, 'bin', 'kubectl'))
    const environment = systemEnvironment()
    shell = startShell(folder, {
      ...environment,
      PATH: `${join(folder, 'bin')}:${environment['PATH'] ?? ''}`,
      KUBECONFIG: stage.sandbox.kubeconfigPath,
      HOME: folder,
    })
    for (const name of ['team-a', 'team-b']) await stage.namespace(name)
    await stage.credentialSecret('everpull', 'aws')
    await stage.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: ORDERS }))
    operator = await stage.startOperator()
    await eventually('everything is served', async () => {
      const [inB, merged] = await Promise.all([stage.secret('team-b', 'pull'), auths()])
      const account = await stage.get<Account>('serviceaccount', 'default', '-n', 'team-b')
      return inB !== undefined && merged.includes(HOST) && account?.imagePullSecrets !== undefined
    })
  })
  after(async () => {
    shell.close()
    await stage[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  for (const { title, script } of stepsOf('how-to/uninstall')) {
    it(title, async () => {
      await shell.run(script)
      if (title.startsWith('3')) await operator.stop()
    })
  }

  it('leaves nothing of ours', async () => {
    const left = async (...words: string[]): Promise<string> =>
      (await stage.kubectl('get', ...words, '--output=name')).trim()
    assert.equal(await left('secrets', '-n', 'team-b'), '')
    assert.equal(
      await left('customresourcedefinitions', 'ecrintegrations.everpull.dev', '--ignore-not-found'),
      '',
    )
    assert.equal(await left('clusterroles', '-l', 'app.kubernetes.io/name=everpull'), '')
  })

  it('leaves accounts and Secrets of others as they were before', async () => {
    assert.deepEqual(await auths(), [OTHER])
    const theirs = await stage.get<{ metadata: { annotations?: object } }>('secret', 'theirs', '-n', 'team-a')
    assert.doesNotMatch(JSON.stringify(theirs?.metadata.annotations ?? {}), /everpull\.dev\/delivery-/)
    const account = await stage.get<Account>('serviceaccount', 'default', '-n', 'team-b')
    assert.deepEqual([account?.imagePullSecrets ?? [], account?.metadata.annotations ?? {}], [[], {}])
  })
})
