// This file is about the names by which Argo CD, and whoever refreshes its Secrets, know them.
import { type Kind, SECRET } from '../../model/kind.ts'

/** What Argo CD tells its Secrets by. */
export const SECRET_TYPE_LABEL = 'argocd.argoproj.io/secret-type'
/** Those of them that hold a login of a repository, or one for all that begin with a URL. */
export const SECRET_TYPES = ['repository', 'repo-creds', 'repository-write', 'repo-write-creds'] as const

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
