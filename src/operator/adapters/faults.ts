// This file is about foreign errors: the one place where what AWS and Kubernetes throw becomes a fault, by code, never by text.
import type { Asked, AwsError } from '../../aws/error.ts'
import {
  isNamespaceTerminating,
  isOwnerKindUnknown,
  isRoleMissing,
  isTransient,
  KubeError,
} from '../../kube/error.ts'
import { type Fault, type FaultCode, fault } from '../../model/fault.ts'
import type { RegistryAnswer } from '../../oci/registry.ts'

const THROTTLED: ReadonlySet<string> = new Set([
  'EC2ThrottledException',
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'ThrottleException',
  'TooManyRequestsException',
])
const DENIED: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
])
const EXPIRED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
])
const UNRECOGNISED: ReadonlySet<string> = new Set([
  'AuthFailure',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])
const IDENTITY_TOKEN: ReadonlySet<string> = new Set([
  'IDPRejectedClaim',
  'IDPRejectedClaimException',
  'InvalidIdentityToken',
  'InvalidIdentityTokenException',
])
const BUSY: ReadonlySet<string> = new Set([
  'IDPCommunicationError',
  'IDPCommunicationErrorException',
  'InternalFailure',
  'ServerException',
  'ServiceUnavailable',
])
const REGION: ReadonlySet<string> = new Set([
  'OptInRequired',
  'RegionDisabledException',
  'UnsupportedCommandException',
])
const UNTRUSTED: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** The fault of a failed call to AWS. `who` reads as a subject: "role arn:…", "the access key in Secret a/b". */
export function faultOfAws(error: AwsError, who: string): Fault {
  const { asked, code, status } = error
  const here = placeOf(asked)
  const told = error.detail === undefined ? '' : `: ${error.detail}`
  if (code === 'RegionMissing') {
    return fault('aws-region', 'no region is given: name one in the spec, or set AWS_REGION for the operator')
  }
  if (code === 'RegionMalformed') {
    return fault(
      'aws-region',
      `${JSON.stringify(asked.region.slice(0, 64))} is no region: write it as in us-west-1`,
    )
  }
  if (code === 'NoCredentials') {
    const ways =
      'give it a role (IRSA, Pod Identity, instance profile) or keys, or name credentials in the spec'
    return fault('aws-no-credentials', `${who} has no AWS credentials: ${ways}`)
  }
  if (code === 'TokenFileUnreadable') {
    return fault(
      'aws-no-credentials',
      `the file AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file names cannot be read by ${who}`,
    )
  }
  if (DENIED.has(code)) return fault('aws-denied', `${denial(asked, who)}${told}`)
  if (THROTTLED.has(code) || status === 429)
    return fault('aws-throttled', `${here} limits our rate (${code})`)
  if (BUSY.has(code) || (status !== undefined && status >= 500)) return unavailable(asked, code, status)
  if (EXPIRED.has(code)) {
    return fault('aws-unrecognised', `${here} says that ${who} has expired (${code}): renew the credentials`)
  }
  if (UNRECOGNISED.has(code)) {
    const advice = 'check the key id and the secret key, that the key is active, and the clock'
    return fault('aws-unrecognised', `${here} does not recognise ${who} (${code}): ${advice}`)
  }
  if (IDENTITY_TOKEN.has(code)) return fault('aws-unrecognised', `${denial(asked, who)} (${code})`)
  if (REGION.has(code))
    return fault('aws-region', `${asked.action} is not to be had in ${asked.region} (${code})${told}`)
  if (code === 'MalformedAnswer')
    return fault('aws-unexpected', `${here} gave no answer that AWS gives${told}`)
  if (status === undefined) return code === 'Unknown' ? unexpected(error) : unreached(asked, code)
  return fault(
    status === 400 ? 'aws-rejected' : 'aws-unexpected',
    `${here} rejected ${asked.action} (${code}, HTTP ${status})${told}`,
  )
}

function denial(asked: Asked, who: string): string {
  switch (asked.action) {
    case 'ecr:GetAuthorizationToken':
      return `${who} may not call ecr:GetAuthorizationToken: allow it on resource "*" in an IAM policy`
    case 'ecr-public:GetAuthorizationToken':
      return `${who} may not get a token for ECR Public: allow ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken on resource "*"`
    case 'sts:AssumeRole':
      return `role ${asked.role} may not be assumed: its trust policy must admit the caller (and the external id it asks for), and the caller needs sts:AssumeRole on it`
    case 'sts:AssumeRoleWithWebIdentity':
      return `${asked.role === undefined ? `the role of ${who}` : `role ${asked.role}`} may not be assumed with a web identity: its trust policy must admit the token's issuer, subject and audience`
    case 'sts:GetSessionToken':
      return `${who} may not get a session token: AWS gives one to the long-lived keys of a user only, never to a role or another session, and takes an MFA code once`
    default:
      return `${who} may not call ${asked.action}`
  }
}

/** No answer at all. A name that does not exist is a region that does not exist, unless somebody set the endpoint. */
function unreached(asked: Asked, code: string): Fault {
  if (code === 'ENOTFOUND' && asked.endpoint === undefined) {
    const name = SERVICE_NAMES[asked.service]
    const { kind, settings } = endpointKind(asked)
    const advice = kind === '' ? 'check the spelling' : `check the spelling, or leave ${settings} out`
    return fault('aws-region', `no ${kind}${name} endpoint for region ${asked.region}: ${advice}`)
  }
  if (code === 'ERR_PROXY_TUNNEL') {
    const { kind } = endpointKind(asked)
    const existing = kind === '' ? '' : `, and whether AWS has a ${kind}endpoint there`
    const advice = `check the proxy's rules, and the spelling of the region${existing}`
    return fault('aws-unavailable', `the proxy opens no tunnel to ${placeOf(asked)}: ${advice}`)
  }
  if (UNTRUSTED.has(code)) {
    const advice = 'where a proxy opens TLS, give its certificate in NODE_EXTRA_CA_CERTS'
    return fault(
      'aws-unavailable',
      `the certificate of ${placeOf(asked)} is not trusted (${code}): ${advice}`,
    )
  }
  return unavailable(asked, code)
}

function unavailable(asked: Asked, code: string, status?: number): Fault {
  const because =
    status !== undefined
      ? `fails (HTTP ${status})`
      : code === 'ETIMEDOUT' || code === 'Timeout'
        ? 'does not answer in time'
        : `cannot be reached (${code})`
  return fault('aws-unavailable', `${placeOf(asked)} ${because}`)
}

/** What a registry said to a login that was just obtained; undefined where it took it. */
export function faultOfRegistry(host: string, answer: RegistryAnswer): Fault | undefined {
  if (answer.is === 'unreached') return unreachedRegistry(host, answer.code)
  const { status } = answer
  if (status === 200) return undefined
  if (status === 429) return fault('aws-throttled', `registry ${host} limits our rate`)
  if (status >= 500) return fault('aws-unavailable', `registry ${host} fails (HTTP ${status})`)
  if (status === 400 || status === 401 || status === 403)
    return fault('aws-denied', `registry ${host} refuses a login that was just obtained (HTTP ${status})`)
  return fault('aws-unexpected', `registry ${host} answers as no registry does (HTTP ${status})`)
}

function unreachedRegistry(host: string, code: string): Fault {
  if (UNTRUSTED.has(code))
    return fault('aws-unavailable', `the certificate of registry ${host} is not trusted (${code})`)
  if (code === 'MalformedAnswer')
    return fault('aws-unexpected', `registry ${host} gives no token for a login`)
  if (code === 'Timeout' || code === 'ETIMEDOUT')
    return fault('aws-unavailable', `registry ${host} does not answer in time`)
  return fault('aws-unavailable', `registry ${host} cannot be reached (${code})`)
}

const unexpected = (error: AwsError): Fault =>
  fault('aws-unexpected', `${error.asked.action} failed in a way nobody foresaw (${error.code})`)

/** Most regions have no FIPS endpoints, and not every service has dual-stack ones everywhere; the SDK names them all the same. */
function endpointKind({ fips, dualStack }: Asked): { readonly kind: string; readonly settings: string } {
  const kinds = [...(fips === true ? ['FIPS'] : []), ...(dualStack === true ? ['dual-stack'] : [])]
  const names = [...(fips === true ? ['fips'] : []), ...(dualStack === true ? ['dualStack'] : [])]
  return { kind: kinds.map((kind) => `${kind} `).join(''), settings: names.join(' and ') }
}

const SERVICE_NAMES = { ecr: 'ECR', 'ecr-public': 'ECR Public', sts: 'STS', credentials: 'STS' } as const

/** "ECR in us-west-1", "STS at http://127.0.0.1:4566". */
function placeOf(asked: Asked): string {
  const name = SERVICE_NAMES[asked.service]
  if (asked.endpoint !== undefined) return `${name} at ${originOf(asked.endpoint)}`
  return asked.service === 'ecr-public' || asked.region === '' ? name : `${name} in ${asked.region}`
}

/** Without user and password, which a URL may hold. */
const originOf = (url: string): string =>
  URL.canParse(url) ? new URL(url).origin : 'its configured endpoint'

/** Whether the right is missing, and nothing else. */
export const isDenied = (error: AwsError): boolean => DENIED.has(error.code)

/** Whether new credentials might help: then sessions that were kept are not worth keeping. */
export const refusesCredentials = (error: AwsError): boolean =>
  DENIED.has(error.code) || EXPIRED.has(error.code) || UNRECOGNISED.has(error.code)

/** The fault of a failed TokenRequest; `denied` is what a forbidden one comes to. */
export function faultOfTokenRequest(
  error: KubeError,
  account: { readonly namespace: string; readonly name: string },
  denied: Fault,
): Fault {
  if (error.status === 403) return denied
  const told = `service account ${account.namespace}/${account.name}: error creating service account token: ${wordsOf(error)}`
  return fault(error.status === 404 ? 'service-account-unusable' : 'credential-unreadable', told)
}

/** The fault of a failed request to the API server; `doing` reads as in "reading Secret a/b". Anything else is thrown on. */
export function faultOfKube(error: unknown, doing: string): Fault {
  if (!(error instanceof KubeError)) throw error
  return fault(codeOfKube(error), `${doing}: ${wordsOf(error)}`)
}

const OWNER_KIND_UNKNOWN =
  'the API server does not know the kind of its owner now: the definition is going away, or has only just come'

/** Without verb and path, which `doing` says better. */
function wordsOf(error: KubeError): string {
  if (isOwnerKindUnknown(error)) return OWNER_KIND_UNKNOWN
  const words = error.message.replace(/^[A-Z]+ \/\S*: /, '')
  return isRoleMissing(error) ? `${words} (apply the output of "everpull rbac")` : words
}

function codeOfKube(error: KubeError): FaultCode {
  if (error.is('NotLeader')) return 'not-leading'
  if (isNamespaceTerminating(error)) return 'namespace-terminating'
  if (isOwnerKindUnknown(error)) return 'kind-unknown'
  if (error.status === 401 || error.status === 403 || error.is('BadCredential')) return 'kube-forbidden'
  if (error.status === 409) return 'kube-conflict'
  return isTransient(error) ? 'kube-unavailable' : 'kube-rejected'
}
