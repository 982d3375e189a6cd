// This file is about a whole control plane: etcd, API server and controller manager in one folder.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bringUp, hit, type Part, takeDown } from '../part.ts'
import type { PartPaths } from '../parts/ensure.ts'
import { portsFor } from '../ports.ts'
import { apiClient, type ApiClient } from './api-client.ts'
import { auditPolicyIn } from './audit-log.ts'
import { egressIn } from './cluster-network.ts'
import { writeWhole } from '../whole-file.ts'
import { credentialsIn } from './credentials.ts'
import { kubeconfig, type Login } from './kubeconfig.ts'
import {
  apiServer,
  certificateFolder,
  type ControlPlanePart,
  type ControlPlaneSetup,
  controllerManagerKubeconfig,
  etcd,
  fileOrUndefined,
  kubeControllerManager,
} from './parts.ts'

export interface ControlPlaneOptions {
  /** Where everything is kept; made when missing. The same folder gives the same ports and keys. */
  readonly folder: string
  readonly paths: PartPaths<ControlPlanePart>
  /** Writes one line per request (who, what, never a body) to logs/audit.log. */
  readonly audit?: boolean
  /** Reaches pods and Services by way of the CONNECT proxy that listens at `clusterNetworkSocket`. */
  readonly clusterNetwork?: boolean
}

/** Whom a kubeconfig is for. */
export type Subject =
  | { readonly user: string; readonly groups?: readonly string[] }
  | {
      readonly serviceAccount: { readonly namespace: string; readonly name: string }
      /** The token's life; the API server gives at least 600. A day unless told. */
      readonly tokenSeconds?: number
    }

const A_DAY_S = 86_400

/** A control plane in a folder; it need not run. Made by `controlPlaneIn`. */
export class ControlPlane {
  readonly folder: string
  readonly url: string
  readonly admin: ApiClient
  readonly parts: readonly Part<ControlPlanePart>[]
  /** Has every right. */
  readonly kubeconfigPath: string
  readonly #setup: ControlPlaneSetup

  constructor(setup: ControlPlaneSetup) {
    this.#setup = setup
    this.folder = setup.folder
    this.url = `https://127.0.0.1:${setup.ports['kube-apiserver']}`
    this.admin = setup.admin
    this.parts = [etcd(setup), apiServer(setup), kubeControllerManager(setup)]
    this.kubeconfigPath = join(setup.folder, 'kubeconfig')
  }

  /** The certificate that the API server's own is signed by, PEM. @throws before the first start */
  get ca(): Buffer {
    const ca = fileOrUndefined(apiServerCertificate(this.folder))
    if (ca === undefined) throw new Error('the API server has not made its certificate yet')
    return ca
  }

  /** Brings up what is not up, in order; nothing happens to what is. */
  async up(
    parts: readonly ControlPlanePart[] = this.parts.map(({ name }) => name),
    onStart: (part: Part) => void = () => {},
  ): Promise<void> {
    for (const part of this.parts) {
      if (!parts.includes(part.name)) continue
      if (part.name === 'kube-controller-manager') this.#writeKubeconfigs()
      if (await bringUp(this.folder, part)) onStart(part)
    }
    this.#writeKubeconfigs()
  }

  async startPart(name: ControlPlanePart): Promise<void> {
    await bringUp(this.folder, this.#part(name))
  }

  stopPart(name: ControlPlanePart): Promise<void> {
    return takeDown(this.folder, this.#part(name))
  }

  /** Stops and starts the part on its port with its keys; returns when it answers. */
  async restartPart(name: ControlPlanePart): Promise<void> {
    await this.stopPart(name)
    await this.startPart(name)
  }

  /** SIGKILL is a crash, SIGSTOP a hang, SIGCONT its end. */
  killPart(name: ControlPlanePart, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    return hit(this.folder, this.#part(name), signal)
  }

  /** The text of a kubeconfig for a user (by client certificate) or an existing service account (by TokenRequest). */
  async kubeconfigFor(subject: Subject, namespace?: string): Promise<string> {
    if ('user' in subject) {
      const issued = await this.#setup.credentials.clientCa.issue(subject.user, subject.groups ?? [])
      return this.#kubeconfig(subject.user, { by: 'certificate', ...issued }, namespace)
    }
    const account = subject.serviceAccount
    const token = await this.tokenFor(account, { seconds: subject.tokenSeconds ?? A_DAY_S })
    const user = `system:serviceaccount:${account.namespace}:${account.name}`
    return this.#kubeconfig(user, { by: 'token', token }, namespace ?? account.namespace)
  }

  /** A service account's token; without audiences, for the API server. */
  async tokenFor(
    account: { readonly namespace: string; readonly name: string },
    wish: { readonly seconds: number; readonly audiences?: readonly string[] },
  ): Promise<string> {
    const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.name}/token`
    const asked = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: wish.seconds, ...(wish.audiences && { audiences: wish.audiences }) },
    }
    const { status, body } = await this.admin.call('POST', path, asked)
    if (status !== 201)
      throw new Error(`no token for service account ${account.namespace}/${account.name}: ${body}`)
    return (JSON.parse(body) as { status: { token: string } }).status.token
  }

  #part(name: ControlPlanePart): Part<ControlPlanePart> {
    const part = this.parts.find((part) => part.name === name)
    if (part === undefined) throw new Error(`no part ${name}`)
    return part
  }

  #writeKubeconfigs(): void {
    const { admin, 'kube-controller-manager': controllers } = this.#setup.credentials.tokens
    writeWhole(this.kubeconfigPath, this.#kubeconfig('admin', { by: 'token', token: admin }))
    writeWhole(
      controllerManagerKubeconfig(this.folder),
      this.#kubeconfig('kube-controller-manager', { by: 'token', token: controllers }),
    )
  }

  #kubeconfig(user: string, login: Login, namespace?: string): string {
    return kubeconfig(this.url, this.ca, user, login, namespace)
  }
}

/** The control plane of a folder: its ports and keys as they were, or new ones. Starts nothing. */
export async function controlPlaneIn({
  folder,
  paths,
  audit = false,
  clusterNetwork = false,
}: ControlPlaneOptions): Promise<ControlPlane> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const ports = await portsFor(folder, ['etcd', 'etcd-peer', 'kube-apiserver', 'kube-controller-manager'])
  const credentials = await credentialsIn(folder)
  const admin = apiClient(ports['kube-apiserver'], credentials.tokens.admin, () =>
    fileOrUndefined(apiServerCertificate(folder)),
  )
  return new ControlPlane({
    folder,
    paths,
    ports,
    credentials,
    admin,
    auditPolicy: audit ? auditPolicyIn(folder) : undefined,
    egress: clusterNetwork ? egressIn(folder) : undefined,
  })
}

/** The file that holds the API server's certificate and the one that signed it, from the first start on. */
export const apiServerCertificate = (folder: string): string =>
  join(certificateFolder(folder), 'apiserver.crt')
