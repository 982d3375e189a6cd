// This file is about the whole sandbox: a control plane, an AWS, a registry and a Git server on loopback, in one state folder.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DemoPrincipals } from './aws/seed.ts'
import { awsUrl, certificateAuthorityFile, readPrincipals } from './aws-part.ts'
import { cacheFolder } from './cache-folder.ts'
import type { ControlPlane, Subject } from './control-plane/control-plane.ts'
import { allowKeyDiscovery } from './control-plane/key-discovery.ts'
import { withLock } from './file-lock.ts'
import { gitUrl, type GitUsers, readGitUsers } from './git-part.ts'
import { bringUp, hit, type Part, PortTaken, takeDown } from './part.ts'
import { ensureParts } from './parts/ensure.ts'
import { stopStrays } from './process.ts'
import { registryUrl } from './registry-part.ts'
import { removeStateFolder } from './removal.ts'
import {
  type SandboxPart,
  type SandboxParts,
  sandboxPartsIn,
  type SandboxPartOptions,
} from './sandbox-parts.ts'
import { seedRegistry } from './seed/registry-content.ts'

export interface SandboxOptions {
  /** Absent: `sandbox` in the cache folder. */
  readonly folder?: string
  /** How long ECR tokens live from now on; absent: as it was, 12 hours in a new sandbox. */
  readonly tokenLifeSeconds?: number
  /** One line per API request in logs/audit.log; takes effect when the API server starts. */
  readonly audit?: boolean
  /** The API server reaches pods through the proxy that listens at `clusterNetworkSocket`; takes effect when it starts. */
  readonly clusterNetwork?: boolean
  /** Told one line for each part that was built or started. */
  readonly onProgress?: (line: string) => void
}

export interface SandboxAws {
  /** Every AWS service answers here. */
  readonly url: string
  /** Faults, clock, calls, settings: the emulator's own API. */
  readonly adminUrl: string
  /** Users and roles with their keys. */
  readonly principals: DemoPrincipals
}

/** A shared configuration repository, empty but for its folders. */
export interface SandboxGit {
  /** `https://127.0.0.1:PORT/config.git`, branch main. */
  readonly url: string
  /** PEM file to trust, for GIT_SSL_CAINFO. */
  readonly caFile: string
  readonly users: GitUsers
}

export const defaultSandboxFolder = (): string => join(cacheFolder(), 'sandbox')

/** A new folder's ports may be taken between their choice and their use; other ones are chosen then. */
const TRIES = 3
const tellNobody = (): void => {}

/** A sandbox that is up. Its parts are processes of their own and outlive this object. */
export class Sandbox {
  readonly folder: string
  readonly controlPlane: ControlPlane
  readonly #parts: SandboxParts

  constructor(parts: SandboxParts) {
    this.#parts = parts
    this.controlPlane = parts.controlPlane
    this.folder = parts.controlPlane.folder
  }

  /**
   * Brings the folder's sandbox up, or repairs it: what runs and answers is left alone, what does not is started on
   * its port with its keys, what is missing is seeded.
   * @throws BuildFailed when a part cannot be built, PortTaken when a port that must be kept is in use
   */
  static async up(options: SandboxOptions = {}): Promise<Sandbox> {
    const folder = resolve(options.folder ?? defaultSandboxFolder())
    const tell = options.onProgress ?? tellNobody
    const paths = await ensureParts(['etcd', 'kube-apiserver', 'kube-controller-manager', 'registry'], tell)
    const { audit = false, clusterNetwork = false, tokenLifeSeconds } = options
    const setup = { folder, paths, audit, clusterNetwork, tokenLifeSeconds }
    return locked(folder, tell, () => bringUpFresh(setup, tell))
  }

  /** Ends everything that runs out of the folder and deletes it; fine when there is nothing. */
  static async down(options: Pick<SandboxOptions, 'folder' | 'onProgress'> = {}): Promise<void> {
    const folder = resolve(options.folder ?? defaultSandboxFolder())
    await locked(folder, options.onProgress ?? tellNobody, () => removeStateFolder(folder))
  }

  down(): Promise<void> {
    return Sandbox.down({ folder: this.folder })
  }

  /** Path of the admin's kubeconfig. */
  get kubeconfigPath(): string {
    return this.controlPlane.kubeconfigPath
  }

  /** The text of a kubeconfig for a user or an existing service account. */
  kubeconfigFor(subject: Subject, namespace?: string): Promise<string> {
    return this.controlPlane.kubeconfigFor(subject, namespace)
  }

  get aws(): SandboxAws {
    const url = awsUrl(this.#parts.ports.aws)
    return { url, adminUrl: `${url}/_sandbox`, principals: readPrincipals(this.folder) }
  }

  /** Points AWS SDKs here. Credentials are the caller's choice; instance metadata is asked of the emulator too. */
  get awsEnv(): Readonly<Record<'AWS_ENDPOINT_URL' | 'AWS_EC2_METADATA_SERVICE_ENDPOINT', string>> {
    const url = awsUrl(this.#parts.ports.aws)
    return { AWS_ENDPOINT_URL: url, AWS_EC2_METADATA_SERVICE_ENDPOINT: url }
  }

  /** With these, unmodified helm, crane and skopeo reach the sandbox's registries under ECR's own names. */
  get proxyEnv(): Readonly<Record<'HTTPS_PROXY' | 'SSL_CERT_FILE', string>> {
    return {
      HTTPS_PROXY: `http://127.0.0.1:${this.#parts.ports['aws-proxy']}`,
      SSL_CERT_FILE: certificateAuthorityFile(this.folder),
    }
  }

  get git(): SandboxGit {
    return {
      url: gitUrl(this.#parts.ports.git),
      caFile: certificateAuthorityFile(this.folder),
      users: readGitUsers(this.folder),
    }
  }

  async startPart(name: SandboxPart): Promise<void> {
    await bringUp(this.folder, this.#part(name))
  }

  stopPart(name: SandboxPart): Promise<void> {
    return takeDown(this.folder, this.#part(name))
  }

  /** Stops and starts the part on its ports with its keys; returns when it answers. */
  async restartPart(name: SandboxPart): Promise<void> {
    await this.stopPart(name)
    await this.startPart(name)
  }

  /** SIGKILL is a crash, SIGSTOP a hang, SIGCONT its end. */
  killPart(name: SandboxPart, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    return hit(this.folder, this.#part(name), signal)
  }

  #part(name: SandboxPart): Part<SandboxPart> {
    const { controlPlane, registry, aws, git } = this.#parts
    const part = [...controlPlane.parts, registry, aws, git].find((part) => part.name === name)
    if (part === undefined) throw new Error(`no part ${name}`)
    return part
  }
}

/** One at a time; the lock lies beside the folder, which may come and go. */
const locked = <T>(folder: string, tell: (line: string) => void, work: () => Promise<T>): Promise<T> =>
  withLock(`${folder}.lock`, work, (pid) =>
    tell(`waiting for process ${pid}, which is at work on this sandbox`),
  )

async function bringUpFresh(setup: SandboxPartOptions, tell: (line: string) => void): Promise<Sandbox> {
  for (let tries = 1; ; tries++) {
    const isNew = !existsSync(join(setup.folder, 'ports.json'))
    try {
      return await bringAllUp(setup, tell)
    } catch (error) {
      if (!isNew || tries === TRIES || !(error instanceof PortTaken)) throw error
      await removeStateFolder(setup.folder)
    }
  }
}

async function bringAllUp(setup: SandboxPartOptions, tell: (line: string) => void): Promise<Sandbox> {
  const parts = await sandboxPartsIn(setup)
  await stopStrays(setup.folder)
  const tellStart = (part: Part): void => tell(`started ${part.name} on 127.0.0.1:${part.ports[0]}`)
  await parts.controlPlane.up(undefined, tellStart)
  await allowKeyDiscovery(parts.controlPlane.admin)
  for (const part of [parts.registry, parts.aws, parts.git])
    if (await bringUp(setup.folder, part)) tellStart(part)
  await seedRegistry(registryUrl(parts.ports.registry))
  if (setup.tokenLifeSeconds !== undefined) await setTokenLife(parts.ports.aws, setup.tokenLifeSeconds)
  return new Sandbox(parts)
}

async function setTokenLife(port: number, tokenLifeSeconds: number): Promise<void> {
  const answer = await fetch(`${awsUrl(port)}/_sandbox/settings`, {
    method: 'PUT',
    body: JSON.stringify({ tokenLifeSeconds }),
    signal: AbortSignal.timeout(10_000),
  })
  if (!answer.ok)
    throw new Error(`the emulator refused a token life of ${tokenLifeSeconds} s: ${answer.status}`)
}
