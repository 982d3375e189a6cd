// This file is about the dialect of the ECR Secret Operator as a whole.
import { SECRET } from '../../model/kind.ts'
import type { Dialect } from '../dialect.ts'
import { CREDENTIALS_SECRET } from './credentials.ts'
import { ARGO_HELM_REPO_SECRET, PULL_SECRET } from './schema.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

export const mobb: Dialect = {
  name: 'mobb',
  kinds: [PULL_SECRET, ARGO_HELM_REPO_SECRET, SECRET],
  operatorSecrets: [CREDENTIALS_SECRET],
  eventSource: 'everpull',
  statusManager: 'everpull',
  translate,
  status,
}
