// This file is about the Secrets that Argo CD reads the logins of repositories from.
import type { Entry } from './shape.ts'

/** What Argo CD tells its Secrets by. */
export const SECRET_TYPE_LABEL = 'argocd.argoproj.io/secret-type'

/** Those of them that hold a login of a repository, or one for all that begin with a URL. */
export const SECRET_TYPES = ['repository', 'repo-creds', 'repository-write', 'repo-write-creds'] as const

/** The keys it reads a login from, of a Secret's one login. */
export const USERNAME_AND_PASSWORD: readonly Entry[] = [
  { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
  { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
]
