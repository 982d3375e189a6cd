// This file is about the dialect of our own API as a whole.
import { NAMESPACE, SECRET, SERVICE_ACCOUNT } from '../../model/kind.ts'
import type { Dialect } from '../dialect.ts'
import { clusterLoginStatus } from './cluster-status.ts'
import { ECR_INTEGRATION } from './integration-kind.ts'
import { integrationStatus } from './integration-status.ts'
import { translateIntegration } from './integration.ts'
import { CLUSTER_REGISTRY_LOGIN, REGISTRY_LOGIN } from './kinds.ts'
import { loginStatus } from './status.ts'
import { translateClusterLogin, translateLogin } from './translate.ts'

export const everpull: Dialect = {
  name: 'everpull',
  kinds: [REGISTRY_LOGIN, CLUSTER_REGISTRY_LOGIN, ECR_INTEGRATION, SECRET, SERVICE_ACCOUNT, NAMESPACE],
  operatorSecrets: 'any',
  eventSource: 'everpull',
  statusManager: 'everpull',
  translate(asked, world) {
    switch (asked.ref.kind) {
      case CLUSTER_REGISTRY_LOGIN.kind:
        return translateClusterLogin(asked, world)
      case ECR_INTEGRATION.kind:
        return translateIntegration(asked, world)
      default:
        return translateLogin(asked, world)
    }
  },
  status(asked, answers, installed, others) {
    switch (asked.ref.kind) {
      case CLUSTER_REGISTRY_LOGIN.kind:
        return clusterLoginStatus(asked, answers, installed, others)
      case ECR_INTEGRATION.kind:
        return integrationStatus(asked, answers, others)
      default:
        return loginStatus(asked, answers, installed, others)
    }
  },
}
