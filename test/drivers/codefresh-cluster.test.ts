// This file is about integrations of Codefresh that only a cluster has: found by their labels, with no value of a Secret read out.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { type TestControlPlane, startControlPlane } from '../support/control-plane.ts'
import { CHECKOUT, type Ended, runEverpull } from '../support/everpull-process.ts'
import { writeFile } from 'node:fs/promises'

const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'

describe('integrations of Codefresh in a cluster', { timeout: 300_000 }, () => {
  let controlPlane: TestControlPlane
  before(async () => {
    controlPlane = await startControlPlane({ controllerManager: false })
    await create('namespaces', { kind: 'Namespace', metadata: { name: 'codefresh' } })
    const labels = (entity: string, type = 'registry.ecr') => ({
      'codefresh.io/entity': entity,
      'codefresh.io/integration-name': 'ecr-user',
      'codefresh.io/integration-type': type,
    })
    const config = labels('integration-config')
    await create('namespaces/codefresh/configmaps', {
      kind: 'ConfigMap',
      metadata: { name: 'ecr-user', labels: config },
      data: { aws_region: 'eu-west-1', aws_access_key_id: 'AKIAIOSFODNN7EXAMPLE' },
    })
    await create('namespaces/codefresh/configmaps', {
      kind: 'ConfigMap',
      metadata: {
        name: 'tracker',
        labels: { ...labels('integration-config', 'issue.jira'), 'codefresh.io/integration-name': 'tracker' },
      },
      data: {},
    })
    await create('namespaces/codefresh/secrets', {
      kind: 'Secret',
      metadata: {
        name: 'ecr-user',
        labels: labels('integration-secret'),
        // As client-side apply leaves it.
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': SECRET },
      },
      stringData: { aws_secret_key: SECRET },
    })
  })
  after(() => controlPlane?.stop())

  async function create(path: string, object: object): Promise<void> {
    const { admin } = controlPlane.controlPlane
    const { status, body } = await admin.call('POST', `/api/v1/${path}`, { apiVersion: 'v1', ...object })
    assert.equal(status, 201, body)
  }

  async function everpull(kubeconfig: string, ...args: readonly string[]): Promise<Ended> {
    const command = [process.execPath, join(CHECKOUT, 'bin', 'everpull.js')] as const
    const environment = { KUBECONFIG: kubeconfig, HOME: '/nonexistent' }
    const ended = await runEverpull({ says: 'from the checkout', command, environment }, ...args)
    assert.ok(!(ended.out + ended.err).includes(SECRET), 'a secret was told')
    return ended
  }

  it('become ours, which refer to the Secret that is there', async () => {
    const shown = await everpull(controlPlane.kubeconfig, 'integration', 'import', '--share-with', 'ci')
    assert.equal(shown.code, 0, shown.err)
    assert.match(shown.err, /tracker \(ConfigMap codefresh\/tracker\) is of type issue\.jira/)
    assert.match(shown.err, /its secret stays where it is, Secret codefresh\/ecr-user/)
    const objects = parseAllDocuments(shown.out).map((one) => one.toJS() as { spec?: unknown })
    assert.deepEqual(
      objects.map(({ spec }) => spec),
      [
        {
          region: 'eu-west-1',
          auth: {
            accessKey: {
              secretName: 'ecr-user',
              secretNamespace: 'codefresh',
              secretAccessKeyKey: 'aws_secret_key',
              accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
            },
          },
          sharing: { namespaces: { names: ['ci'] } },
        },
      ],
    )
  })

  it('come over without their Secrets for whoever may not list those, and that is said', async () => {
    const { admin } = controlPlane.controlPlane
    const group = '/apis/rbac.authorization.k8s.io/v1'
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'reader' } }
    await admin.call('POST', `${group}/clusterroles`, { ...role, kind: 'ClusterRole', rules })
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' }
    const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'reader' }]
    const bound = { ...role, kind: 'ClusterRoleBinding', roleRef, subjects }
    await admin.call('POST', `${group}/clusterrolebindings`, bound)
    const file = join(controlPlane.folder, 'reader.kubeconfig')
    await writeFile(file, await controlPlane.kubeconfigFor({ user: 'reader' }))
    const shown = await everpull(file, 'integration', 'import')
    assert.equal(shown.code, 1)
    assert.match(shown.err, /Secrets may not be listed: none is known/)
    assert.match(shown.err, /to do: its secret was not found/)
  })
})
