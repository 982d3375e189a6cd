// This file is about the gate before every operation on repositories and tokens.
import type { Call } from '../call.ts'
import type { PolicyDocument } from './policy-document.ts'
import { requestContext } from './condition.ts'
import type { Directory } from './directory.ts'
import { type AccessVerdict, decideAccess } from './evaluate.ts'
import type { Principal } from './principal.ts'
import { accessDenied, missingSignature } from '../protocol/aws-error.ts'

export interface Target {
  readonly resource: string
  /** Account that owns the resource. */
  readonly owner: string
  readonly policy?: PolicyDocument | undefined
}

export function judge(
  directory: Directory,
  principal: Principal,
  action: string,
  target: Target,
): AccessVerdict {
  const context = requestContext({
    'aws:PrincipalArn': principal.holder,
    'aws:PrincipalAccount': principal.account,
  })
  return decideAccess(principal, { action, resource: target.resource, context }, target.owner, {
    identity: directory.policiesOf(principal),
    session: principal.sessionPolicy,
    resource: target.policy,
  })
}

/** The signed caller, allowed to do `action`; throws what AWS answers otherwise. */
export function requireAccess(directory: Directory, call: Call, action: string, target?: Target): Principal {
  if (call.caller.is === 'nobody') throw missingSignature()
  const { principal } = call.caller
  const verdict = judge(directory, principal, action, target ?? { resource: '*', owner: principal.account })
  if (verdict.is === 'denied') throw accessDenied(verdict.because)
  return principal
}
