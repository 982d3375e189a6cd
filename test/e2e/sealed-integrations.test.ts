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
    await cluster.start()
  })
  after(async () => {
    await network?.[Symbol.asyncDispose]()
    await controller?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
  })

  const bot = () => cluster.stage.sandbox.aws.principals.bot

  async function everpull(...args: readonly string[]): Promise<Ended> {
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
    assert.ok(!(ended.out + ended.err).includes(bot().secretAccessKey), 'a secret was told')
    assert.equal(ended.code, 0, ended.err)
    return ended
  }

  /** The operator tested it, with the key it came with. */
  const works = (name: string): Promise<unknown> =>
    eventually(
      `integration ${name} works`,
      async () => (await cluster.stage.ready('ecrintegration', '', name))?.status === 'True',
      60_000,
    )

  it('are sealed with the certificate that the API server shows, whose fingerprint is told', async () => {
    const { accessKeyId, secretAccessKey } = bot()
    const file = join(cluster.stage.sandbox.folder, 'key.txt')
    await writeFile(file, `${secretAccessKey}\n`, { mode: 0o600 })
    const key = [`--access-key-id=${accessKeyId}`, `--secret-access-key-file=${file}`]
    const form = ['--all-runtimes', '--region=us-east-2', '--skip-test', '--yes', '-n', OPERATOR_NAMESPACE]
    const { err } = await everpull('integration', 'create', 'ecr-made', ...key, ...form)
    const read = readCertificate(await controller.certificate(), new Date())
    assert.equal(read.is, 'certificate')
    assert.ok(err.includes(read.certificate.fingerprint))
    await works('ecr-made')
    const texts = Object.values(await cluster.server.files()).join('\n')
    assert.ok(!texts.includes(secretAccessKey))
  })

  it('come from Codefresh as they are sealed there, and work', async () => {
    const { accessKeyId, secretAccessKey } = bot()
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
