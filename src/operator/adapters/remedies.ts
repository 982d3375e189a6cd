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
  if (code === 'aws-region' || code === 'aws-unavailable') return ofNetwork(error)
  return BY_CODE.get(error.code)
}

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
  const caller = principalOf(callerArn)
  const trust = listed(trusting({ callerArn: caller, externalId, tags }))
  const own = policyText(mayAssume({ roleArn, tags }))
  const self = caller === roleArn ? '\nA role trusts itself only where it says so.' : ''
  return `Add to the trust policy of role ${roleArn}:\n${trust}\nand to an IAM policy of ${caller}:\n${own}${self}`
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

function ofIdentity({ asked, code }: AwsError, about: Circumstances): string | undefined {
  if (asked.action === 'sts:AssumeRoleWithWebIdentity') return ofWebIdentity(asked.role, about)
  if (UNKNOWN_KEY.has(code))
    return 'Check the access key id: AWS knows no such key, or it was deleted or switched off. Temporary keys need their session token beside them.'
  if (WRONG_SECRET.has(code))
    return 'Check the secret access key: it does not belong to the key id, or the clock here is wrong.'
  if (SKEWED.has(code)) return 'Set the clock: AWS takes no request that is more than five minutes off.'
  return code.startsWith('ExpiredToken')
    ? 'Renew the temporary keys: their session token has expired. A role or a long-lived key renews itself.'
    : undefined
}

const INTERFACES = { ecr: 'ecr.api', sts: 'sts', credentials: 'sts', 'ecr-public': undefined } as const

/** Where nothing answered. */
function ofNetwork({ asked, status, code }: AwsError): string | undefined {
  if (status !== undefined || code.startsWith('Region')) return undefined
  if (asked.endpoint !== undefined)
    return 'Check the endpoint that is configured, and that it can be reached from here.'
  const named = INTERFACES[asked.service]
  const vpc =
    named === undefined
      ? ''
      : `, or give the network an interface endpoint com.amazonaws.${asked.region}.${named} with private DNS`
  return `Check the region; let the operator out, by HTTPS_PROXY where there is a proxy${vpc}.`
}
