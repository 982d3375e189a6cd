// This file is about what an operator's settings mean for the rights it needs.
import type { Config } from '../config.ts'
import type { AccessOptions, AccountName } from '../generate/access.ts'

/** As `everpull rbac` is told the same. */
export function accessOptionsOf(config: Config, serviceAccount: AccountName): AccessOptions {
  const { leaderElection, configRepo } = config
  const leaseNamespace = leaderElection.is === 'on' ? leaderElection.namespace : undefined
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
  }
}
