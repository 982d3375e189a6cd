// This file is about where the operator lives, for commands that put something beside it.
import { KubeError } from '../kube/error.ts'
import {
  collectionPath,
  type KubeObject,
  LEASES,
  type ResourceType,
  SERVICE_ACCOUNTS,
} from '../kube/resource.ts'
import { getObject } from '../kube/writes.ts'
import { type Caller, operatorNamespace } from '../look-around.ts'
import { LEASE_NAME } from '../model/lease-names.ts'
import { CommandFailure } from '../operator/commands.ts'
import type { Cluster } from '../reach-cluster.ts'

/** As told; else where its lease lies, where that may be looked for; else that of the context. */
export async function operatorHome(
  { config }: Caller,
  cluster: Cluster,
  told: string | undefined,
  signal?: AbortSignal,
  /** A secret is not left in a namespace on a guess: anybody may make a lease of that name in one of theirs. */
  mayGuess: 'yes' | 'no' = 'yes',
): Promise<string> {
  if (told !== undefined) return told
  if (config.podNamespace !== undefined) return config.podNamespace
  const namespaces = await leaseNamespaces(cluster, signal)
  const [only, ...others] = namespaces
  if (only === undefined) return operatorNamespace(config, cluster.access)
  if (mayGuess === 'yes') return others.length === 0 ? only : operatorNamespace(config, cluster.access)
  if (others.length > 0) throw severalLeases(namespaces)
  if (!(await isHome(cluster, only, signal))) throw leaseAlone(only)
  return only
}

/** None where they may not be looked for. */
async function leaseNamespaces(
  { client }: Cluster,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const query = { fieldSelector: `metadata.name=${LEASE_NAME}` }
  try {
    const path = collectionPath(LEASES)
    const { items } = await client.request<{ readonly items: readonly KubeObject[] }>({
      method: 'GET',
      path,
      query,
      signal,
    })
    return items.map(({ metadata }) => metadata.namespace ?? '')
  } catch (error) {
    if (error instanceof KubeError) return []
    throw error
  }
}

const CLUSTER_ROLE_BINDINGS: ResourceType = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
}

type Binding = KubeObject & {
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

/**
 * Whether an account there has the roles that "everpull rbac" prints. Reading integrations takes one for the whole cluster,
 * and nobody binds that who has a namespace only. False as well where it may not be looked at.
 */
async function isHome(
  { client }: Cluster,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const { items } = await client.request<{ readonly items: readonly Binding[] }>({
      method: 'GET',
      path: collectionPath(CLUSTER_ROLE_BINDINGS),
      query: { labelSelector: 'app.kubernetes.io/name=everpull' },
      signal,
    })
    const [name] = items.flatMap((binding) => accountsIn(binding, namespace))
    if (name === undefined) return false
    await getObject(client, SERVICE_ACCOUNTS, { namespace, name }, { signal })
    return true
  } catch (error) {
    if (error instanceof KubeError && (error.status === 403 || error.status === 404)) return false
    throw error
  }
}

/** Roles and their bindings are named after the account: NAMESPACE:NAME, and what they are for after another colon. */
const accountsIn = ({ metadata, subjects = [] }: Binding, namespace: string): readonly string[] =>
  subjects
    .filter((one) => one.kind === 'ServiceAccount' && one.namespace === namespace)
    .map(({ name }) => name)
    .filter((name) => `${metadata.name}:`.startsWith(`${namespace}:${name}:`))

const severalLeases = (namespaces: readonly string[]): CommandFailure =>
  new CommandFailure(`there are leases ${LEASE_NAME} in ${namespaces.toSorted().join(', ')}: ${REMEDY}`)

const leaseAlone = (namespace: string): CommandFailure =>
  new CommandFailure(
    `there is a lease ${LEASE_NAME} in ${namespace}, which anybody may make there, and nothing shows that an account of that namespace has the roles that "everpull rbac" prints: ${REMEDY}`,
  )

const REMEDY = 'say with --namespace where the operator lives'
