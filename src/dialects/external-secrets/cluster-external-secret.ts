// This file is about turning a ClusterExternalSecret into the ExternalSecrets it keeps, one in each namespace selected.
import { type Duration, duration, hours, parseDuration } from '../../base/duration.ts'
import type { Manifest } from '../../model/child.ts'
import { type Fault, fault } from '../../model/fault.ts'
import { NAMESPACE } from '../../model/kind.ts'
import type { Resource } from '../../model/resource.ts'
import { type Selector, selectorProblems } from '../../model/selector.ts'
import type { Translation, World } from '../dialect.ts'
import { CLUSTER_EXTERNAL_SECRET_COVERAGE } from './cluster-external-secret-coverage.ts'
import { ClusterExternalSecretSpec } from './cluster-external-secret-schema.ts'
import { EXTERNAL_SECRET } from './kinds.ts'
import { HANDED_DOWN_ANNOTATION } from './marks.ts'
import { faultOf, type Problem, schemaProblems } from './problem.ts'
import { onlyOnce } from './refresh.ts'
import type { ExternalSecretSpec } from './schema.ts'
import { readSpec } from './stored-spec.ts'
import { coveredFields, usedFields } from './used-fields.ts'

/** The label every namespace has, by which it is selected by name. */
const NAME_LABEL = 'kubernetes.io/metadata.name'
const DEFAULT_REFRESH_TIME = hours(1)
const FIELDS = coveredFields(CLUSTER_EXTERNAL_SECRET_COVERAGE)

type Spec = ClusterExternalSecretSpec

export function translateCluster(asked: Resource, world: World): Translation {
  const parsed = ClusterExternalSecretSpec.safeParse(asked.spec ?? {})
  if (!parsed.success) return { is: 'invalid', fault: faultOf('spec-invalid', schemaProblems(parsed.error)) }
  const spec = parsed.data
  const given = (asked.spec as { readonly externalSecretSpec: unknown }).externalSecretSpec
  const problems = [...allSelectorProblems(spec), ...refreshProblems(spec)]
  if (problems.length > 0) return { is: 'invalid', fault: faultOf('spec-invalid', problems) }
  const child = readSpec({ ...asked, spec: given })
  if (child.is === 'invalid') return { is: 'invalid', fault: moved(child.fault) }
  const { group, kind } = EXTERNAL_SECRET
  const name = childName(asked, spec)
  const like = contentOf(asked, spec, given, child.spec)
  const found = namespacesOf(spec, world)
  if (found.is === 'unlisted') return { is: 'unready', fault: found.fault, targets: [] }
  return {
    is: 'order',
    deliveries: [],
    warnings: usedFields(asked.spec, FIELDS).warnings,
    children: found.names.map((namespace) => ({ ref: { group, kind, namespace, name }, ...like })),
    ...resyncOf(spec, child.spec),
  }
}

export const childName = (asked: Resource, spec: Pick<Spec, 'externalSecretName'>): string =>
  spec.externalSecretName ?? asked.ref.name

interface Place {
  readonly at: string
  readonly selector: Selector
}

/** One namespace that is named and does not exist is nobody's mistake: it may come. */
function selectorsOf({
  namespaceSelector,
  namespaceSelectors = [],
  namespaces = [],
}: Spec): readonly Place[] {
  const named = { key: NAME_LABEL, operator: 'In', values: namespaces }
  return [
    ...(namespaceSelector === undefined
      ? []
      : [{ at: 'spec.namespaceSelector', selector: namespaceSelector }]),
    ...namespaceSelectors.map((selector, i) => ({ at: `spec.namespaceSelectors[${i}]`, selector })),
    ...(namespaces.length === 0 ? [] : [{ at: 'spec.namespaces', selector: { matchExpressions: [named] } }]),
  ]
}

const allSelectorProblems = (spec: Spec): readonly Problem[] =>
  selectorsOf(spec).flatMap(({ at, selector }) =>
    selectorProblems(selector).map((problem) => {
      const place = `${at}.${problem.at}`
      return { at: place, message: `${place}: ${problem.message}` }
    }),
  )

function refreshProblems({ refreshTime }: Spec): readonly Problem[] {
  if (refreshTime === undefined || parseDuration(refreshTime) !== undefined) return []
  const at = 'spec.refreshTime'
  const message = `${at}: "${refreshTime}" is no duration: write it as "12h", "1h30m" or "90s"`
  return [{ at, message }]
}

/** A fault of the inner spec, with its places as they are in the outer one. */
const moved = ({ code, message, at }: Fault): Fault =>
  fault(
    code,
    message.replaceAll(/(?<![\w.])spec(?=\.\w)/g, 'spec.externalSecretSpec'),
    at?.replace(/^spec/, 'spec.externalSecretSpec'),
  )

type Found =
  | { readonly is: 'found'; readonly names: readonly string[] }
  | { readonly is: 'unlisted'; readonly fault: Fault }

const UNREAD = fault('reference-unreadable', 'namespaces are still being listed')

/** One that is being deleted gets nothing new. */
function namespacesOf(spec: Spec, world: World): Found {
  const names = new Set<string>()
  for (const { selector } of selectorsOf(spec)) {
    const listed = world.list(NAMESPACE, selector)
    if (listed.is === 'denied') return { is: 'unlisted', fault: listed.fault }
    if (listed.is === 'unread') return { is: 'unlisted', fault: UNREAD }
    for (const { ref, deletingSince } of listed.resources)
      if (deletingSince === undefined) names.add(ref.name)
  }
  return { is: 'found', names: [...names].toSorted() }
}

/** What they all have in common. */
function contentOf(
  asked: Resource,
  spec: Spec,
  given: unknown,
  filled: ExternalSecretSpec,
): Omit<Manifest, 'ref'> {
  const { labels = {}, annotations = {} } = spec.externalSecretMetadata ?? {}
  const { [HANDED_DOWN_ANNOTATION]: _own, ...others } = annotations
  const force = asked.annotations[HANDED_DOWN_ANNOTATION]
  return {
    labels,
    annotations: force === undefined ? others : { ...others, [HANDED_DOWN_ANNOTATION]: force },
    spec: given,
    filled,
    durations: ['refreshInterval'],
  }
}

/** Whoever looks after the children says something of them at this interval, if they are renewed at all. */
function resyncOf({ refreshTime }: Spec, child: ExternalSecretSpec): { readonly resync?: Duration } {
  const own = refreshTime === undefined ? DEFAULT_REFRESH_TIME : (parseDuration(refreshTime) ?? 0)
  if (own <= 0 || onlyOnce(child) !== undefined) return {}
  return { resync: duration(Math.max(own, parseDuration(child.refreshInterval) ?? 0)) }
}
