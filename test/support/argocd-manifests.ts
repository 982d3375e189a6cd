// This file is about what Argo CD must find in its namespace, and Applications for it, as short as they can be written.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { ARGOCD_NAMESPACE } from './argocd-processes.ts'

const PART_OF = { 'app.kubernetes.io/part-of': 'argocd' }

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string } },
  ]
  readonly users: readonly [{ readonly user: { readonly token: string } }]
}

/** Settings, and the sandbox's API server as a cluster: there is no in-cluster configuration outside a pod. */
export function argocdSettings(sandbox: Sandbox): readonly object[] {
  const { clusters, users } = parse(readFileSync(sandbox.kubeconfigPath, 'utf8')) as Kubeconfig
  const { server, 'certificate-authority-data': caData } = clusters[0].cluster
  const config = JSON.stringify({ bearerToken: users[0].user.token, tlsClientConfig: { caData } })
  return [
    { ...object('v1', 'ConfigMap', 'argocd-cm', PART_OF), data: { 'cluster.inClusterEnabled': 'false' } },
    object('v1', 'ConfigMap', 'argocd-rbac-cm', PART_OF),
    // Argo CD's API server, which is not here, would make the key; without one no setting is read.
    {
      ...object('v1', 'Secret', 'argocd-secret', PART_OF),
      stringData: { 'server.secretkey': randomBytes(32).toString('base64') },
    },
    {
      ...object('v1', 'Secret', 'cluster-sandbox', { 'argocd.argoproj.io/secret-type': 'cluster' }),
      stringData: { name: 'sandbox', server, config },
    },
  ]
}

/** Everything goes: any source, any destination. */
export const defaultProject = (): object => ({
  ...object('argoproj.io/v1alpha1', 'AppProject', 'default'),
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
})

export interface ApplicationSource {
  readonly repoURL: string
  /** A version, or a range of them. */
  readonly targetRevision: string
  /** For `helm`. */
  readonly chart?: string
  /** For `oci`: `.` */
  readonly path?: string
}

/** Synced by itself, into a namespace of its own name. */
export const application = (name: string, source: ApplicationSource): object => ({
  ...object('argoproj.io/v1alpha1', 'Application', name),
  spec: {
    project: 'default',
    source,
    destination: { name: 'sandbox', namespace: name },
    syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
  },
})

const object = (
  apiVersion: string,
  kind: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): object => ({ apiVersion, kind, metadata: { namespace: ARGOCD_NAMESPACE, name, labels } })
