// This file is about reaching the API server from a pod, with the service account mounted into it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { ClusterAccess } from './access.ts'
import { watchedCredential } from './credential.ts'

const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface InClusterOptions {
  readonly clock: Clock
  /** Where the service account is mounted. */
  readonly mount?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Whether this process runs in a pod. */
export const isInCluster = (env: Environment): boolean => env['KUBERNETES_SERVICE_HOST'] !== undefined

/**
 * The pod's own access. Token and CA are read again once a minute and on 401; another CA makes another session. An
 * environment's proxy is not used: the service address is always reached directly.
 */
export async function inClusterAccess(
  env: Environment,
  { clock, mount = MOUNT }: InClusterOptions,
): Promise<ClusterAccess> {
  const host = env['KUBERNETES_SERVICE_HOST']
  if (host === undefined) throw new Error('not in a cluster: KUBERNETES_SERVICE_HOST is not set')
  const authority = host.includes(':') ? `[${host}]` : host
  const read = (file: string): Promise<string> => readFile(join(mount, file), 'utf8')
  const credential = watchedCredential(clock, async () => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')])
    return { authorization: `Bearer ${token.trim()}`, ca }
  })
  return {
    server: `https://${authority}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    credential,
    insecureSkipTlsVerify: false,
    namespace: (await read('namespace')).trim(),
    inCluster: true,
  }
}
