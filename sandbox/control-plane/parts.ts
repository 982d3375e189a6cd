// This file is about how etcd, the API server and the controller manager are started, and when they are up.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../part.ts'
import type { PartPaths } from '../parts/ensure.ts'
import { apiClient, type ApiClient } from './api-client.ts'
import { auditLogFile } from './audit-log.ts'
import type { Credentials } from './credentials.ts'

export type ControlPlanePart = 'etcd' | 'kube-apiserver' | 'kube-controller-manager'

export interface ControlPlaneSetup {
  readonly folder: string
  readonly ports: Readonly<Record<ControlPlanePart | 'etcd-peer', number>>
  readonly paths: PartPaths<ControlPlanePart>
  readonly credentials: Credentials
  readonly admin: ApiClient
  /** The audit policy's file, when there is to be an audit log. */
  readonly auditPolicy: string | undefined
  /** The file that says how the API server reaches the cluster's network, when there is to be one. */
  readonly egress: string | undefined
}

/** Without these owned Secrets are not collected, namespaces never finish deleting, and no `default` account exists. */
const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'clusterrole-aggregation-controller',
]

export const certificateFolder = (folder: string): string => join(folder, 'certificates')
export const controllerManagerKubeconfig = (folder: string): string =>
  join(folder, 'keys', 'kube-controller-manager.kubeconfig')

export function etcd({ folder, ports, paths }: ControlPlaneSetup): Part<'etcd'> {
  const client = `http://127.0.0.1:${ports.etcd}`
  const peer = `http://127.0.0.1:${ports['etcd-peer']}`
  const flags = {
    name: 'sandbox',
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `sandbox=${peer}`,
    'log-level': 'warn',
    // Nothing here must survive the machine; a killed process loses nothing that was written.
    'unsafe-no-fsync': 'true',
  }
  return {
    name: 'etcd',
    ports: [ports.etcd, ports['etcd-peer']],
    // It would wait for its client, the API server, to leave; what it answered is written by then.
    graceMs: 1000,
    command: () => ({ name: 'etcd', file: paths.etcd, args: flagList(flags) }),
    ready: () => httpAnswers(`${client}/readyz`),
  }
}

export function apiServer(setup: ControlPlaneSetup): Part<'kube-apiserver'> {
  const { ports, paths, admin } = setup
  const port = ports['kube-apiserver']
  return {
    name: 'kube-apiserver',
    ports: [port],
    // It would wait a minute for open watches; its writes are done once it has stopped listening, which is at once.
    graceMs: 1000,
    command: () => ({
      name: 'kube-apiserver',
      file: paths['kube-apiserver'],
      args: flagList(apiServerFlags(setup)),
    }),
    // The system namespaces are made just after the server calls itself ready; nobody should meet a cluster without.
    ready: async () =>
      (await accepts(admin, '/readyz')) &&
      (await accepts(admin, '/api/v1/namespaces/default')) &&
      (await accepts(admin, '/api/v1/namespaces/kube-system')),
  }
}

function apiServerFlags(setup: ControlPlaneSetup): Record<string, string> {
  const { folder, ports, credentials, auditPolicy, egress } = setup
  const port = String(ports['kube-apiserver'])
  return {
    'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': port,
    'cert-dir': certificateFolder(folder),
    'client-ca-file': credentials.files.clientCa,
    'token-auth-file': credentials.files.tokens,
    'service-account-key-file': credentials.files.serviceAccountPublicKey,
    'service-account-signing-key-file': credentials.files.serviceAccountPrivateKey,
    'service-account-issuer': `https://127.0.0.1:${port}`,
    'authorization-mode': 'RBAC',
    'service-cluster-ip-range': '10.96.0.0/16',
    // Pods are never run here, and need no token mounted.
    'disable-admission-plugins': 'ServiceAccount',
    // As OpenShift has it: whoever sets an owner reference that blocks deletion must be allowed to.
    'enable-admission-plugins': 'OwnerReferencesPermissionEnforcement',
    'endpoint-reconciler-type': 'none',
    ...(egress === undefined ? {} : { 'egress-selector-config-file': egress }),
    ...(auditPolicy === undefined
      ? {}
      : {
          'audit-policy-file': auditPolicy,
          'audit-log-path': auditLogFile(folder),
          // Whoever got an answer finds its line in the log.
          'audit-log-mode': 'blocking',
          // In megabytes: a log that starts anew at a hundred thousand requests would lose count of them.
          'audit-log-maxsize': '2000',
        }),
  }
}

export function kubeControllerManager({
  folder,
  ports,
  paths,
}: ControlPlaneSetup): Part<'kube-controller-manager'> {
  const port = ports['kube-controller-manager']
  const certificates = join(certificateFolder(folder), 'kube-controller-manager')
  const itself = apiClient(port, undefined, () =>
    fileOrUndefined(join(certificates, 'kube-controller-manager.crt')),
  )
  const flags = {
    kubeconfig: controllerManagerKubeconfig(folder),
    controllers: CONTROLLERS.join(','),
    'leader-elect': 'false',
    'bind-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': certificates,
    'authentication-skip-lookup': 'true',
  }
  return {
    name: 'kube-controller-manager',
    ports: [port],
    graceMs: 5000,
    command: () => ({
      name: 'kube-controller-manager',
      file: paths['kube-controller-manager'],
      args: flagList(flags),
    }),
    ready: () => accepts(itself, '/healthz'),
  }
}

const flagList = (flags: Readonly<Record<string, string>>): string[] =>
  Object.entries(flags).map(([name, value]) => `--${name}=${value}`)

const accepts = (client: ApiClient, path: string): Promise<boolean> =>
  client.call('GET', path).then(
    ({ status }) => status === 200,
    () => false,
  )

const httpAnswers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    (answer) => answer.ok,
    () => false,
  )

export function fileOrUndefined(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
