// This file is about remedies: for what AWS refused, exactly what to change there.
import type { AwsError } from '../../aws/error.ts'
import type { Fault } from '../../model/fault.ts'
import {
  allow,
  arnParts,
  granting,
  mayAssume,
  policyText,
  principalOf,
  type PolicyStatement,
  repositoriesArn,
  type Repositories,
  trusting,
  trustingServiceAccount,
  type WebIdentity,
} from '../../model/iam-policy.ts'
import type { RoleStep } from '../../model/identity.ts'

/** What was going on when AWS refused. */
export interface Circumstances {
  /** Who asked, as AWS names it. */
  readonly callerArn?: string | undefined
  /** The role that was to be assumed. */
  readonly role?: RoleStep
  /** The service account whose token was to be exchanged for a role. */
  readonly webIdentity?: WebIdentity | undefined
  /** Whose images were asked about. */
  readonly repositories?: Repositories
  /** What IAM calls the right to do it, where that is not the operation's own name. */
  readonly action?: string
}

/** Several lines where it is a policy; undefined where the fault's message has said it all. */
export function remedyOf(error: AwsError, fault: Fault, about: Circumstances): string | undefined {
  const { code } = fault
  if (code === 'aws-denied') return ofDenial(error, about)
  if (code === 'aws-unrecognised') return ofIdentity(error, about)
  if (code === 'aws-no-credentials') return NO_IDENTITY
  if (error.status === undefined && (code === 'aws-region' || code === 'aws-unavailable'))
    return ofNetwork(error)
  return BY_CODE.get(error.code)
}

const NO_IDENTITY =
  'Give it an AWS identity: a role for its service account (AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or Pod Identity), ' +
  'a role of the machine (instance profile), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN where ' +
  'the keys are temporary; or name an access key in the integration.'

const REGION_OFF =
  'Enable the region for the account (AWS Account Management, AWS Regions), or use one that is enabled.'

const BY_CODE: ReadonlyMap<string, string> = new Map([
  [
    'KmsException',
    'Let whoever asks use the KMS key that encrypts the repository: kms:Decrypt, in its key policy.',
  ],
  ['ImageArchivedException', 'Restore the archived image (UpdateImageStorageClass), and try again.'],
  [
    'RepositoryNotFoundException',
    'Check account and region of the registry: the repository is not in the one that its host name says.',
  ],
  ['OptInRequired', REGION_OFF],
  ['RegionDisabledException', REGION_OFF],
])

/** One after the other, as they stand in a document. */
const listed = (statements: readonly PolicyStatement[]): string => statements.map(policyText).join(',\n')

const holderText = (callerArn: string | undefined): string =>
  callerArn === undefined ? 'whoever asks' : principalOf(callerArn)

function ofDenial({ asked }: AwsError, about: Circumstances): string | undefined {
  switch (asked.action) {
    case 'sts:AssumeRole':
      return ofRole(about)
    case 'sts:AssumeRoleWithWebIdentity':
      return ofWebIdentity(asked.role, about)
    case 'sts:GetSessionToken':
      return undefined
    case 'ecr:GetAuthorizationToken':
      return grant(about, allow([asked.action]))
    case 'ecr-public:GetAuthorizationToken':
      return grant(about, allow([asked.action, 'sts:GetServiceBearerToken']))
    default:
      return ofAction(asked.action, about)
  }
}

const grant = ({ callerArn }: Circumstances, statement: PolicyStatement): string =>
  `Add to an IAM policy of ${holderText(callerArn)}:\n${policyText(statement)}`

function ofAction(operation: string, about: Circumstances): string {
  const { action = operation, repositories, callerArn } = about
  if (repositories === undefined) return grant(about, allow([action]))
  const granted = grant(about, allow([action], [repositoriesArn(repositories)]))
  if (callerArn === undefined || arnParts(callerArn).account === repositories.account) return granted
  const shared = policyText(granting(callerArn, [action]))
  return `${granted}\nand, as account ${repositories.account} owns them, to the policy of each repository there:\n${shared}`
}

function ofRole({ role, callerArn }: Circumstances): string | undefined {
  if (role === undefined || callerArn === undefined) return undefined
  const { roleArn, externalId, tags } = role
  const isSelf = isRoleItself(callerArn, roleArn)
  const caller = isSelf ? roleArn : principalOf(callerArn)
  const trust = listed(trusting({ callerArn: caller, externalId, tags }))
  const own = policyText(mayAssume({ roleArn, tags }))
  return [
    `Add to the trust policy of role ${roleArn}:\n${trust}\nand to an IAM policy of ${caller}:\n${own}`,
    ...(isSelf ? [SELF] : []),
    externalId === undefined ? NO_EXTERNAL_ID : EXTERNAL_ID,
    NO_SUCH_ROLE,
  ].join('\n')
}

const SELF =
  'Whoever asks is this role already: AWS lets no role assume itself unless both policies say so, even where it is the one that the integration names.'
const NO_EXTERNAL_ID =
  'If its trust policy asks for an external id (sts:ExternalId), the integration has to give it, and gives none.'
const EXTERNAL_ID = 'Its trust policy has to ask for exactly the external id that the integration gives.'
const NO_SUCH_ROLE = 'AWS says the same of a role that does not exist: check its name and account.'

/** A session tells neither path nor partition of its role's name, so these are left out of it. */
function isRoleItself(callerArn: string, roleArn: string): boolean {
  const caller = principalOf(callerArn)
  const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)
  const isRole = /:role\//.test(caller)
  return (
    isRole && arnParts(caller).account === arnParts(roleArn).account && nameOf(caller) === nameOf(roleArn)
  )
}

function ofWebIdentity(roleArn: string | undefined, { webIdentity }: Circumstances): string | undefined {
  if (roleArn === undefined || webIdentity === undefined) return undefined
  const statement = trustingServiceAccount(roleArn, webIdentity)
  const provider = `IAM has to know ${webIdentity.issuer} as an OpenID Connect provider of account ${arnParts(roleArn).account}.`
  return `Add to the trust policy of role ${roleArn}:\n${policyText(statement)}\n${provider}`
}

const SKEWED: ReadonlySet<string> = new Set(['RequestTimeTooSkewed', 'RequestExpired'])
const UNKNOWN_KEY: ReadonlySet<string> = new Set([
  'InvalidClientTokenId',
  'InvalidAccessKeyId',
  'UnrecognizedClientException',
])
const WRONG_SECRET: ReadonlySet<string> = new Set(['SignatureDoesNotMatch', 'InvalidSignatureException'])

const CLOCK = 'Set the clock of whoever asks: AWS takes no request that is more than five minutes off'
const SECRET =
  'check the secret access key, which does not belong to the key id: it may have been cut off, or be that of another key.'

function ofIdentity({ asked, code, clock }: AwsError, about: Circumstances): string | undefined {
  if (asked.action === 'sts:AssumeRoleWithWebIdentity') return ofWebIdentity(asked.role, about)
  if (UNKNOWN_KEY.has(code))
    return 'Check the access key id: AWS knows no such key, or it was deleted or switched off. Temporary keys need their session token beside them.'
  if (SKEWED.has(code)) return `${CLOCK}.`
  if (WRONG_SECRET.has(code) && clock !== undefined)
    return `${CLOCK}, and it is ${clock}. If it is refused all the same: ${SECRET}`
  if (WRONG_SECRET.has(code)) return `${SECRET[0]?.toUpperCase()}${SECRET.slice(1)}`
  return code.startsWith('ExpiredToken')
    ? 'Renew the temporary keys: their session token has expired. A role or a long-lived key renews itself.'
    : undefined
}

const INTERFACES = { ecr: 'ecr.api', sts: 'sts', credentials: 'sts', 'ecr-public': undefined } as const

/** Where nothing answered. */
function ofNetwork({ asked, code }: AwsError): string | undefined {
  if (code.startsWith('Region')) return undefined
  if (asked.endpoint !== undefined)
    return 'Check the endpoint that is configured, and that it can be reached from here.'
  const named = INTERFACES[asked.service]
  const vpc =
    named === undefined
      ? ''
      : `, or give the network an interface endpoint com.amazonaws.${asked.region}.${named} with private DNS`
  return code === 'ENOTFOUND'
    ? `Check the region: there is none called ${asked.region}, or it is without ECR. If it is right, the network cannot resolve AWS's names: let the operator out, by HTTPS_PROXY where there is a proxy${vpc}.`
    : `Let the operator out, by HTTPS_PROXY where there is a proxy${vpc}. Check the region too.`
}
