// This file is about the rights to Secrets and events: where they are served, where Argo CD is, and where the operator is.
import type { Dialect } from '../dialects/dialect.ts'
import { isOrderedAtHome, type Kind } from '../model/kind.ts'
import type { AccessOptions, Grant, PlacelessGrant, Verb } from './access.ts'
import type { FeatureName } from './features.ts'

export const EVENT_GRANT: PlacelessGrant = {
  feature: 'events',
  group: '',
  resources: ['events'],
  verbs: ['create', 'patch'],
}

const onSecrets = (feature: FeatureName, ...verbs: readonly Verb[]): PlacelessGrant => ({
  feature,
  group: '',
  resources: ['secrets'],
  verbs,
})

export const secretGrants = ({ driftWatch }: AccessOptions): readonly PlacelessGrant[] => [
  onSecrets('secret-reading', 'get'),
  onSecrets('secret-making', 'create'),
  onSecrets('secret-renewal', 'update'),
  onSecrets('secret-removal', 'delete'),
  ...(driftWatch ? [onSecrets('drift', 'list', 'watch')] : []),
  EVENT_GRANT,
]

/**
 * Labelled Secrets cannot be found without reading all Secrets of their namespace. Where nothing else is ordered, this
 * is all that is served: a labelled Secret is read and updated, never made or deleted.
 */
export function chosenGrants({ argocdNamespace }: AccessOptions, kinds: readonly Kind[]): readonly Grant[] {
  if (!kinds.some(({ chosen }) => chosen !== undefined)) return []
  const role = isOrderedAtHome(kinds) ? 'serving' : 'argocd'
  return [onSecrets('labelled-secrets', 'get', 'list', 'watch', 'update'), EVENT_GRANT].map((grant) => ({
    role,
    namespace: argocdNamespace,
    ...grant,
  }))
}

/** Asked for by flag only: the right to patch an Application is the right to change what it deploys. */
export function nudgeGrants({ nudgeArgocd, argocdNamespace }: AccessOptions): readonly Grant[] {
  if (nudgeArgocd !== true) return []
  return [
    {
      role: 'argocd-nudge',
      namespace: argocdNamespace,
      feature: 'argocd-nudge',
      group: 'argoproj.io',
      resources: ['applications'],
      verbs: ['list', 'patch'],
    },
  ]
}

/** Secrets of the operator's own namespace: by name, unless users of a dialect name them. */
export function credentialsGrants(
  { serviceAccount, driftWatch }: AccessOptions,
  dialects: readonly Dialect[],
): readonly Grant[] {
  const wanted = dialects.map((dialect) => dialect.operatorSecrets ?? [])
  const isAny = wanted.includes('any')
  const names = [...new Set(wanted.filter((each) => each !== 'any').flat())]
  if (names.length === 0 && !isAny) return []
  return [
    {
      role: 'credentials',
      namespace: serviceAccount.namespace,
      ...onSecrets('operator-credentials', 'get', ...(driftWatch ? (['list', 'watch'] as const) : [])),
      ...(isAny ? {} : { names }),
    },
  ]
}
