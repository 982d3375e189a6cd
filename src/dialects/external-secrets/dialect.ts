// This file is about the dialect of the External Secrets Operator as a whole.
import { SECRET, SERVICE_ACCOUNT } from '../../model/kind.ts'
import type { Dialect } from '../dialect.ts'
import { CLUSTER_GENERATOR, ECR_AUTHORIZATION_TOKEN, EXTERNAL_SECRET, STS_SESSION_TOKEN } from './kinds.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

export const externalSecrets: Dialect = {
  name: 'external-secrets',
  kinds: [
    EXTERNAL_SECRET,
    ECR_AUTHORIZATION_TOKEN,
    STS_SESSION_TOKEN,
    CLUSTER_GENERATOR,
    SECRET,
    SERVICE_ACCOUNT,
  ],
  eventSource: 'external-secrets',
  statusManager: 'everpull',
  // Upstream names its providers like this, and counts no call to these three.
  calls: {
    name: 'externalsecret_provider_api_calls_count',
    providers: { ecr: 'AWS/ECR', 'ecr-public': 'AWS/ECRPublic', sts: 'AWS/STS' },
  },
  translate,
  status,
}
