// This file is about our sealed secrets before the real controller: it gives its certificate, and opens what we sealed.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { SecretText } from '../../src/base/secret-text.ts'
import { certificateOfController, SEALING_CONTROLLER } from '../../src/cluster-certificate.ts'
import {
  CLUSTER_WIDE,
  SECRET_ACCESS_KEY,
  sealedSecret,
  secretNameOf,
  SESSION_TOKEN,
} from '../../src/config-repo/secret-manifests.ts'
import { readCertificate } from '../../src/seal/certificate.ts'
import { type SealingCertificate, type SealScope, seal } from '../../src/seal/sealing.ts'
import { ClusterNetwork } from '../support/cluster-network.ts'
import { eventually } from '../support/eventually.ts'
import { SealedSecrets } from '../support/sealed-secrets.ts'
import { sealingKey } from '../support/sealing-key.ts'
import { Stage } from '../support/stage.ts'
import { withCluster } from '../../src/reach-cluster.ts'

const VALUES = { [SECRET_ACCESS_KEY]: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCY', [SESSION_TOKEN]: 'FwoGZXIvYXdzE' }
const NAMESPACE = 'everpull'

let stage: Stage
let controller: SealedSecrets
let network: ClusterNetwork
before(async () => {
  stage = await Stage.open({ clusterNetwork: true })
  controller = await SealedSecrets.start(stage)
  network = await ClusterNetwork.open(stage)
  await network.serve(controller.served)
})
after(async () => {
  await network[Symbol.asyncDispose]()
  await controller[Symbol.asyncDispose]()
  await stage[Symbol.asyncDispose]()
})

/** As whoever that kubeconfig names; the admin unless told. */
const read = (where = SEALING_CONTROLLER, file = stage.sandbox.kubeconfigPath): Promise<SealingCertificate> =>
  withCluster({ is: 'kubeconfig', file }, process.env, 'test', ({ client }) =>
    certificateOfController(client, where, new Date()),
  )

const sealedWith = (certificate: SealingCertificate, scope: SealScope): Record<string, string> =>
  Object.fromEntries(
    Object.entries(VALUES).map(([key, value]) => [key, seal(new SecretText(value), scope, certificate)]),
  )

function strict(integration: string, certificate: SealingCertificate) {
  const scope: SealScope = { is: 'strict', namespace: NAMESPACE, name: secretNameOf(integration) }
  return sealedSecret({ integration, namespace: NAMESPACE, encryptedData: sealedWith(certificate, scope) })
}

test('its certificate is read through the API server, and is the one it gives', async () => {
  const certificate = await read()
  assert.equal(certificate.pem.trim(), (await controller.certificate()).trim())
})

test('it opens what was sealed with it, for the operator to read', async () => {
  await stage.apply(JSON.stringify(strict('one', await read())))
  const secret = await stage.secretWhere(NAMESPACE, 'ecr-one', 'is opened', () => true)
  assert.deepEqual(secret.data, VALUES)
  assert.equal(secret.type, 'Opaque')
  assert.equal(secret.metadata.labels?.['everpull.dev/integration'], 'one')
})

test('it opens a secret sealed for the whole cluster wherever it is applied', async () => {
  const certificate = await read()
  const annotations = { [CLUSTER_WIDE]: 'true' }
  const metadata = { name: 'anywhere', namespace: 'default', annotations }
  const encryptedData = sealedWith(certificate, { is: 'cluster-wide' })
  const spec = { encryptedData, template: { metadata } }
  await stage.apply(
    JSON.stringify({ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata, spec }),
  )
  const secret = await stage.secretWhere('default', 'anywhere', 'is opened', () => true)
  assert.deepEqual(secret.data, VALUES)
})

test('it opens nothing that was sealed for another cluster, and says so', async () => {
  const other = readCertificate((await sealingKey()).certificate, new Date())
  assert.equal(other.is, 'certificate')
  await stage.apply(JSON.stringify(strict('foreign', other.certificate)))
  const told = await eventually('it is refused', async () => {
    const found = await stage.get<{ status?: { conditions?: { status: string; message?: string }[] } }>(
      'sealedsecret',
      'ecr-foreign',
      '-n',
      NAMESPACE,
    )
    return found?.status?.conditions?.find(({ status }) => status === 'False')
  })
  assert.match(told.message ?? '', /no key could decrypt secret/)
  assert.equal(await stage.secret(NAMESPACE, 'ecr-foreign'), undefined)
})

test('a controller that is not there, or not for us to ask, is told with what to do', async () => {
  await assert.rejects(
    read({ namespace: 'kube-system', name: 'nowhere' }),
    /there is no Sealed Secrets controller kube-system\/nowhere: say where it is .*--cert cert\.pem/,
  )
  const nobody = join(stage.sandbox.folder, 'nobody.kubeconfig')
  await writeFile(nobody, await stage.sandbox.kubeconfigFor({ user: 'nobody' }))
  await assert.rejects(read(SEALING_CONTROLLER, nobody), /may not be read: have somebody allow get on/)
})
