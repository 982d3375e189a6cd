// This file is about the rules of a role with one right cut out of them.
import type { Access } from '../../../src/generate/access.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const pathOf = ({ resource, subresource }: Access): string =>
  subresource === undefined ? resource : `${resource}/${subresource}`

export const gives = (
  rule: Rule,
  one: Access,
  role: { readonly metadata: { readonly namespace?: string } },
): boolean =>
  role.metadata.namespace === one.namespace &&
  rule.apiGroups.includes(one.group) &&
  rule.resources.includes(pathOf(one)) &&
  rule.verbs.includes(one.verb) &&
  (one.name === undefined
    ? rule.resourceNames === undefined
    : rule.resourceNames?.includes(one.name) === true)

/** The rule as several that give all but this. */
export function cut(rule: Rule, one: Access): readonly Rule[] {
  const path = pathOf(one)
  const others = rule.resources.filter((each) => each !== path)
  const verbs = rule.verbs.filter((each) => each !== one.verb)
  const names = rule.resourceNames?.filter((each) => each !== one.name) ?? []
  return [
    ...(others.length === 0 ? [] : [{ ...rule, resources: others }]),
    ...(verbs.length === 0 ? [] : [{ ...rule, resources: [path], verbs }]),
    ...(names.length === 0 ? [] : [{ ...rule, resources: [path], resourceNames: names, verbs: [one.verb] }]),
  ]
}
