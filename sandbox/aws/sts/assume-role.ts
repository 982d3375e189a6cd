// This file is about assuming a role: who may, for how long, narrowed and tagged how.
import type { Call, Output } from '../call.ts'
import { contextOf } from '../iam/access.ts'
import { type RequestContext, requestContext } from '../iam/condition.ts'
import type { Directory } from '../iam/directory.ts'
import { awsCaller, identityOpinion, resourceOpinion, sessionOpinion } from '../iam/evaluate.ts'
import { type Principal, sessionArn } from '../iam/principal.ts'
import type { Role } from '../ledger.ts'
import type { OidcProvider } from '../options.ts'
import { AwsError, accessDenied, missingSignature, validationError } from '../protocol/aws-error.ts'
import { boundedNumber, type Input, optionalText, requiredText, textMatching } from '../protocol/input.ts'
import type { SessionCredentials, Sessions } from './session.ts'
import { readSessionPolicies, type SessionPolicies } from './session-policy.ts'
import { inherit, NO_TAGS, readSessionTags } from './session-tags.ts'
import { readWebIdentity } from './web-identity.ts'

export const LEAST_SECONDS = 900
export const MOST_ROLE_SECONDS = 43_200
const DEFAULT_SECONDS = 3600
const CHAINED_SECONDS = 3600

export interface StsParts {
  readonly directory: Directory
  readonly sessions: Sessions
  /** Real time, milliseconds. */
  readonly now: () => number
  readonly oidcProviders: () => readonly OidcProvider[]
}

export const credentials = (session: SessionCredentials): Output => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  SessionToken: session.sessionToken,
  Expiration: new Date(session.expiresAt),
})

export function known(call: Call): Principal {
  if (call.caller.is === 'nobody') throw missingSignature()
  return call.caller.principal
}

/** What every way of assuming a role is asked with. */
interface Wish {
  readonly roleArn: string
  readonly sessionName: string
  readonly seconds: number
}

function roleArnOf(input: Input): string {
  const arn = requiredText(input, 'RoleArn')
  if (arn.length < 20)
    throw validationError(
      `1 validation error detected: Value '${arn}' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20`,
    )
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn)) throw validationError(`${arn} is invalid`)
  return arn
}

const readWish = (input: Input): Wish => ({
  roleArn: roleArnOf(input),
  sessionName: textMatching(input, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/),
  seconds: boundedNumber(input, 'DurationSeconds', LEAST_SECONDS, MOST_ROLE_SECONDS) ?? DEFAULT_SECONDS,
})

function externalIdOf(input: Input): string | undefined {
  const given = optionalText(input, 'ExternalId')
  return given === undefined ? undefined : textMatching(input, 'ExternalId', /^[\w+=,.@/:-]{2,1224}$/)
}

function roleSession(role: Role, sessionName: string): Principal {
  return {
    is: 'role-session',
    arn: sessionArn(role.arn, sessionName),
    account: role.account,
    userId: `${role.id}:${sessionName}`,
    holder: role.arn,
  }
}

const narrowed = ({ documents }: SessionPolicies): Pick<Principal, 'sessionPolicies'> =>
  documents === undefined ? {} : { sessionPolicies: documents }

const packed = ({ packedSize }: SessionPolicies): Output =>
  packedSize === undefined ? {} : { PackedPolicySize: packedSize }

function checkDuration(seconds: number, role: Role, chained: boolean): void {
  if (chained && seconds > CHAINED_SECONDS)
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  if (seconds > role.maxSessionSeconds)
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
}

/**
 * The trust policy must allow; where it only trusts the caller's account, or the role is another account's, the
 * caller's own policies must too. A role has to trust itself to be assumed from its own session.
 */
function mayAssume(
  directory: Directory,
  principal: Principal,
  role: Role,
  asked: { readonly action: 'sts:AssumeRole' | 'sts:TagSession'; readonly context: RequestContext },
): boolean {
  const access = { ...asked, resource: role.arn }
  if (directory.denies(principal, access.action, access.resource)) return false
  const trust = resourceOpinion(role.trust, awsCaller(principal), access)
  const own = identityOpinion(directory.policiesOf(principal), access)
  const session = sessionOpinion(principal.sessionPolicies, access)
  if (trust.opinion !== 'allow' || own === 'deny' || session !== 'allow') return false
  return own === 'allow' || (trust.naming === 'itself' && role.account === principal.account)
}

export function assumeRole(parts: StsParts, call: Call): Output {
  const { directory } = parts
  const principal = known(call)
  const { roleArn, sessionName, seconds } = readWish(call.input)
  const externalId = externalIdOf(call.input)
  const tags = readSessionTags(call.input)
  const policies = readSessionPolicies(directory, call.input, tags)
  const role = directory.role(roleArn)
  const keys = Object.keys(tags.own)
  const context = contextOf(principal, call.region, {
    'sts:ExternalId': externalId,
    'sts:RoleSessionName': sessionName,
    'aws:TagKeys': keys.length > 0 ? keys : undefined,
    'sts:TransitiveTagKeys': tags.transitive.length > 0 ? tags.transitive : undefined,
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, tags.own[key]])),
  })
  const refuse = (action: string): AwsError =>
    accessDenied(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${roleArn}`)
  if (role === undefined || !mayAssume(directory, principal, role, { action: 'sts:AssumeRole', context }))
    throw refuse('sts:AssumeRole')
  if (keys.length > 0 && !mayAssume(directory, principal, role, { action: 'sts:TagSession', context }))
    throw refuse('sts:TagSession')
  checkDuration(seconds, role, principal.is === 'role-session')
  const assumed = { ...roleSession(role, sessionName), ...narrowed(policies), ...inherit(principal, tags) }
  return {
    Credentials: credentials(parts.sessions.issue(assumed, seconds)),
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    ...packed(policies),
  }
}

export async function assumeRoleWithWebIdentity(parts: StsParts, call: Call): Promise<Output> {
  const { directory } = parts
  const { roleArn, sessionName, seconds } = readWish(call.input)
  const token = requiredText(call.input, 'WebIdentityToken')
  const policies = readSessionPolicies(directory, call.input, NO_TAGS)
  const identity = await readWebIdentity(token, parts.oidcProviders(), parts.now())
  const role = directory.role(roleArn)
  const issuer = identity.issuer.replace(/^https?:\/\//, '')
  const action = 'sts:AssumeRoleWithWebIdentity'
  const context = requestContext({
    [`${issuer}:sub`]: identity.subject,
    [`${issuer}:aud`]: identity.audience,
    'sts:RoleSessionName': sessionName,
  })
  const trust = resourceOpinion(
    role?.trust,
    { kind: 'Federated', names: [identity.provider.providerArn] },
    { action, resource: roleArn, context },
  )
  if (role === undefined || trust.opinion !== 'allow')
    throw accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
  const assumed = { ...roleSession(role, sessionName), ...narrowed(policies) }
  if (directory.denies(assumed, action, roleArn))
    throw accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
  checkDuration(seconds, role, false)
  return {
    Credentials: credentials(parts.sessions.issue(assumed, seconds)),
    SubjectFromWebIdentityToken: identity.subject,
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    Provider: identity.provider.providerArn,
    Audience: identity.audience,
    ...packed(policies),
  }
}

/** Hands a role to a service (EC2, EKS Pod Identity), if the role trusts it. */
export function assumeAsService(
  parts: StsParts,
  roleArn: string,
  service: string,
  sessionName: string,
): SessionCredentials {
  const role = parts.directory.role(roleArn)
  const trust = resourceOpinion(
    role?.trust,
    { kind: 'Service', names: [service] },
    { action: 'sts:AssumeRole', resource: roleArn, context: requestContext({}) },
  )
  if (role === undefined || trust.opinion !== 'allow')
    throw new AwsError(
      'AccessDenied',
      403,
      `${service} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    )
  return parts.sessions.issue(roleSession(role, sessionName), MOST_ROLE_SECONDS / 2)
}
