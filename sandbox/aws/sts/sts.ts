// This file is about STS's operations: who may become whom, and for how long.
import type { Call, Operations, Output } from '../call.ts'
import type { RequestContext } from '../iam/condition.ts'
import { requestContext } from '../iam/condition.ts'
import type { Directory } from '../iam/directory.ts'
import { awsCaller, identityOpinion, resourceOpinion } from '../iam/evaluate.ts'
import { type PolicyDocument, readPolicy } from '../iam/policy-document.ts'
import { type Principal, sessionArn } from '../iam/principal.ts'
import type { Role } from '../ledger.ts'
import type { OidcProvider } from '../options.ts'
import { AwsError, accessDenied, missingSignature, validationError } from '../protocol/aws-error.ts'
import { boundedNumber, type Input, optionalText, requiredText, textMatching } from '../protocol/input.ts'
import type { SessionCredentials, Sessions } from './session.ts'
import { readWebIdentity } from './web-identity.ts'

const LEAST_SECONDS = 900
const DEFAULT_SECONDS = 3600
const CHAINED_SECONDS = 3600
const MOST_ROLE_SECONDS = 43_200
const MOST_USER_SECONDS = 129_600

export interface StsParts {
  readonly directory: Directory
  readonly sessions: Sessions
  /** Real time, milliseconds. */
  readonly now: () => number
  readonly oidcProviders: () => readonly OidcProvider[]
}

const credentials = (session: SessionCredentials): Output => ({
  AccessKeyId: session.accessKeyId,
  SecretAccessKey: session.secretAccessKey,
  SessionToken: session.sessionToken,
  Expiration: new Date(session.expiresAt),
})

function known(call: Call): Principal {
  if (call.caller.is === 'nobody') throw missingSignature()
  return call.caller.principal
}

/** A session policy may be 2,048 characters long. */
function sessionPolicy(input: Input): PolicyDocument | undefined {
  const text = optionalText(input, 'Policy')
  if (text === undefined) return undefined
  if (text.length > 2048)
    throw validationError(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048`,
    )
  return readPolicy(text, 'identity')
}

function roleSession(role: Role, sessionName: string, policy: PolicyDocument | undefined): Principal {
  return {
    is: 'role-session',
    arn: sessionArn(role.arn, sessionName),
    account: role.account,
    userId: `${role.id}:${sessionName}`,
    holder: role.arn,
    ...(policy === undefined ? {} : { sessionPolicy: policy }),
  }
}

function checkDuration(seconds: number, role: Role, chained: boolean): void {
  if (chained && seconds > CHAINED_SECONDS)
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  if (seconds > role.maxSessionSeconds)
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
}

const sessionNameOf = (input: Input): string => textMatching(input, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/)

const roleArnOf = (input: Input): string => {
  const arn = requiredText(input, 'RoleArn')
  if (arn.length < 20)
    throw validationError(
      `1 validation error detected: Value '${arn}' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20`,
    )
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(arn)) throw validationError(`${arn} is invalid`)
  return arn
}

/**
 * The trust policy must allow; where it only trusts the caller's account, or the role is another account's, the
 * caller's own policies must too. A role has to trust itself to be assumed from its own session.
 */
function mayAssume(directory: Directory, principal: Principal, role: Role, context: RequestContext): boolean {
  const access = { action: 'sts:AssumeRole', resource: role.arn, context }
  const trust = resourceOpinion(role.trust, awsCaller(principal), access)
  const own = identityOpinion(directory.policiesOf(principal), access)
  const session =
    principal.sessionPolicy === undefined ? 'allow' : identityOpinion([principal.sessionPolicy], access)
  if (trust.opinion !== 'allow' || own === 'deny' || session !== 'allow') return false
  return own === 'allow' || (trust.naming === 'itself' && role.account === principal.account)
}

function assumeRole(parts: StsParts, call: Call): Output {
  const principal = known(call)
  const roleArn = roleArnOf(call.input)
  const sessionName = sessionNameOf(call.input)
  const seconds =
    boundedNumber(call.input, 'DurationSeconds', LEAST_SECONDS, MOST_ROLE_SECONDS) ?? DEFAULT_SECONDS
  const externalId = optionalText(call.input, 'ExternalId')
  const policy = sessionPolicy(call.input)
  const role = parts.directory.role(roleArn)
  const context = requestContext({
    'sts:ExternalId': externalId,
    'sts:RoleSessionName': sessionName,
    'aws:PrincipalArn': principal.holder,
    'aws:PrincipalAccount': principal.account,
  })
  if (role === undefined || !mayAssume(parts.directory, principal, role, context))
    throw accessDenied(
      `User: ${principal.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    )
  checkDuration(seconds, role, principal.is === 'role-session')
  const assumed = roleSession(role, sessionName, policy)
  return {
    Credentials: credentials(parts.sessions.issue(assumed, seconds)),
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    ...(policy === undefined ? {} : { PackedPolicySize: 6 }),
  }
}

async function assumeRoleWithWebIdentity(parts: StsParts, call: Call): Promise<Output> {
  const roleArn = roleArnOf(call.input)
  const sessionName = sessionNameOf(call.input)
  const token = requiredText(call.input, 'WebIdentityToken')
  const seconds =
    boundedNumber(call.input, 'DurationSeconds', LEAST_SECONDS, MOST_ROLE_SECONDS) ?? DEFAULT_SECONDS
  const policy = sessionPolicy(call.input)
  const identity = await readWebIdentity(token, parts.oidcProviders(), parts.now())
  const role = parts.directory.role(roleArn)
  const issuer = identity.issuer.replace(/^https?:\/\//, '')
  const context = requestContext({
    [`${issuer}:sub`]: identity.subject,
    [`${issuer}:aud`]: identity.audience,
    'sts:RoleSessionName': sessionName,
  })
  const trust = resourceOpinion(
    role?.trust,
    { kind: 'Federated', names: [identity.provider.providerArn] },
    { action: 'sts:AssumeRoleWithWebIdentity', resource: roleArn, context },
  )
  if (role === undefined || trust.opinion !== 'allow')
    throw accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
  checkDuration(seconds, role, false)
  const assumed = roleSession(role, sessionName, policy)
  return {
    Credentials: credentials(parts.sessions.issue(assumed, seconds)),
    SubjectFromWebIdentityToken: identity.subject,
    AssumedRoleUser: { AssumedRoleId: assumed.userId, Arn: assumed.arn },
    Provider: identity.provider.providerArn,
    Audience: identity.audience,
  }
}

/** AWS takes what an MFA device shows once. `used` holds what was shown so far. */
function checkCode(input: Input, used: Set<string>): void {
  const serialNumber = optionalText(input, 'SerialNumber')
  const code = optionalText(input, 'TokenCode')
  if (serialNumber === undefined && code === undefined) return
  const shown = `${serialNumber ?? ''} ${code ?? ''}`
  const isGood = serialNumber !== undefined && /^\d{6}$/.test(code ?? '') && !used.has(shown)
  if (!isGood) throw accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code.')
  used.add(shown)
}

function getSessionToken(parts: StsParts, call: Call, usedCodes: Set<string>): Output {
  const principal = known(call)
  if (principal.is !== 'user') throw accessDenied('Cannot call GetSessionToken with session credentials')
  checkCode(call.input, usedCodes)
  const seconds =
    boundedNumber(call.input, 'DurationSeconds', LEAST_SECONDS, MOST_USER_SECONDS) ?? MOST_ROLE_SECONDS
  return { Credentials: credentials(parts.sessions.issue({ ...principal, is: 'user-session' }, seconds)) }
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
  return parts.sessions.issue(roleSession(role, sessionName, undefined), MOST_ROLE_SECONDS / 2)
}

export function stsOperations(parts: StsParts): Operations {
  const usedCodes = new Set<string>()
  return {
    AssumeRole: (call) => assumeRole(parts, call),
    AssumeRoleWithWebIdentity: (call) => assumeRoleWithWebIdentity(parts, call),
    GetSessionToken: (call) => getSessionToken(parts, call, usedCodes),
    GetCallerIdentity: (call) => {
      const principal = known(call)
      return { Arn: principal.arn, UserId: principal.userId, Account: principal.account }
    },
  }
}
