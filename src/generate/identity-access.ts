// This file is about the rights to act for service accounts, which are given by flag only.
import type { AccessOptions, Grant, PlacelessGrant } from './access.ts'

const RULES: readonly PlacelessGrant[] = [
  { feature: 'service-account-roles', group: '', resources: ['serviceaccounts'], verbs: ['list', 'watch'] },
  { feature: 'service-account-tokens', group: '', resources: ['serviceaccounts/token'], verbs: ['create'] },
]

export function identityGrants({
  serviceAccountIdentities: asked,
  namespaces,
}: AccessOptions): readonly Grant[] {
  const rules = RULES.map((rule) => ({ role: 'identities' as const, ...rule }))
  switch (asked.is) {
    case 'none':
      return []
    case 'all':
      if (namespaces.length === 0) return rules
      return [...new Set(namespaces)].flatMap((namespace) => rules.map((rule) => ({ ...rule, namespace })))
    case 'named':
      return [...Map.groupBy(asked.accounts, (account) => account.namespace)].flatMap(
        ([namespace, accounts]) => {
          const names = [...new Set(accounts.map((account) => account.name))]
          return rules.map((rule) => ({ ...rule, namespace, names }))
        },
      )
  }
}
