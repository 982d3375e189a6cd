// This file is about whether IAM allows a call: an explicit deny wins, then every layer must allow.
import { conditionHolds, type RequestContext } from './condition.ts'
import { listOf, type PolicyDocument, type Statement } from './policy-document.ts'
import { accountOf, type Principal } from './principal.ts'
import { matchesAction, matchesPattern } from './wildcard.ts'

export type Opinion = 'allow' | 'deny' | 'none'

export interface Access {
  readonly action: string
  /** `*` for actions that know no resource. */
  readonly resource: string
  readonly context: RequestContext
}

const actionMatches = (s: Statement, action: string): boolean =>
  s.NotAction === undefined
    ? listOf(s.Action).some((pattern) => matchesAction(pattern, action))
    : !listOf(s.NotAction).some((pattern) => matchesAction(pattern, action))

function resourceMatches(s: Statement, resource: string): boolean {
  if (s.NotResource !== undefined) return !listOf(s.NotResource).some((p) => matchesPattern(p, resource))
  if (s.Resource === undefined) return true
  return listOf(s.Resource).some((pattern) => matchesPattern(pattern, resource))
}

const applies = (s: Statement, access: Access): boolean =>
  actionMatches(s, access.action) &&
  resourceMatches(s, access.resource) &&
  conditionHolds(s.Condition, access.context)

function weigh(statements: readonly Statement[]): Opinion {
  if (statements.some((s) => s.Effect === 'Deny')) return 'deny'
  return statements.length > 0 ? 'allow' : 'none'
}

/** What documents without principals (identity and session policies) say together. */
export const identityOpinion = (documents: readonly PolicyDocument[], access: Access): Opinion =>
  weigh(documents.flatMap((d) => listOf(d.Statement)).filter((s) => applies(s, access)))

/** A session without policies of its own may do what its holder may. */
export const sessionOpinion = (documents: readonly PolicyDocument[] | undefined, access: Access): Opinion =>
  documents === undefined ? 'allow' : identityOpinion(documents, access)

/** How closely a statement's Principal names the caller; AWS treats the two kinds differently. */
export type Naming = 'itself' | 'its-account' | 'not'

/** `kind` is AWS, Federated or Service; `names` are the caller's own names, most special first. */
export function namesCaller(
  s: Statement,
  kind: 'AWS' | 'Federated' | 'Service',
  names: readonly string[],
  account?: string,
): Naming {
  if (s.Principal === '*') return 'itself'
  const listed = listOf(s.Principal?.[kind])
  if (listed.includes('*') || names.some((name) => listed.includes(name))) return 'itself'
  const byAccount = listed.some((p) => p === account || (p.endsWith(':root') && accountOf(p) === account))
  return account !== undefined && byAccount ? 'its-account' : 'not'
}

/** What a document with principals (trust or repository policy) says to a caller, and how it names an allowed one. */
export function resourceOpinion(
  document: PolicyDocument | undefined,
  caller: { kind: 'AWS' | 'Federated' | 'Service'; names: readonly string[]; account?: string },
  access: Access,
): { opinion: Opinion; naming: Naming } {
  const naming = (s: Statement): Naming => namesCaller(s, caller.kind, caller.names, caller.account)
  const statements = listOf(document?.Statement).filter((s) => naming(s) !== 'not' && applies(s, access))
  const allowing = statements.filter((s) => s.Effect === 'Allow').map(naming)
  return {
    opinion: weigh(statements),
    naming: allowing.includes('itself') ? 'itself' : allowing.includes('its-account') ? 'its-account' : 'not',
  }
}

export const awsCaller = (principal: Principal): { kind: 'AWS'; names: string[]; account: string } => ({
  kind: 'AWS',
  names: [principal.arn, principal.holder],
  account: principal.account,
})

export type AccessVerdict = { readonly is: 'allowed' } | { readonly is: 'denied'; readonly because: string }

export const refusal = (principal: Principal, access: Access, because: string): AccessVerdict => ({
  is: 'denied',
  because: `User: ${principal.arn} is not authorized to perform: ${access.action} on resource: ${access.resource} ${because}`,
})

export interface Policies {
  readonly identity: readonly PolicyDocument[]
  readonly session?: readonly PolicyDocument[] | undefined
  readonly resource?: PolicyDocument | undefined
}

/**
 * The evaluation of https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html for
 * users, roles, sessions and resource policies. Within one account either the identity or the resource policy is
 * enough; across accounts both are needed.
 */
export function decideAccess(
  principal: Principal,
  access: Access,
  owner: string,
  policies: Policies,
): AccessVerdict {
  const identity = identityOpinion(policies.identity, access)
  const session = sessionOpinion(policies.session, access)
  const resource = resourceOpinion(policies.resource, awsCaller(principal), access)
  if (identity === 'deny')
    return refusal(principal, access, 'with an explicit deny in an identity-based policy')
  if (session === 'deny') return refusal(principal, access, 'with an explicit deny in a session policy')
  if (resource.opinion === 'deny')
    return refusal(principal, access, 'with an explicit deny in a resource-based policy')
  const sameAccount = owner === principal.account
  const granted = sameAccount ? resource.opinion === 'allow' && resource.naming === 'itself' : false
  if (!sameAccount && resource.opinion !== 'allow')
    return refusal(principal, access, `because no resource-based policy allows the ${access.action} action`)
  if (identity !== 'allow' && !granted)
    return refusal(principal, access, `because no identity-based policy allows the ${access.action} action`)
  if (session !== 'allow')
    return refusal(principal, access, `because no session policy allows the ${access.action} action`)
  return { is: 'allowed' }
}
