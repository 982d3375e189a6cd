// This file is about integrations as a cluster knows them: what the operator says of each, and what its Git sync wrote down.
import { readSyncRecord, SYNC_RECORD, type SyncRecord } from '../config-repo/sync-record.ts'
import type { WrittenObject } from '../config-repo/tree.ts'
import { conditionOf, standing } from '../dialects/everpull/conditions.ts'
import type { EcrIntegrationStatus } from '../dialects/everpull/integration-schema.ts'
import { isNotFound, KubeError } from '../kube/error.ts'
import { collectionPath, type KubeObject, type ResourceType } from '../kube/resource.ts'
import { getObject } from '../kube/writes.ts'
import { type Caller, operatorNamespace } from '../look-around.ts'
import type { ConditionTold, StepTold } from '../operator/commands.ts'
import type { IntegrationTold } from '../operator/commands/integrations.ts'
import { type Cluster, withCluster } from '../reach-cluster.ts'
import { operatorHome } from '../run-integration-test/operator-home.ts'
import { INTEGRATIONS } from '../run-integration-test/tested-spec.ts'
import { complaintsOf } from './secret-complaints.ts'

/** An EcrIntegration as stored; its status is written by the operator alone, and may be missing. */
export type StoredIntegration = KubeObject & WrittenObject & { readonly status?: EcrIntegrationStatus }

export interface ClusterView {
  readonly integrations: readonly StoredIntegration[]
  /** Absent: no operator follows a repository here, or its record cannot be read. */
  readonly record: SyncRecord | undefined
  /** By the name of an integration: why its Secret is not as it was meant. */
  readonly complaints?: ReadonlyMap<string, string>
  /** Why nothing is known of the cluster. */
  readonly unknown?: string
}

const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
}

export function viewCluster(
  caller: Caller,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ClusterView> {
  return withCluster(caller.config.cluster, caller.environment, caller.version, async (cluster) => {
    const home = await operatorHome(caller, cluster, namespace, signal)
    const [integrations, record] = await Promise.all([
      readIntegrations(cluster, signal),
      readRecord(cluster, home, signal),
    ])
    const complaints = await complaintsOf(cluster.client, integrations, home, signal)
    return { integrations, record, complaints }
  })
}

/** Where the operator lives, as far as can be told. */
export const homeOf = (caller: Caller, namespace: string | undefined, signal: AbortSignal): Promise<string> =>
  withCluster(caller.config.cluster, caller.environment, caller.version, (cluster) =>
    operatorHome(caller, cluster, namespace, signal, 'no').catch((error: unknown) => {
      if (error instanceof KubeError) return operatorNamespace(caller.config, cluster.access)
      throw error
    }),
  )

async function readIntegrations(
  { client }: Cluster,
  signal: AbortSignal,
): Promise<readonly StoredIntegration[]> {
  const list = await client.request<{ readonly items: readonly StoredIntegration[] }>({
    method: 'GET',
    path: collectionPath(INTEGRATIONS),
    signal,
  })
  return list.items
}

async function readRecord(
  { client }: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<SyncRecord | undefined> {
  try {
    const found = await getObject<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(
      client,
      CONFIG_MAPS,
      { namespace, name: SYNC_RECORD },
      { signal },
    )
    return readSyncRecord(found.data)
  } catch (error) {
    if (isNotFound(error)) return undefined
    // Not everybody may look where the operator lives; what is synced is then found by comparing.
    if (error instanceof KubeError && error.status === 403) return undefined
    throw error
  }
}

export function healthOf(
  stored: StoredIntegration | undefined,
  unknown: string | undefined,
  complaint?: string,
): IntegrationTold['health'] {
  const ready = conditionOf(stored?.status, 'Ready')
  if (ready === undefined) {
    const missing = unknown ?? 'it is not in the cluster'
    const because = stored === undefined ? missing : 'no operator has looked at it yet'
    return { is: 'unknown', because }
  }
  if (ready.status === 'True') return { is: 'healthy' }
  const because = complaint === undefined ? ready.message : `${complaint}; ${ready.message}`
  return { is: ready.status === 'False' ? 'failing' : 'unknown', because }
}

export const usersIn = (stored: StoredIntegration | undefined): IntegrationTold['usedBy'] => ({
  count: stored?.status?.usedBy?.count ?? 0,
  first: stored?.status?.usedBy?.first ?? [],
})

export const conditionsIn = (stored: StoredIntegration | undefined): readonly ConditionTold[] =>
  (standing(stored?.status) as readonly { readonly type: string }[]).flatMap(({ type }) => {
    const found = conditionOf(stored?.status, type)
    if (found === undefined) return []
    const { status, reason, message, lastTransitionTime: since } = found
    return [{ type, status, reason, message, since }]
  })

const RESULT = { Passed: 'passed', Denied: 'denied', Failed: 'failed', Skipped: 'skipped' } as const

export const stepsIn = (stored: StoredIntegration | undefined): readonly StepTold[] =>
  (stored?.status?.permissions ?? []).map(
    ({ name, on, result, optional, inferred, reason, message, remedy }) => ({
      name,
      ...(on === undefined ? {} : { on }),
      result: RESULT[result],
      ...(optional === true ? { optional } : {}),
      ...(inferred === true ? { inferred } : {}),
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      ...(remedy === undefined ? {} : { remedy }),
    }),
  )
