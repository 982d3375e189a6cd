// This file is about the labelled Secrets as a kind: how they are found, and by which names whoever refreshes them knows them.
import { SECRET_TYPE_LABEL, SECRET_TYPES } from '../../model/argocd-secret.ts'
import { type Kind, SECRET } from '../../model/kind.ts'

/** What a Secret consents with, one of both: as users of the ArgoCD ECR Updater know it, and ours. */
export const OPT_IN = { 'argocd-ecr-updater': 'enabled', 'everpull.dev/argocd': 'enabled' } as const

/** Names the EcrIntegration whose login is written. */
export const INTEGRATION_ANNOTATION = 'everpull.dev/integration'

export const LABELLED_SECRET: Kind = {
  ...SECRET,
  use: 'ordered',
  reads: 'whole',
  chosen: {
    within: 'argocd',
    labelSelector: `${SECRET_TYPE_LABEL} in (${SECRET_TYPES.join(',')})`,
    optIn: OPT_IN,
    dataKeys: ['url', 'type', 'enableOCI', 'project'],
  },
}
