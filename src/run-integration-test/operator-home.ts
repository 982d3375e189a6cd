// This file is about where the operator lives, for commands that put something beside it.
import { LEASE_NAME } from '../generate/access.ts'
import { KubeError } from '../kube/error.ts'
import { collectionPath, type KubeObject, LEASES } from '../kube/resource.ts'
import { type Caller, operatorNamespace } from '../look-around.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { Cluster } from '../reach-cluster.ts'

/** As told; else where its lease lies, where that may be looked for; else that of the context. */
export async function operatorHome(
  { config }: Caller,
  { client, access }: Cluster,
  told: string | undefined,
  signal?: AbortSignal,
  /** A secret is not left in a namespace on a guess: anybody may make a lease of that name in one of theirs. */
  mayGuess: 'yes' | 'no' = 'yes',
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
    if (only !== undefined && others.length === 0) return only
    if (only !== undefined && mayGuess === 'no') throw unsure([only, ...others])
    return operatorNamespace(config, access)
  } catch (error) {
    if (error instanceof KubeError) return operatorNamespace(config, access)
    throw error
  }
}

const unsure = (namespaces: readonly string[]): CommandFailure =>
  new CommandFailure(
    `there are leases ${LEASE_NAME} in ${namespaces.toSorted().join(', ')}: say with --namespace where the operator lives`,
  )
