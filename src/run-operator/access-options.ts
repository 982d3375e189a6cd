// This file is about what an operator's settings mean for the rights it needs.
import type { Config } from '../config.ts'
import type { AccessOptions, AccountName } from '../generate/access.ts'
import { LEASE_NAME } from '../model/lease-names.ts'

/** As `everpull rbac` is told the same. */
export function accessOptionsOf(config: Config, serviceAccount: AccountName): AccessOptions {
  const { leaderElection, configRepo } = config
  const isElecting = leaderElection.is === 'on'
  const leaseNamespace = isElecting ? leaderElection.namespace : undefined
  const shards = isElecting ? leaderElection.shards : 1
  const secret = configRepo?.secret
  return {
    serviceAccount,
    namespaces: config.namespaces.is === 'all' ? [] : config.namespaces.namespaces,
    serviceAccountIdentities: config.serviceAccountIdentities,
    driftWatch: config.driftWatch,
    argocdNamespace: config.argocdNamespace,
    nudgeArgocd: config.nudgeArgocd,
    tokenEndpoint: config.tokenEndpoint !== undefined,
    ...(configRepo === undefined ? {} : { configRepo: secret === undefined ? {} : { secret } }),
    ...(leaseNamespace === undefined ? {} : { leaseNamespace }),
    ...(isElecting && leaderElection.name !== LEASE_NAME ? { leaseName: leaderElection.name } : {}),
    ...(shards === 1 ? {} : { shards }),
  }
}
