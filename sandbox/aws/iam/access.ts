// This file is about the gate before every operation on repositories and tokens.
import type { Call } from '../call.ts'
import type { PolicyDocument } from './policy-document.ts'
import { type RequestContext, requestContext } from './condition.ts'
import type { Directory } from './directory.ts'
import { type AccessVerdict, decideAccess, refusal } from './evaluate.ts'
import type { Principal } from './principal.ts'
import { accessDenied, missingSignature } from '../protocol/aws-error.ts'

export interface Target {
  readonly resource: string
  /** Account that owns the resource. */
  readonly owner: string
  readonly policy?: PolicyDocument | undefined
}

/** The condition keys that every request carries, and those of this one. */
export const contextOf = (
  principal: Principal,
  region: string,
  more: Parameters<typeof requestContext>[0] = {},
): RequestContext =>
  requestContext({
    'aws:PrincipalArn': principal.holder,
    'aws:PrincipalAccount': principal.account,
    'aws:RequestedRegion': region,
    ...Object.fromEntries(
      Object.entries(principal.tags ?? {}).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
    ...more,
  })

export function judge(
  directory: Directory,
  principal: Principal,
  asked: { readonly action: string; readonly region: string },
  target: Target,
): AccessVerdict {
  const context = contextOf(principal, asked.region)
  const access = { action: asked.action, resource: target.resource, context }
  if (directory.denies(principal, access.action, access.resource))
    return refusal(principal, access, 'with an explicit deny in a service control policy')
  return decideAccess(principal, access, target.owner, {
    identity: directory.policiesOf(principal),
    session: principal.sessionPolicies,
    resource: target.policy,
  })
}

/** The signed caller, allowed to do `action`; throws what AWS answers otherwise. */
export function requireAccess(directory: Directory, call: Call, action: string, target?: Target): Principal {
  if (call.caller.is === 'nobody') throw missingSignature()
  const { principal } = call.caller
  const everything = { resource: '*', owner: principal.account }
  const verdict = judge(directory, principal, { action, region: call.region }, target ?? everything)
  if (verdict.is === 'denied') throw accessDenied(verdict.because)
  return principal
}
