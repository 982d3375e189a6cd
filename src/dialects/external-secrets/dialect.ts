// This file is about the dialect of the External Secrets Operator as a whole.
import { CONFIG_MAP, NAMESPACE, SECRET, SERVICE_ACCOUNT } from '../../model/kind.ts'
import type { Resource } from '../../model/resource.ts'
import type { Dialect } from '../dialect.ts'
import { translateCluster } from './cluster-external-secret.ts'
import { clusterStatus } from './cluster-external-secret-status.ts'
import {
  CLUSTER_EXTERNAL_SECRET,
  CLUSTER_GENERATOR,
  ECR_AUTHORIZATION_TOKEN,
  EXTERNAL_SECRET,
  STS_SESSION_TOKEN,
} from './kinds.ts'
import { CREATED_BY_LABEL } from './marks.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

const isCluster = ({ ref }: Resource): boolean => ref.kind === CLUSTER_EXTERNAL_SECRET.kind

export const externalSecrets: Dialect = {
  name: 'external-secrets',
  kinds: [
    EXTERNAL_SECRET,
    CLUSTER_EXTERNAL_SECRET,
    ECR_AUTHORIZATION_TOKEN,
    STS_SESSION_TOKEN,
    CLUSTER_GENERATOR,
    SECRET,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    NAMESPACE,
  ],
  secretLabels: [CREATED_BY_LABEL],
  eventSource: 'external-secrets',
  statusManager: 'everpull',
  // Upstream names its providers like this, and counts no call to these three.
  calls: {
    name: 'externalsecret_provider_api_calls_count',
    providers: { ecr: 'AWS/ECR', 'ecr-public': 'AWS/ECRPublic', sts: 'AWS/STS' },
  },
  translate: (asked, world) => (isCluster(asked) ? translateCluster(asked, world) : translate(asked, world)),
  status: (asked, answers, _installed, others) =>
    isCluster(asked) ? clusterStatus(asked, answers, others?.children) : status(asked, answers),
}
