// This file is about the command that prints the rights an operator needs, as it would have to be typed.
import { ARGOCD_NAMESPACE, dialectsByDefault } from '../config/default-dialects.ts'
import type { DialectName } from '../model/dialect-name.ts'
import type { AccessOptions, AccountName } from '../generate/access.ts'

const accountText = ({ namespace, name }: AccountName): string => `${namespace}/${name}`

/** What is so anyway is left out. */
export function rbacCommand(options: AccessOptions, served: readonly DialectName[]): string {
  const { namespaces, driftWatch, configRepo, leaseNamespace } = options
  const account = accountText(options.serviceAccount)
  const argocdNamespace = options.argocdNamespace === ARGOCD_NAMESPACE ? undefined : options.argocdNamespace
  const byDefault = dialectsByDefault({ namespaces, driftWatch, argocdNamespace })
  const isDefault = byDefault.length === served.length && byDefault.every((name) => served.includes(name))
  const flags = [
    ...(account === 'everpull/everpull' ? [] : [`--service-account=${account}`]),
    ...(namespaces.length === 0 ? [] : [`--namespace=${namespaces.join(',')}`]),
    ...(isDefault ? [] : [`--dialect=${served.join(',')}`]),
    ...identityFlags(options),
    ...(driftWatch ? [] : ['--drift-watch=false']),
    ...(leaseNamespace === undefined ? [] : [`--lease-namespace=${leaseNamespace}`]),
    ...(options.leaseName === undefined ? [] : [`--lease-name=${options.leaseName}`]),
    ...((options.shards ?? 1) === 1 ? [] : [`--shards=${options.shards}`]),
    ...(argocdNamespace === undefined ? [] : [`--argocd-namespace=${argocdNamespace}`]),
    ...(options.nudgeArgocd === true ? ['--nudge-argocd'] : []),
    ...(configRepo === undefined ? [] : [configRepoFlag(configRepo)]),
    ...(options.tokenEndpoint === true ? ['--token-endpoint'] : []),
  ]
  return ['everpull rbac', ...flags].join(' ')
}

const configRepoFlag = ({ secret }: { readonly secret?: string }): string =>
  secret === undefined ? '--config-repo' : `--config-repo-secret=${secret}`

function identityFlags({ serviceAccountIdentities: asked }: AccessOptions): readonly string[] {
  switch (asked.is) {
    case 'none':
      return []
    case 'all':
      return ['--service-account-identities']
    case 'named':
      return [`--service-account-identities=${asked.accounts.map(accountText).join(',')}`]
  }
}
