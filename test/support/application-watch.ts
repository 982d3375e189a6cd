// This file is about all that Argo CD's Applications ever said of themselves while a test ran.
import type { KubeObject } from '../../src/kube/resource.ts'
import { ARGOCD_NAMESPACE } from './argocd-processes.ts'
import { HistoryWatch } from './history-watch.ts'
import type { Stage } from './stage.ts'

const APPLICATIONS = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural: 'applications',
  kind: 'Application',
  namespaced: true,
}

export interface ApplicationState {
  /** Unknown: no manifests could be generated. */
  readonly sync: 'Synced' | 'OutOfSync' | 'Unknown' | 'not looked at'
  /** The version for a Helm chart, the digest for `oci`. */
  readonly revision: string
  /** Type and message of what it complains about, such as ComparisonError. */
  readonly complaints: readonly string[]
}

interface ApplicationObject extends KubeObject {
  readonly status?: {
    readonly sync?: { readonly status?: ApplicationState['sync'] | ''; readonly revision?: string }
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
  }
}

export type ApplicationWatch = HistoryWatch<ApplicationState>

export const watchApplications = (stage: Stage): Promise<ApplicationWatch> =>
  HistoryWatch.open<ApplicationState>(stage, {
    type: APPLICATIONS,
    namespaces: [ARGOCD_NAMESPACE],
    keep: (raw) => stateOf(raw),
    same: (before, now) => JSON.stringify(before) === JSON.stringify(now),
    limitMs: 120_000,
  })

const stateOf = ({ status }: ApplicationObject): ApplicationState => ({
  sync: status?.sync?.status || 'not looked at',
  revision: status?.sync?.revision ?? '',
  complaints: (status?.conditions ?? []).map(({ type, message }) => `${type}: ${message}`),
})
