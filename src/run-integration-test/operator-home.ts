// This file is about where the operator lives, for commands that put something beside it.
import { LEASE_NAME } from '../generate/access.ts'
import { KubeError } from '../kube/error.ts'
import { collectionPath, type KubeObject, LEASES } from '../kube/resource.ts'
import { type Caller, operatorNamespace } from '../look-around.ts'
import type { Cluster } from '../reach-cluster.ts'

/** As told; else where its lease lies, where that may be looked for; else that of the context. */
export async function operatorHome(
  { config }: Caller,
  { client, access }: Cluster,
  told: string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  if (told !== undefined) return told
  if (config.podNamespace !== undefined) return config.podNamespace
  const query = { fieldSelector: `metadata.name=${LEASE_NAME}` }
  try {
    const path = collectionPath(LEASES)
    const { items } = await client.request<{ readonly items: readonly KubeObject[] }>({
      method: 'GET',
      path,
      query,
      signal,
    })
    const [only, ...others] = items.map(({ metadata }) => metadata.namespace ?? '')
    return only !== undefined && others.length === 0 ? only : operatorNamespace(config, access)
  } catch (error) {
    if (error instanceof KubeError) return operatorNamespace(config, access)
    throw error
  }
}
