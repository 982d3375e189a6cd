// This file is about reaching the cluster that flags and environment name, for every command that needs one.
import { systemClock } from './base/clock.ts'
import { systemRandom } from './base/random.ts'
import type { ClusterAccess as ClusterChoice, Environment } from './config.ts'
import type { ClusterAccess } from './kube/access.ts'
import type { KubeClient } from './kube/client.ts'
import { KubeError } from './kube/error.ts'
import { inClusterAccess } from './kube/in-cluster.ts'
import { kubeconfigPath, loadKubeconfig } from './kube/kubeconfig.ts'
import { connect } from './kube/transport.ts'
import { CommandFailure } from './operator/commands.ts'

export interface Cluster {
  readonly access: ClusterAccess
  readonly client: KubeClient
}

/** Reads what says how to get there; connects with the first request. Throws a CommandFailure when it cannot be read. */
export async function reachCluster(
  choice: ClusterChoice,
  environment: Environment,
  version: string,
  /** Which of several processes asks, for those who read the API server's log. */
  who?: string,
): Promise<Cluster> {
  const access = await accessOf(choice, environment).catch((error: unknown) => {
    const because = error instanceof Error ? error.message : String(error)
    throw new CommandFailure(`cannot tell how to reach the cluster: ${because}`, true)
  })
  const client = connect(access, {
    clock: systemClock,
    random: systemRandom,
    userAgent: [`everpull/${version} (${process.platform}/${process.arch})`, who].filter(Boolean).join(' '),
  })
  return { access, client }
}

function accessOf(choice: ClusterChoice, environment: Environment): Promise<ClusterAccess> {
  if (choice.is === 'in-cluster') return inClusterAccess(environment, { clock: systemClock })
  const file = choice.file ?? kubeconfigPath(environment)
  return loadKubeconfig(file, choice.context, { clock: systemClock, env: environment })
}

/** One command's work on a cluster: what the API server refuses is a failure for the user, not a bug. */
export async function withCluster<T>(
  choice: ClusterChoice,
  environment: Environment,
  version: string,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await reachCluster(choice, environment, version)
  try {
    return await work(cluster)
  } catch (error) {
    throw error instanceof KubeError ? new CommandFailure(error.message) : error
  } finally {
    await cluster.client.close()
  }
}
