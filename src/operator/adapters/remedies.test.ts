// This file is about which trouble has which remedy; that the policies heal is held against the emulator.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, AwsError, type ClockOff } from '../../aws/error.ts'
import { faultOfAws } from './faults.ts'
import { type Circumstances, remedyOf } from './remedies.ts'

const ECR: Asked = { service: 'ecr', action: 'ecr:BatchGetImage', region: 'us-west-1' }
const STS: Asked = { service: 'sts', action: 'sts:GetCallerIdentity', region: 'us-west-1' }
const ROLE = 'arn:aws:iam::123456789012:role/teams/ecr-read'
const SESSION = 'arn:aws:sts::123456789012:assumed-role/ecr-read/i-1'
const ASSUMING: Asked = { ...STS, action: 'sts:AssumeRole', role: ROLE }
const USER = 'arn:aws:iam::123456789012:user/bot'

interface Row {
  readonly says: string
  readonly asked?: Asked
  readonly code: string
  readonly status?: number
  readonly clock?: ClockOff
  readonly about?: Circumstances
  /** Absent: none. */
  readonly remedy?: RegExp
}
const rows: readonly Row[] = [
  {
    says: 'a denied action has the statement that allows it',
    code: 'AccessDeniedException',
    status: 400,
    about: {
      callerArn: USER,
      repositories: { partition: 'aws', account: '123456789012', region: 'us-west-1' },
    },
    remedy:
      /^Add to an IAM policy of arn:aws:iam::123456789012:user\/bot:\n\{\n {2}"Effect": "Allow",\n {2}"Action": "ecr:BatchGetImage",\n {2}"Resource": "arn:aws:ecr:us-west-1:123456789012:repository\/\*"\n\}$/,
  },
  {
    says: 'an operation that another action allows names that one',
    asked: { ...ECR, action: 'ecr:ListImageReferrers' },
    code: 'AccessDeniedException',
    status: 400,
    about: { action: 'ecr:BatchGetImage' },
    remedy: /^Add to an IAM policy of whoever asks:\n.*"ecr:BatchGetImage"/s,
  },
  {
    says: 'a login of ECR Public takes two actions',
    asked: { service: 'ecr-public', action: 'ecr-public:GetAuthorizationToken', region: 'us-east-1' },
    code: 'AccessDeniedException',
    status: 400,
    remedy: /"ecr-public:GetAuthorizationToken",\n {4}"sts:GetServiceBearerToken"/,
  },
  {
    says: 'a session names its role',
    asked: { ...ECR, action: 'ecr:GetAuthorizationToken' },
    code: 'AccessDeniedException',
    status: 400,
    about: { callerArn: 'arn:aws-cn:sts::123456789012:assumed-role/node/i-1' },
    remedy: /^Add to an IAM policy of arn:aws-cn:iam::123456789012:role\/node:/,
  },
  {
    says: 'no role is named where none is known',
    asked: { ...STS, action: 'sts:AssumeRole', role: 'arn:aws:iam::123456789012:role/r' },
    code: 'AccessDenied',
    status: 403,
  },
  {
    says: 'an unknown key id',
    asked: STS,
    code: 'InvalidClientTokenId',
    status: 403,
    remedy: /access key id/,
  },
  {
    says: 'a wrong secret',
    asked: STS,
    code: 'SignatureDoesNotMatch',
    status: 403,
    remedy: /^Check the secret access key, which does not belong to the key id/,
  },
  {
    says: 'a clock that is off',
    asked: STS,
    code: 'RequestTimeTooSkewed',
    status: 403,
    remedy: /^Set the clock/,
  },
  {
    says: 'a request that has expired on its way',
    asked: STS,
    code: 'RequestExpired',
    status: 400,
    remedy: /^Set the clock/,
  },
  {
    says: 'a signature that is not taken while the clock is off',
    asked: ECR,
    code: 'InvalidSignatureException',
    status: 403,
    clock: 'behind',
    remedy: /^Set the clock .* five minutes off, and it is behind\. If .*: check the secret access key/,
  },
  {
    says: 'nobody to ask as',
    asked: { ...STS, service: 'credentials' },
    code: 'NoCredentials',
    remedy: /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN/,
  },
  {
    says: 'a region that the account has not enabled',
    code: 'OptInRequired',
    status: 403,
    remedy: /^Enable the region/,
  },
  {
    says: 'a role that cannot be assumed: its policies, its external id, and that it may not exist',
    asked: ASSUMING,
    code: 'AccessDenied',
    status: 403,
    about: { callerArn: USER, role: { roleArn: ROLE } },
    remedy: new RegExp(
      `^Add to the trust policy of role ${ROLE}:\n.*"AWS": "${USER}".*\nand to an IAM policy of ${USER}:\n.*"Resource": "${ROLE}".*` +
        'asks for an external id.*and gives none\\.\nAWS says the same of a role that does not exist: check its name and account\\.$',
      's',
    ),
  },
  {
    says: 'an external id that is not the one agreed on',
    asked: ASSUMING,
    code: 'AccessDenied',
    status: 403,
    about: { callerArn: USER, role: { roleArn: ROLE, externalId: 'agreed' } },
    remedy: /"sts:ExternalId": "agreed".*has to ask for exactly the external id that the integration gives/s,
  },
  {
    says: 'a role that would assume itself, by its session, which does not tell its path',
    asked: ASSUMING,
    code: 'AccessDenied',
    status: 403,
    about: { callerArn: SESSION, role: { roleArn: ROLE } },
    remedy: new RegExp(
      `"AWS": "${ROLE}".*and to an IAM policy of ${ROLE}:.*no role assume itself unless both policies say so`,
      's',
    ),
  },
  {
    says: 'keys that expired',
    asked: STS,
    code: 'ExpiredToken',
    status: 403,
    remedy: /^Renew the temporary keys/,
  },
  {
    says: 'a name that does not exist',
    code: 'ENOTFOUND',
    remedy:
      /^Check the region: there is none called us-west-1, or it is without ECR\. .* interface endpoint com\.amazonaws\.us-west-1\.ecr\.api with private DNS\.$/,
  },
  {
    says: 'a configured endpoint that is away',
    asked: { ...ECR, endpoint: 'https://vpce.example' },
    code: 'ECONNREFUSED',
    remedy: /^Check the endpoint that is configured/,
  },
  { says: 'AWS failing is nothing to mend', code: 'ServerException', status: 500 },
  { says: 'a region without a name', code: 'RegionMissing' },
  { says: 'a key of KMS', code: 'KmsException', status: 400, remedy: /kms:Decrypt/ },
  {
    says: 'a repository that is elsewhere',
    code: 'RepositoryNotFoundException',
    status: 400,
    remedy: /^Check account and region of the registry/,
  },
]
for (const { says, asked = ECR, code, status, clock, about = {}, remedy } of rows) {
  test(`of remedies: ${says}`, () => {
    const error = new AwsError({
      asked,
      code,
      ...(status === undefined ? {} : { status }),
      ...(clock === undefined ? {} : { clock }),
    })
    const told = remedyOf(error, faultOfAws(error, 'who'), about)
    if (remedy === undefined) assert.equal(told, undefined)
    else assert.match(told ?? '', remedy)
  })
}
