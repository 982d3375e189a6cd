// This file is about access keys that are in Git sealed: opened by the controller in the cluster, read by the operator, working.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { SecretText } from '../../src/base/secret-text.ts'
import { renderCodefresh } from '../../src/config-repo/codefresh-render.ts'
import { readCertificate } from '../../src/seal/certificate.ts'
import { seal } from '../../src/seal/sealing.ts'
import { ClusterNetwork } from '../support/cluster-network.ts'
import { eventually } from '../support/eventually.ts'
import { CHECKOUT, type Ended, runEverpull } from '../support/everpull-process.ts'
import { GIT_WRITER } from '../support/git-server.ts'
import { SealedSecrets } from '../support/sealed-secrets.ts'
import { sealingKey } from '../support/sealing-key.ts'
import { OPERATOR_NAMESPACE, SyncedCluster } from '../support/synced-cluster.ts'

describe('integrations whose keys are sealed', { timeout: 300_000 }, () => {
  let cluster: SyncedCluster
  let controller: SealedSecrets
  let network: ClusterNetwork
  before(async () => {
    cluster = await SyncedCluster.open({}, { clusterNetwork: true })
    controller = await SealedSecrets.start(cluster.stage)
    network = await ClusterNetwork.open(cluster.stage)
    await network.serve(controller.served)
    // Testing a connection asks registries as well.
    const { HTTPS_PROXY, SSL_CERT_FILE } = cluster.stage.sandbox.proxyEnv
    await cluster.startWith({ HTTPS_PROXY, NO_PROXY: '127.0.0.1', NODE_EXTRA_CA_CERTS: SSL_CERT_FILE })
  })
  after(async () => {
    await network?.[Symbol.asyncDispose]()
    await controller?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  const publisher = () => cluster.stage.sandbox.aws.principals.publisher

  async function everpull(...args: readonly string[]): Promise<Ended> {
    const ended = await run(...args)
    assert.equal(ended.code, 0, ended.err)
    return ended
  }

  async function run(...args: readonly string[]): Promise<Ended> {
    const { stage, server } = cluster
    const ended = await runEverpull(
      {
        says: 'from the checkout',
        command: [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')],
        environment: {
          KUBECONFIG: stage.sandbox.kubeconfigPath,
          HOME: stage.sandbox.folder,
          EVERPULL_CONFIG_REPO: server.url,
          EVERPULL_GIT_USERNAME: GIT_WRITER.username,
          EVERPULL_GIT_PASSWORD: GIT_WRITER.password,
          EVERPULL_GIT_CA_FILE: server.certificateAuthorityFile,
          GIT_AUTHOR_NAME: 'Script',
          GIT_AUTHOR_EMAIL: 'script@example.com',
          GIT_COMMITTER_NAME: 'Script',
          GIT_COMMITTER_EMAIL: 'script@example.com',
        },
      },
      ...args,
    )
    assert.ok(!(ended.out + ended.err).includes(publisher().secretAccessKey), 'a secret was told')
    return ended
  }

  /** All but what it is sealed with and how it is tested. */
  async function form(name: string): Promise<readonly string[]> {
    const { accessKeyId, secretAccessKey } = publisher()
    const file = inFolder('key.txt')
    await writeFile(file, `${secretAccessKey}\n`, { mode: 0o600 })
    const key = [`--access-key-id=${accessKeyId}`, `--secret-access-key-file=${file}`]
    const rest = ['--all-runtimes', '--region=us-east-2', '--yes', '-n', OPERATOR_NAMESPACE]
    return ['integration', 'create', name, ...key, ...rest]
  }

  const inFolder = (file: string): string => join(cluster.stage.sandbox.folder, file)

  function fingerprintOf(pem: string): string {
    const read = readCertificate(pem, new Date())
    assert.equal(read.is, 'certificate')
    return read.certificate.fingerprint
  }

  /** Of a cluster that is not this one. */
  async function foreignCertificate(): Promise<{ readonly file: string; readonly fingerprint: string }> {
    const { certificate } = await sealingKey()
    const file = inFolder('foreign.pem')
    await writeFile(file, certificate)
    return { file, fingerprint: fingerprintOf(certificate) }
  }

  /** The operator tested it, with the key it came with. */
  const works = (name: string): Promise<unknown> =>
    eventually(
      `integration ${name} works`,
      async () => (await cluster.stage.ready('ecrintegration', '', name))?.status === 'True',
      60_000,
    )

  it('are sealed with the certificate that the API server shows, whose fingerprint is told', async () => {
    const { err } = await everpull(...(await form('ecr-made')), '--skip-test')
    assert.ok(err.includes(fingerprintOf(await controller.certificate())))
    await works('ecr-made')
    const texts = Object.values(await cluster.server.files()).join('\n')
    assert.ok(!texts.includes(publisher().secretAccessKey))
  })

  it('are refused with the certificate of another cluster before anything is committed, and taken with its own', async () => {
    const foreign = await foreignCertificate()
    const before = await cluster.server.head()
    const { code, err } = await run(...(await form('ecr-given')), '--cert', foreign.file)
    assert.equal(code, 1, err)
    assert.match(err, /cannot be opened by the Sealed Secrets controller .* leave --cert out/)
    for (const fingerprint of [foreign.fingerprint, fingerprintOf(await controller.certificate())]) {
      assert.ok(err.includes(fingerprint), err)
    }
    assert.equal(await cluster.server.head(), before)
    const own = await everpull(...(await form('ecr-given')), '--cert', await controller.certificateFile())
    assert.doesNotMatch(own.err, /nobody could ask/)
    await works('ecr-given')
  })

  it('are told of by list where they were sealed for another cluster all the same', async () => {
    const foreign = await foreignCertificate()
    await everpull(...(await form('ecr-astray')), '--cert', foreign.file, '--skip-test')
    await eventually(
      'the list tells of what the controller cannot open',
      async () => {
        const { out } = await everpull('integration', 'list', '-n', OPERATOR_NAMESPACE)
        const told = JSON.parse(out) as { integrations: readonly { name: string; syncNote?: string }[] }
        const note = told.integrations.find(({ name }) => name === 'ecr-astray')?.syncNote
        return note?.startsWith(
          `SealedSecret ${OPERATOR_NAMESPACE}/ecr-ecr-astray is not opened in this cluster`,
        )
      },
      60_000,
    )
  })

  it('come from Codefresh as they are sealed there, and work', async () => {
    const { accessKeyId, secretAccessKey } = publisher()
    const read = readCertificate(await controller.certificate(), new Date())
    assert.equal(read.is, 'certificate')
    const sealed = seal(new SecretText(secretAccessKey), { is: 'cluster-wide' }, read.certificate)
    const { files } = renderCodefresh({
      name: 'ecr-user',
      spec: { region: 'us-east-2', auth: { accessKey: { secretName: 'unused', accessKeyId } } },
      placements: [{ is: 'all' }],
      secret: { is: 'sealed', secretAccessKey: sealed },
    })
    await cluster.server.commit(Object.fromEntries(files.map(({ path, text }) => [path, text])))
    await everpull('integration', 'import', '--yes')
    await works('ecr-user')
    const { objects } = await cluster.synced()
    assert.ok(objects.some(({ kind, name }) => kind === 'SealedSecret' && name === 'ecr-user'))
  })
})
