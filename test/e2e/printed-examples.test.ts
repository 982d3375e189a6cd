// This file is about the manifests that readers copy, on a real control plane: those of the first page, and an example for each consumer.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Manifest, type PrintedExample, printedExamples } from '../support/printed-examples.ts'
import { type RunningOperator, Stage } from '../support/stage.ts'

const HOST = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const TEAMS = ['team-a', 'team-b']

const printed = printedExamples()
const isOnFirstPage = ({ where }: PrintedExample): boolean => where.includes('README.md')
/** A page of its own runs the example of OpenShift; the settings are for a program that is not here. */
const isRunHere = ({ where }: PrintedExample): boolean =>
  !where.includes('README.md') && !/openshift|registries\.yaml/.test(where)

describe('what is printed to be copied', { timeout: 300_000 }, () => {
  let stage: Stage
  let operator: RunningOperator

  before(async () => {
    stage = await Stage.open({ collectsGarbage: true })
    for (const namespace of [...TEAMS, 'argocd', 'pipelines', 'shop']) await stage.namespace(namespace)
    await stage.kubectl('create', 'serviceaccount', 'pipeline', '--namespace', 'pipelines')
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    const environment = { HTTPS_PROXY, NO_PROXY: '127.0.0.1', NODE_EXTRA_CA_CERTS: SSL_CERT_FILE }
    operator = await stage.startOperator([], environment)
    await operator.ready()
  })
  after(() => stage[Symbol.asyncDispose]())

  /** As a reader does who wants to know whether it works. */
  const isReady = ({ kind, metadata: { name, namespace } }: Manifest): Promise<string> =>
    stage.kubectl(
      'wait',
      `${kind.toLowerCase()}/${name}`,
      ...(namespace === undefined ? [] : ['--namespace', namespace]),
      '--for=condition=Ready',
      '--timeout=60s',
    )
  const works = async (examples: readonly PrintedExample[]): Promise<void> => {
    for (const { yaml } of examples) await stage.apply(yaml)
    await Promise.all(examples.flatMap(({ manifests }) => manifests.map(isReady)))
  }
  const written = (namespace: string, name: string) =>
    stage.secretWhere(namespace, name, 'is written', ({ data }) => Object.keys(data).length > 0)

  describe('on the first page', () => {
    it('works as it stands', () => works(printed.filter(isOnFirstPage)))

    it('gives each team its pull secret, linked to the default account', async () => {
      for (const namespace of TEAMS) {
        const { type, data } = await written(namespace, 'ecr')
        assert.equal(type, 'kubernetes.io/dockerconfigjson')
        assert.match(data['.dockerconfigjson'] ?? '', new RegExp(`"${HOST}"`))
        const account = await stage.get<{ imagePullSecrets?: unknown }>('sa', 'default', '-n', namespace)
        assert.deepEqual(account?.imagePullSecrets, [{ name: 'ecr' }])
      }
    })

    it('gives Argo CD credentials for charts', async () => {
      const { metadata, data } = await written('argocd', 'charts')
      assert.equal(metadata.labels?.['argocd.argoproj.io/secret-type'], 'repo-creds')
      const { password, ...rest } = data
      assert.deepEqual(rest, { type: 'helm', url: HOST, enableOCI: 'true', username: 'AWS' })
      assert.ok((password ?? '').length > 100)
    })

    it('is listed by one name, each kind in the columns that the page shows', async () => {
      const listed = await stage.kubectl('get', 'everpull', '--all-namespaces')
      assert.match(listed, /^NAME +READY +EXPIRES +RENEWS +TARGETS +AGE$/m)
      assert.match(listed, /^clusterregistrylogin\.everpull\.dev\/pull +True +\S+Z +\S+Z +2\/2 /m)
      assert.match(listed, /^NAME +READY +IDENTITY +REGION +EXPIRES +IN USE +TESTED +AGE$/m)
      assert.match(listed, /^argocd +registrylogin\.everpull\.dev\/charts +True +\S+Z +\S+Z +1\/1 /m)
    })

    it('tells each state by one event', async () => {
      interface Told {
        readonly items: readonly {
          readonly reason: string
          readonly count?: number
          readonly involvedObject: { readonly kind: string; readonly name: string }
        }[]
      }
      const { items = [] } = (await stage.get<Told>('events', '--all-namespaces')) ?? {}
      const ofOurs = items.filter(({ involvedObject: { kind } }) => /Login|Integration/.test(kind))
      const told = ofOurs.map(
        ({ reason, count, involvedObject: { kind, name } }) => `${kind} ${name}: ${reason} ${count}`,
      )
      assert.deepEqual(
        told.filter((words) => !words.endsWith(' 1')),
        [],
      )
      for (const words of [
        'EcrIntegration default: SharingNotEnforced 1',
        'EcrIntegration default: Tested 1',
        'RegistryLogin charts: LoginsWritten 1',
      ]) {
        assert.ok(told.includes(words), told.join('\n'))
      }
    })
  })

  describe('for each consumer', () => {
    before(() => stage.kubectl('delete', 'clusterregistrylogin', 'pull', '--timeout=60s'))

    it('works as it stands', () => works(printed.filter(isRunHere)))

    it('links every account of every namespace to the pull secret', async () => {
      const account = await stage.get<{ imagePullSecrets?: unknown }>('sa', 'pipeline', '-n', 'pipelines')
      assert.deepEqual(account?.imagePullSecrets, [{ name: 'ecr-pull' }])
    })

    it('gives Tekton a login that says for which registry it is, found through its account', async () => {
      const { type, metadata } = await written('pipelines', 'ecr-push')
      assert.equal(type, 'kubernetes.io/basic-auth')
      assert.equal(metadata.annotations?.['tekton.dev/docker-0'], `https://${HOST}`)
      const account = await stage.get<{ secrets?: unknown }>('sa', 'pipeline', '-n', 'pipelines')
      assert.deepEqual(account?.secrets, [{ name: 'ecr-push' }])
    })

    it('gives Image Updater user and password in one, under the key that its settings name', async () => {
      const { data } = await written('argocd', 'ecr-image-updater')
      assert.match(data['creds'] ?? '', /^AWS:.{100}/)
      const [settings] = printed.filter(({ where }) => where.endsWith('image-updater/registries.yaml'))
      assert.match(settings?.yaml ?? '', /secret:argocd\/ecr-image-updater#creds/)
    })

    it('gives Kargo credentials that match the repositories of the registry, and no other', async () => {
      const { metadata, data } = await written('shop', 'ecr-images')
      assert.equal(metadata.labels?.['kargo.akuity.io/cred-type'], 'image')
      const pattern = new RegExp(data['repoURL'] ?? '')
      assert.match(`${HOST}/web`, pattern)
      assert.doesNotMatch(`${HOST}.evil.example/web`, pattern)
      assert.doesNotMatch(`${HOST.replace('.dkr', 'xdkr')}/web`, pattern)
      const charts = await written('shop', 'ecr-charts')
      assert.match(`oci://${HOST}/charts/web`, new RegExp(charts.data['repoURL'] ?? ''))
    })
  })
})
