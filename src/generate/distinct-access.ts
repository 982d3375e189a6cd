// This file is about saying each right once: what another role gives already is not given again, and serves two features there.
import type { Access, AccessOptions } from './access.ts'
import { isSure } from './roles.ts'

/** In their order, each with all the features that were asked for it. */
export function distinctAccess(options: AccessOptions, asked: readonly Access[]): readonly Access[] {
  const byKey = Map.groupBy(asked, (one) => keyOf(one, one.namespace))
  const features = new Map(asked.map((one) => [one, new Set<Access['features'][number]>()]))
  for (const one of asked) {
    // Of two that are alike, the one that is never left out, then the first.
    const near = [
      ...(byKey.get(keyOf(one, undefined)) ?? []),
      ...(byKey.get(keyOf(one, one.namespace)) ?? []),
    ]
    const broader = near.filter((other) => covers(options, other, one))
    const rank = (other: Access): number => 2 * breadth(other) + (isSure(options, other) ? 1 : 0)
    const [covering = one] = broader.toSorted((a, b) => rank(b) - rank(a))
    for (const feature of one.features) features.get(covering)?.add(feature)
  }
  return asked.flatMap((one) => {
    const needing = [...(features.get(one) ?? [])]
    return needing.length === 0 ? [] : [{ ...one, features: needing }]
  })
}

const keyOf = ({ group, resource, subresource = '', verb }: Access, namespace: string | undefined): string =>
  `${verb} ${group}/${resource}/${subresource} ${namespace ?? ''}`

/** Whether whoever has this has the other as well, for as long as it has the role of that. */
function covers(options: AccessOptions, broad: Access, other: Access): boolean {
  const isSamePlace = broad.namespace === other.namespace
  const isWide =
    (broad.namespace === undefined || isSamePlace) && (broad.name === undefined || broad.name === other.name)
  return isWide && (isSure(options, broad) || (isSamePlace && broad.role === other.role))
}

const breadth = ({ namespace, name }: Access): number =>
  (namespace === undefined ? 2 : 0) + (name === undefined ? 1 : 0)
