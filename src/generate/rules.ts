// This file is about rights as the rules of a role: as few as say the same, each with what it is for.
import type { Access, Verb } from './access.ts'
import type { FeatureName } from './features.ts'

export interface Rule {
  readonly group: string
  /** Plurals, with a subresource after a slash. */
  readonly resources: readonly string[]
  /** Absent: objects of any name. */
  readonly names?: readonly string[]
  readonly verbs: readonly Verb[]
  readonly features: readonly FeatureName[]
}

/** In the order in which they first come up. */
export function rulesOf(accesses: readonly Access[]): readonly Rule[] {
  const single = accesses.map(
    ({ group, resource, subresource, name, verb, features }): Rule => ({
      group,
      resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
      ...(name === undefined ? {} : { names: [name] }),
      verbs: [verb],
      features,
    }),
  )
  return merged(merged(merged(single, 'verbs'), 'names'), 'resources')
}

/** Rules that are equal but for one of their lists become one. */
function merged(rules: readonly Rule[], list: 'verbs' | 'names' | 'resources'): readonly Rule[] {
  const alike = Map.groupBy(rules, (rule) => JSON.stringify({ ...rule, [list]: rule[list] !== undefined }))
  return [...alike.values()].flatMap((some) => {
    const [first] = some
    if (first === undefined) return []
    const all = some.flatMap((rule) => rule[list] ?? [])
    return [all.length === 0 ? first : { ...first, [list]: all }]
  })
}
