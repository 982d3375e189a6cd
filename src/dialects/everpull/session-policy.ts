// This file is about the session policy that narrows a login to pulling, or to pushing, and to the registries named.
import { REPOSITORY_ACTIONS, TOKEN_ACTIONS } from '../../model/ecr-actions.ts'
import type { Permission } from '../../model/probe.ts'
import type { Registry } from './registries.ts'

/** AWS's limit for the text of a session policy. */
export const LONGEST_POLICY = 2048

/** Behind an alias the account is unknown: then the region alone narrows it. */
function repositoriesOf({ partition, scope, account = '*' }: Registry): string {
  return scope.service === 'public'
    ? 'arn:aws:ecr-public::*:repository/*'
    : `arn:${partition}:ecr:${scope.region}:${account}:repository/*`
}

/** JSON text; the same for the same registries in whatever order. */
export function sessionPolicy(access: Permission, registries: readonly Registry[]): string {
  const sorts = [...new Set(registries.map(({ scope }) => scope.service))].toSorted()
  const tokens = sorts.flatMap((sort) => [...TOKEN_ACTIONS[sort]])
  const statements = sorts.flatMap((sort) => {
    const actions: readonly string[] = REPOSITORY_ACTIONS[sort][access]
    const mine = registries.filter(({ scope }) => scope.service === sort)
    const resources = [...new Set(mine.map(repositoriesOf))].toSorted()
    return actions.length === 0 ? [] : [{ Effect: 'Allow', Action: actions, Resource: resources }]
  })
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: tokens, Resource: '*' }, ...statements],
  })
}
