// This file is about a control plane of a test's own: fresh, in a temporary folder, gone with the test.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditedRequest, auditedRequests } from '../../sandbox/control-plane/audit-log.ts'
import { type ControlPlane, controlPlaneIn, type Subject } from '../../sandbox/control-plane/control-plane.ts'
import type { ControlPlanePart } from '../../sandbox/control-plane/parts.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { removeStateFolder, removeWhenWeDie } from '../../sandbox/removal.ts'

export interface TestControlPlane extends AsyncDisposable {
  readonly folder: string
  /** https://127.0.0.1:PORT */
  readonly url: string
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string
  /** Requests as admin, start, stop, kill of single parts, tokens. */
  readonly controlPlane: ControlPlane
  /** The text of a kubeconfig for a user or an existing service account. */
  kubeconfigFor(subject: Subject, namespace?: string): Promise<string>
  /** Stops and starts a part on the same port with the same keys; returns when it answers. */
  restart(part: ControlPlanePart): Promise<void>
  /** What was asked of the API server so far, when it was started with `audit`. */
  requests(): Promise<readonly AuditedRequest[]>
  /** Kills everything and deletes the folder. It happens by itself when the test process dies. */
  stop(): Promise<void>
}

export interface TestControlPlaneOptions {
  /** Garbage collection, namespace deletion, default service accounts; half a second and 60 MB. True unless told. */
  readonly controllerManager?: boolean
  /** Keeps a line for each request, which `requests` tells. */
  readonly audit?: boolean
}

/** A port may be taken between its choice and its use, by another test file that starts at the same time. */
const TRIES = 3

/** A fresh API server on a fresh etcd, about 4 s alone. Call `stop` in `after`. */
export async function startControlPlane(options: TestControlPlaneOptions = {}): Promise<TestControlPlane> {
  const paths = await ensureParts(['etcd', 'kube-apiserver', 'kube-controller-manager'])
  for (let tries = 1; ; tries++) {
    const folder = await mkdtemp(join(tmpdir(), 'everpull-control-plane-'))
    const callOff = removeWhenWeDie(folder)
    const stop = async (): Promise<void> => {
      await removeStateFolder(folder)
      callOff()
    }
    try {
      const controlPlane = await controlPlaneIn({ folder, paths, audit: options.audit ?? false })
      await controlPlane.up(partsAsked(options))
      return testControlPlane(controlPlane, stop)
    } catch (error) {
      await stop()
      if (tries === TRIES) throw error
    }
  }
}

const partsAsked = ({ controllerManager = true }: TestControlPlaneOptions): ControlPlanePart[] => [
  'etcd',
  'kube-apiserver',
  ...(controllerManager ? (['kube-controller-manager'] as const) : []),
]

const testControlPlane = (controlPlane: ControlPlane, stop: () => Promise<void>): TestControlPlane => ({
  folder: controlPlane.folder,
  url: controlPlane.url,
  kubeconfig: controlPlane.kubeconfigPath,
  controlPlane,
  kubeconfigFor: (subject, namespace) => controlPlane.kubeconfigFor(subject, namespace),
  requests: () => auditedRequests(controlPlane.folder),
  restart: (part) => controlPlane.restartPart(part),
  stop,
  [Symbol.asyncDispose]: stop,
})
