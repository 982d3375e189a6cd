// This file is about which foreign error is which fault, and in what words.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsError, type Asked } from '../../aws/error.ts'
import { KubeError, type StatusCause } from '../../kube/error.ts'
import type { FaultCode } from '../../model/fault.ts'
import type { RegistryAnswer } from '../../oci/registry.ts'
import { faultOfAws, faultOfKube, faultOfRegistry, refusesCredentials } from './faults.ts'

const ECR: Asked = { service: 'ecr', action: 'ecr:GetAuthorizationToken', region: 'us-west-1' }
const PUBLIC: Asked = {
  service: 'ecr-public',
  action: 'ecr-public:GetAuthorizationToken',
  region: 'us-east-1',
}
const ROLE: Asked = {
  service: 'sts',
  action: 'sts:AssumeRole',
  region: 'us-west-1',
  role: 'arn:aws:iam::1:role/r',
}
const WEB: Asked = { ...ROLE, action: 'sts:AssumeRoleWithWebIdentity' }
const OWN: Asked = { ...ECR, endpoint: 'https://user:pass@vpce.example/x' }

interface Row {
  readonly asked?: Asked
  readonly code: string
  readonly status?: number
  readonly detail?: string
  readonly fault: FaultCode
  readonly told: RegExp
}
const rows: readonly Row[] = [
  {
    code: 'AccessDeniedException',
    status: 400,
    fault: 'aws-denied',
    told: /^who may not call ecr:GetAuthorizationToken: allow it on resource "\*" in an IAM policy$/,
  },
  {
    code: 'AccessDeniedException',
    status: 400,
    detail: 'AWS says',
    fault: 'aws-denied',
    told: /policy: AWS says$/,
  },
  {
    asked: PUBLIC,
    code: 'AccessDeniedException',
    status: 400,
    fault: 'aws-denied',
    told: /ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken/,
  },
  {
    asked: ROLE,
    code: 'AccessDenied',
    status: 403,
    fault: 'aws-denied',
    told: /^role arn:aws:iam::1:role\/r may not be assumed: its trust policy/,
  },
  {
    asked: { ...ROLE, action: 'sts:GetSessionToken' },
    code: 'AccessDenied',
    status: 403,
    detail: 'AWS says',
    fault: 'aws-denied',
    told: /^who may not get a session token: .* never to a role or another session, and takes an MFA code once: AWS says$/,
  },
  {
    asked: WEB,
    code: 'AccessDenied',
    status: 403,
    fault: 'aws-denied',
    told: /issuer, subject and audience/,
  },
  {
    asked: WEB,
    code: 'InvalidIdentityTokenException',
    status: 400,
    fault: 'aws-unrecognised',
    told: /\(InvalidIdentityTokenException\)$/,
  },
  {
    code: 'UnrecognizedClientException',
    status: 400,
    fault: 'aws-unrecognised',
    told: /^ECR in us-west-1 does not recognise who/,
  },
  {
    asked: ROLE,
    code: 'InvalidClientTokenId',
    status: 403,
    fault: 'aws-unrecognised',
    told: /^STS in us-west-1 does not/,
  },
  {
    asked: ROLE,
    code: 'SignatureDoesNotMatch',
    status: 403,
    fault: 'aws-unrecognised',
    told: /check the key id/,
  },
  {
    code: 'ExpiredTokenException',
    status: 400,
    fault: 'aws-unrecognised',
    told: /who has expired .*: renew the credentials$/,
  },
  { code: 'ThrottlingException', status: 400, fault: 'aws-throttled', told: /limits our rate/ },
  { code: 'SomethingElse', status: 429, fault: 'aws-throttled', told: /limits our rate/ },
  { code: 'ServerException', status: 500, fault: 'aws-unavailable', told: /fails \(HTTP 500\)$/ },
  { code: 'MalformedAnswer', status: 502, fault: 'aws-unavailable', told: /fails \(HTTP 502\)$/ },
  { asked: WEB, code: 'IDPCommunicationErrorException', status: 400, fault: 'aws-unavailable', told: /^STS/ },
  {
    code: 'ECONNRESET',
    fault: 'aws-unavailable',
    told: /^ECR in us-west-1 cannot be reached \(ECONNRESET\)$/,
  },
  {
    code: 'ERR_PROXY_TUNNEL',
    fault: 'aws-unavailable',
    told: /^the proxy opens no tunnel to ECR in us-west-1/,
  },
  { code: 'ETIMEDOUT', fault: 'aws-unavailable', told: /does not answer in time$/ },
  { code: 'EAI_AGAIN', fault: 'aws-unavailable', told: /cannot be reached/ },
  { code: 'SELF_SIGNED_CERT_IN_CHAIN', fault: 'aws-unavailable', told: /NODE_EXTRA_CA_CERTS$/ },
  {
    code: 'ENOTFOUND',
    fault: 'aws-region',
    told: /^no ECR endpoint for region us-west-1: check the spelling$/,
  },
  {
    asked: { ...ECR, region: 'eu-central-1', fips: true },
    code: 'ENOTFOUND',
    fault: 'aws-region',
    told: /^no FIPS ECR endpoint for region eu-central-1: check the spelling, or leave fips out$/,
  },
  {
    asked: { ...ECR, fips: true, dualStack: true },
    code: 'ENOTFOUND',
    fault: 'aws-region',
    told: /^no FIPS dual-stack ECR endpoint for region us-west-1: check the spelling, or leave fips and dualStack out$/,
  },
  {
    asked: { ...ROLE, fips: true },
    code: 'ERR_PROXY_TUNNEL',
    fault: 'aws-unavailable',
    told: /spelling of the region, and whether AWS has a FIPS endpoint there$/,
  },
  { asked: ROLE, code: 'ENOTFOUND', fault: 'aws-region', told: /^no STS endpoint for region us-west-1/ },
  {
    asked: OWN,
    code: 'ENOTFOUND',
    fault: 'aws-unavailable',
    told: /^ECR at https:\/\/vpce\.example cannot be reached/,
  },
  { code: 'RegionMissing', fault: 'aws-region', told: /AWS_REGION/ },
  {
    asked: { ...ECR, region: 'us west' },
    code: 'RegionMalformed',
    fault: 'aws-region',
    told: /^"us west" is no region/,
  },
  {
    asked: ROLE,
    code: 'RegionDisabledException',
    status: 403,
    fault: 'aws-region',
    told: /not to be had in us-west-1/,
  },
  {
    asked: PUBLIC,
    code: 'UnsupportedCommandException',
    status: 400,
    fault: 'aws-region',
    told: /UnsupportedCommandException/,
  },
  { code: 'NoCredentials', fault: 'aws-no-credentials', told: /^who has no AWS credentials/ },
  {
    asked: ROLE,
    code: 'ValidationError',
    status: 400,
    detail: 'too long',
    fault: 'aws-rejected',
    told: /rejected sts:AssumeRole \(ValidationError, HTTP 400\): too long$/,
  },
  { code: 'MalformedAnswer', status: 200, fault: 'aws-unexpected', told: /gave no answer that AWS gives$/ },
  {
    code: 'MalformedAnswer',
    detail: 'unexpected token format',
    fault: 'aws-unexpected',
    told: /: unexpected token format$/,
  },
  { code: 'Teapot', status: 418, fault: 'aws-unexpected', told: /\(Teapot, HTTP 418\)$/ },
  { code: 'Unknown', fault: 'aws-unexpected', told: /nobody foresaw/ },
]
for (const { asked = ECR, fault, told, ...parts } of rows) {
  test(`${parts.code}${parts.status === undefined ? '' : ` with ${parts.status}`} from ${asked.action} is ${fault}`, () => {
    const found = faultOfAws(new AwsError({ asked, ...parts }), 'who')
    assert.equal(found.code, fault)
    assert.match(found.message, told)
    assert.doesNotMatch(found.message, /user:pass/)
  })
}

test('what AWS refuses for who we are makes kept sessions worthless; what it cannot do does not', () => {
  const refuses = (code: string): boolean =>
    refusesCredentials(new AwsError({ asked: ECR, code, status: 400 }))
  assert.ok(['ExpiredTokenException', 'UnrecognizedClientException', 'AccessDeniedException'].every(refuses))
  assert.ok(!['ThrottlingException', 'ServerException'].some(refuses))
})

const kube: readonly { status: number; reason: string; fault: FaultCode }[] = [
  { status: 403, reason: 'Forbidden', fault: 'kube-forbidden' },
  { status: 401, reason: 'Unauthorized', fault: 'kube-forbidden' },
  { status: 409, reason: 'Conflict', fault: 'kube-conflict' },
  { status: 409, reason: 'AlreadyExists', fault: 'kube-conflict' },
  { status: 422, reason: 'Invalid', fault: 'kube-rejected' },
  { status: 404, reason: 'NotFound', fault: 'kube-rejected' },
  { status: 429, reason: 'TooManyRequests', fault: 'kube-unavailable' },
  { status: 503, reason: 'ServiceUnavailable', fault: 'kube-unavailable' },
  { status: 0, reason: 'Unreachable', fault: 'kube-unavailable' },
  { status: 0, reason: 'Timeout', fault: 'kube-unavailable' },
  { status: 0, reason: 'NotLeader', fault: 'not-leading' },
  { status: 0, reason: 'BadCredential', fault: 'kube-forbidden' },
]
for (const { status, reason, fault } of kube) {
  test(`${reason} from the API server is ${fault}`, () => {
    const error = new KubeError({ status, reason, message: 'GET /api/v1/namespaces/a/secrets/b: words' })
    assert.deepEqual(faultOfKube(error, 'reading Secret a/b'), {
      is: 'fault',
      code: fault,
      message: 'reading Secret a/b: words',
    })
  })
}

const ADVICE = ' (apply the output of "everpull rbac")'
const refusals: readonly {
  says: string
  words: string
  told?: string
  causes?: StatusCause[]
  code: FaultCode
  advice: string
}[] = [
  {
    says: 'a role is missing',
    words:
      'secrets is forbidden: User "system:serviceaccount:a:everpull" cannot create resource "secrets" in API group "" in the namespace "a"',
    code: 'kube-forbidden',
    advice: ADVICE,
  },
  {
    says: 'a role to set owners is missing',
    words:
      "secrets is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>",
    code: 'kube-forbidden',
    advice: ADVICE,
  },
  {
    says: 'the definition of the owner is going away',
    words:
      'secrets "b" is forbidden: cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion external-secrets.io/v1 Kind ExternalSecret: no matches for kind "ExternalSecret" in version "external-secrets.io/v1"',
    code: 'kind-unknown',
    told: 'the API server does not know the kind of its owner now: the definition is going away, or has only just come',
    advice: '',
  },
  {
    says: 'a quota is used up',
    words:
      'secrets "b" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1',
    code: 'kube-forbidden',
    advice: '',
  },
  {
    says: 'a webhook says no',
    words: 'admission webhook "w.example.com" denied the request: no Secrets by hand',
    code: 'kube-forbidden',
    advice: '',
  },
  {
    says: 'the namespace is being deleted',
    words: 'secrets is forbidden: unable to create new content in namespace a because it is being terminated',
    causes: [{ reason: 'NamespaceTerminating', message: 'namespace a is being terminated' }],
    code: 'namespace-terminating',
    advice: '',
  },
]
for (const { says, words, told: meant = words, causes = [], code, advice } of refusals) {
  test(`a write that is refused because ${says} is ${code}${advice === '' ? '' : ', with what to do'}`, () => {
    const message = `POST /api/v1/namespaces/a/secrets: ${words}`
    const error = new KubeError({ status: 403, reason: 'Forbidden', message, causes })
    const told = faultOfKube(error, 'writing Secret a/b')
    assert.deepEqual([told.code, told.message], [code, `writing Secret a/b: ${meant}${advice}`])
  })
}

test('what the API server did not say is no fault', () => {
  assert.throws(() => faultOfKube(new RangeError('bug'), 'reading'), RangeError)
})

const registryRows: readonly { answer: RegistryAnswer; fault?: FaultCode; told?: RegExp }[] = [
  { answer: { is: 'answered', status: 200 } },
  { answer: { is: 'answered', status: 403 }, fault: 'aws-denied', told: /just obtained \(HTTP 403\)$/ },
  { answer: { is: 'answered', status: 400 }, fault: 'aws-denied', told: /\(HTTP 400\)$/ },
  { answer: { is: 'answered', status: 429 }, fault: 'aws-throttled', told: /limits our rate$/ },
  { answer: { is: 'answered', status: 502 }, fault: 'aws-unavailable', told: /fails \(HTTP 502\)$/ },
  { answer: { is: 'answered', status: 404 }, fault: 'aws-unexpected', told: /as no registry does/ },
  { answer: { is: 'unreached', code: 'Timeout' }, fault: 'aws-unavailable', told: /in time$/ },
  { answer: { is: 'unreached', code: 'MalformedAnswer' }, fault: 'aws-unexpected', told: /no token/ },
  {
    answer: { is: 'unreached', code: 'SELF_SIGNED_CERT_IN_CHAIN' },
    fault: 'aws-unavailable',
    told: /^the certificate of registry host is not trusted/,
  },
]
for (const { answer, fault, told } of registryRows) {
  test(`of a registry ${JSON.stringify(answer)} is ${fault ?? 'no fault'}`, () => {
    const found = faultOfRegistry('host', answer)
    assert.equal(found?.code, fault)
    if (told !== undefined) assert.match(found?.message ?? '', told)
  })
}
