// This file is about the dialect of Argo CD's labelled Secrets as a whole: what the ArgoCD ECR Updater serves, and its kin.
import { NAMESPACE } from '../../model/kind.ts'
import type { Dialect } from '../dialect.ts'
import { ECR_INTEGRATION } from '../everpull/integration-kind.ts'
import { LABELLED_SECRET } from './labels.ts'
import { status } from './status.ts'
import { translate } from './translate.ts'

export const argocd: Dialect = {
  name: 'argocd',
  kinds: [LABELLED_SECRET, { ...ECR_INTEGRATION, use: 'referred' }, NAMESPACE],
  operatorSecrets: 'any',
  eventSource: 'everpull',
  statusManager: 'everpull',
  translate,
  status: (_asked, answers) => status(answers),
}
