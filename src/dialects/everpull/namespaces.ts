// This file is about the namespaces that an object is served in.
import { type Fault, fault } from '../../model/fault.ts'
import { NAMESPACE } from '../../model/kind.ts'
import type { Resource } from '../../model/resource.ts'
import { selectorProblems } from '../../model/selector.ts'
import type { World } from '../dialect.ts'
import type { NamespacesFields } from './namespaces-schema.ts'
import type { Problem } from './problem.ts'
import { nameTest } from './wildcard.ts'

/** On a namespace: "true" keeps every ClusterRegistryLogin out of it. */
export const OPT_OUT = 'everpull.dev/opt-out'

export const selectionProblems = ({ selector = {} }: NamespacesFields): readonly Problem[] =>
  selectorProblems(selector).map(({ at, message }) => ({
    at: `spec.namespaces.selector.${at}`,
    because: `is refused: ${message}`,
  }))

export type Chosen =
  | { readonly is: 'chosen'; readonly names: readonly string[] }
  | { readonly is: 'unlisted'; readonly fault: Fault }

const UNREAD = fault('reference-unreadable', 'namespaces are still being listed')

/**
 * Named or selected, and not excluded; neither those that opted out nor those that are being deleted. Sorted. Each part
 * is looked at as it is written, so that no namespace comes or goes unnoticed.
 */
export function chosenNamespaces(
  { names = [], selector, exclude = [] }: NamespacesFields,
  world: World,
): Chosen {
  const isNamed = nameTest(names)
  const isExcluded = nameTest(exclude)
  const chosen = new Map<string, Resource>()
  const parts = [
    ...(names.length === 0 ? [] : [{ selects: {}, isMeant: isNamed }]),
    ...(selector === undefined ? [] : [{ selects: selector, isMeant: () => true }]),
  ]
  for (const { selects, isMeant } of parts) {
    const listed = world.list(NAMESPACE, selects)
    if (listed.is === 'denied') return { is: 'unlisted', fault: listed.fault }
    if (listed.is === 'unread') return { is: 'unlisted', fault: UNREAD }
    for (const resource of listed.resources) {
      if (isMeant(resource.ref.name)) chosen.set(resource.ref.name, resource)
    }
  }
  const open = [...chosen.values()].filter(isOpen).map(({ ref }) => ref.name)
  return { is: 'chosen', names: open.filter((name) => !isExcluded(name)).toSorted() }
}

const isOpen = ({ annotations, deletingSince }: Resource): boolean =>
  deletingSince === undefined && annotations[OPT_OUT] !== 'true'
