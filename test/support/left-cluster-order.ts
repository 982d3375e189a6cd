// This file is about a ClusterExternalSecret as the External Secrets Operator leaves it behind.
import type { KubeClient } from '../../src/kube/client.ts'
import { type KubeObject, NAMESPACES } from '../../src/kube/resource.ts'
import { createObject, getObject, mergePatch, statusPatch } from '../../src/kube/writes.ts'
import { EXTERNAL_SECRETS } from './condition-watch.ts'
import { clusterExternalSecret, generator, labelledNamespace, together } from './orders.ts'
import type { Stage } from './stage.ts'

export const CLUSTER_EXTERNAL_SECRETS = {
  ...EXTERNAL_SECRETS,
  plural: 'clusterexternalsecrets',
  kind: 'ClusterExternalSecret',
  namespaced: false,
}
const THEM = { fieldManager: 'external-secrets' }

/** What it leaves on each namespace that it wrote to. */
export const leftFinalizer = (name: string): string => `externalsecrets.external-secrets.io/ces-${name}`

/** An order, its ExternalSecret in one namespace, "<name>-a", and the finalizer there; returns the ExternalSecret. */
export async function leftByAnother(stage: Stage, client: KubeClient, name: string): Promise<KubeObject> {
  const namespace = `${name}-a`
  await stage.apply(
    together(
      labelledNamespace(namespace, { room: name }),
      generator({ namespace, name: 'own' }),
      clusterExternalSecret({
        name,
        generator: 'own',
        spec: { namespaceSelectors: [{ matchLabels: { room: name } }] },
      }),
    ),
  )
  const left = { metadata: { finalizers: [leftFinalizer(name)] } }
  await mergePatch(client, NAMESPACES, { name: namespace }, left, THEM)
  const order = await getObject(client, CLUSTER_EXTERNAL_SECRETS, { name })
  const { uid = '' } = order.metadata
  const { externalSecretSpec } = order['spec'] as { externalSecretSpec: object }
  const owner = { apiVersion: order.apiVersion, kind: order.kind, name, uid, controller: true }
  const child = await createObject<KubeObject>(
    client,
    EXTERNAL_SECRETS,
    {
      apiVersion: order.apiVersion,
      kind: 'ExternalSecret',
      metadata: { namespace, name, ownerReferences: [owner] },
      // Go spells durations in full.
      spec: { ...externalSecretSpec, refreshInterval: '8h0m0s' },
    },
    THEM,
  )
  const synced = { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'secret synced' }
  const now = new Date().toISOString().replace(/\.\d+/, '')
  const said = { refreshTime: now, conditions: [{ ...synced, lastTransitionTime: now }] }
  await statusPatch(client, EXTERNAL_SECRETS, { namespace, name }, said, THEM)
  const status = {
    externalSecretName: name,
    provisionedNamespaces: [namespace],
    conditions: [{ type: 'Ready', status: 'True' }],
  }
  await statusPatch(client, CLUSTER_EXTERNAL_SECRETS, { name }, status, THEM)
  return child
}
