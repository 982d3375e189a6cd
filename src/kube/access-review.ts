// This file is about what we may do, in the API server's own judgement.
import type { KubeClient } from './client.ts'

export interface Access {
  readonly verb: string
  /** '' is the core API. */
  readonly group: string
  /** Plural. */
  readonly resource: string
  readonly subresource?: string
  /** Absent asks about all namespaces, or about a cluster-scoped kind. */
  readonly namespace?: string
  readonly name?: string
}

/** Whether we may; `reason` is the authorizer's own words, often empty. */
export async function mayI(
  client: KubeClient,
  access: Access,
  signal?: AbortSignal,
): Promise<{ readonly allowed: boolean; readonly reason: string }> {
  const answer = await client.request<{ status?: { allowed?: boolean; reason?: string } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributesOf(access) },
    },
    signal,
  })
  return { allowed: answer.status?.allowed === true, reason: answer.status?.reason ?? '' }
}

/** Whether a service account may; asking it takes the right to create SubjectAccessReviews. */
export async function mayAccount(
  client: KubeClient,
  account: { readonly namespace: string; readonly name: string },
  access: Access,
  signal?: AbortSignal,
): Promise<{ readonly allowed: boolean; readonly reason: string }> {
  const { namespace, name } = account
  const answer = await client.request<{ status?: { allowed?: boolean; reason?: string } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${namespace}:${name}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes: attributesOf(access),
      },
    },
    signal,
  })
  return { allowed: answer.status?.allowed === true, reason: answer.status?.reason ?? '' }
}

/** What the API knows of it; callers may carry more. */
const attributesOf = ({ verb, group, resource, subresource, namespace, name }: Access) => ({
  verb,
  group,
  resource,
  subresource,
  namespace,
  name,
})

export interface AccessRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

/** Every rule that holds for us in a namespace, in one request. `complete` is false where an authorizer cannot tell. */
export async function myRules(
  client: KubeClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<{ readonly rules: readonly AccessRule[]; readonly complete: boolean }> {
  const answer = await client.request<{ status?: { resourceRules?: AccessRule[]; incomplete?: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    },
    signal,
  })
  return { rules: answer.status?.resourceRules ?? [], complete: answer.status?.incomplete !== true }
}

/** Whether one of the rules allows it (RBAC's reading: '*' matches all, resourceNames narrow). */
export function allowedBy(rules: readonly AccessRule[], access: Access): boolean {
  const resource =
    access.subresource === undefined ? access.resource : `${access.resource}/${access.subresource}`
  const anySubresource = access.subresource === undefined ? undefined : `*/${access.subresource}`
  return rules.some(
    (rule) =>
      holds(rule.verbs, access.verb) &&
      holds(rule.apiGroups, access.group) &&
      (holds(rule.resources, resource) || (rule.resources?.includes(anySubresource ?? resource) ?? false)) &&
      (rule.resourceNames === undefined ||
        rule.resourceNames.length === 0 ||
        (access.name !== undefined && rule.resourceNames.includes(access.name))),
  )
}

const holds = (list: readonly string[] | undefined, wanted: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(wanted))
