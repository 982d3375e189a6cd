// This file is about the rights to the kinds that dialects read and answer, each kind by what is done with it.
import type { Dialect } from '../dialects/dialect.ts'
import { CONFIG_MAP, isOrderedAtHome, type Kind, type KindName, NAMESPACE } from '../model/kind.ts'
import type { AccessOptions, Grant, PlacelessGrant, Verb } from './access.ts'
import type { FeatureName } from './features.ts'
import { EVENT_GRANT, secretGrants } from './secret-access.ts'

/** Kinds of the API server itself: what is done with them is said elsewhere, kind by kind. */
const isOwnRule = (kind: Kind): boolean =>
  kind.group === '' && (kind.kind === 'Secret' || kind.kind === 'ServiceAccount')

export function distinctKinds(dialects: readonly Dialect[]): readonly Kind[] {
  const all = dialects
    .flatMap(({ kinds }) => kinds)
    .filter((kind) => kind.chosen !== undefined || !isOwnRule(kind))
    // One dialect's orders may be what another only looks at.
    .toSorted((a, b) => Number(a.use === 'ordered') - Number(b.use === 'ordered'))
  return [...new Map(all.map((kind) => [`${kind.plural}.${kind.group}`, kind])).values()]
}

/** In one of the namespaces served, or in all of them. */
export function servingGrants(
  options: AccessOptions,
  kinds: readonly Kind[],
  namespace: string | undefined,
): readonly Grant[] {
  const here = { role: 'serving' as const, ...(namespace === undefined ? {} : { namespace }) }
  return [
    ...kindGrants(kinds.filter((kind) => kind.namespaced && kind.chosen === undefined)),
    ...childGrants(kinds),
    ...linkGrants(kinds),
    ...(isOrderedAtHome(kinds) ? [] : secretGrants(options)),
  ].map((grant) => ({ ...here, ...grant }))
}

/** With --namespace this becomes a ClusterRole of its own, which may be left out. */
export function clusterScopedGrants(kinds: readonly Kind[]): readonly Grant[] {
  const grants = [...kindGrants(kinds.filter((kind) => !kind.namespaced)), ...definitionGrants(kinds)]
  const isAnyOrdered = kinds.some((kind) => !kind.namespaced && kind.use === 'ordered')
  const events = isAnyOrdered ? [{ ...EVENT_GRANT, namespace: EVENTS_NAMESPACE }] : []
  return [...grants, ...events].map((grant) => ({ role: 'cluster-scoped', ...grant }))
}

/** Where events about objects outside of namespaces live. */
const EVENTS_NAMESPACE = 'default'

/** What somebody only refers to has no status to know the fields of. */
const definitionGrants = (kinds: readonly Kind[]): readonly PlacelessGrant[] => {
  const ordered = kinds.filter(({ use, group }) => use === 'ordered' && group.includes('.'))
  if (ordered.length === 0) return []
  return [
    {
      feature: 'definitions',
      group: 'apiextensions.k8s.io',
      resources: ['customresourcedefinitions'],
      verbs: ['get'],
      names: ordered.map(({ plural, group }) => `${plural}.${group}`),
    },
  ]
}

function kindGrants(kinds: readonly Kind[]): readonly PlacelessGrant[] {
  const ordered = kinds.filter((kind) => kind.use === 'ordered')
  // What lends identities has nothing made for it that it could own.
  const owning = ordered.filter(({ lends }) => lends !== true)
  return [
    ...Map.groupBy(kinds, featureOf)
      .entries()
      .flatMap(([feature, seen]) => grantsOn(seen, '', READING[feature] ?? ['list', 'watch'], feature)),
    ...grantsOn(ordered, '/status', ['patch'], 'statuses'),
    ...grantsOn(owning, '/finalizers', ['update'], 'ownership'),
    ...grantsOn(
      ordered.filter(({ tests }) => tests !== undefined),
      '',
      ['delete'],
      'test-leftovers',
    ),
    ...grantsOn(
      ordered.filter(({ finalizers = [] }) => finalizers.length > 0),
      '',
      ['patch'],
      'finalizers',
    ),
  ]
}

const isKind = (one: KindName, other: KindName): boolean =>
  one.group === other.group && one.kind === other.kind

/** What it is seen for. */
function featureOf(kind: Kind): FeatureName {
  if (isKind(kind, CONFIG_MAP)) return 'config-maps'
  if (isKind(kind, NAMESPACE)) return 'namespace-selection'
  return kind.use === 'ordered' ? 'orders' : 'references'
}

/** Values are read one by one, which the watch by metadata does not show. */
const READING: Partial<Readonly<Record<FeatureName, readonly Verb[]>>> = {
  'config-maps': ['get', 'list', 'watch'],
}

/** One grant a group. */
const grantsOn = (
  kinds: readonly KindName[],
  suffix: string,
  verbs: readonly Verb[],
  feature: FeatureName,
): readonly PlacelessGrant[] =>
  [...Map.groupBy(kinds, ({ group }) => group)].map(([group, members]) => ({
    feature,
    group,
    resources: members.map(({ plural }) => plural + suffix),
    verbs,
  }))

/** They are read where the watch turns out to be behind. */
const childGrants = (kinds: readonly Kind[]): readonly PlacelessGrant[] => {
  const children = kinds.flatMap((kind) => kind.children ?? [])
  const distinct = new Map(children.map((child) => [`${child.plural}.${child.group}`, child]))
  return grantsOn([...distinct.values()], '', ['get', 'create', 'patch', 'delete'], 'children')
}

const linkGrants = (kinds: readonly Kind[]): readonly PlacelessGrant[] =>
  kinds.some((kind) => kind.links === true)
    ? [
        {
          feature: 'links',
          group: '',
          resources: ['serviceaccounts'],
          verbs: ['get', 'list', 'watch', 'patch'],
        },
      ]
    : []

/**
 * The right to patch is the right to change all of their metadata, so it is a role of its own. A Role in a namespace
 * covers that namespace itself.
 */
export function leftFinalizerGrants({ namespaces }: AccessOptions, kinds: readonly Kind[]): readonly Grant[] {
  const leaving = kinds.find((kind) => kind.leaves !== undefined)
  if (leaving?.leaves === undefined) return []
  const { group, plural } = leaving.leaves.on
  const grant = {
    role: 'left-finalizers' as const,
    feature: 'left-finalizers' as const,
    group,
    resources: [plural],
    verbs: ['patch'] as const,
  }
  if (namespaces.length === 0) return [grant]
  return [...new Set(namespaces)].map((namespace) => ({ ...grant, namespace, names: [namespace] }))
}
