// This file is about credentials a machine or pod is handed: EC2's metadata service (version 2) and EKS Pod Identity.
import { randomBytes } from 'node:crypto'
import type { Ledger } from './ledger.ts'
import { AwsError } from './protocol/aws-error.ts'
import { type Answer, jsonAnswer } from './protocol/exchange.ts'
import type { SignedRequest } from './signature.ts'
import type { SessionCredentials } from './sts/session.ts'
import { assumeAsService, type StsParts } from './sts/assume-role.ts'
import { readWebIdentity } from './sts/web-identity.ts'

const POD_AUDIENCE = 'pods.eks.amazonaws.com'
const INSTANCE = 'i-0123456789abcdef0'
const INSTANCE_REGION = 'us-east-1'

const text = (body: string, status = 200): Answer => ({ status, contentType: 'text/plain', body })
const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

function instanceCredentials(session: SessionCredentials, now: number): Answer {
  return jsonAnswer({
    Code: 'Success',
    LastUpdated: iso(now),
    Type: 'AWS-HMAC',
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: iso(session.expiresAt),
  })
}

const CREDENTIALS = '/latest/meta-data/iam/security-credentials/'

/** Metadata is told only to those who bring a token that PUT /latest/api/token gave them. */
function metadataService(ledger: Ledger, sts: StsParts): (request: SignedRequest) => Answer {
  const tokens = new Set<string>()
  return (request) => {
    if (request.path === '/latest/api/token') {
      if (request.method !== 'PUT') return text('', 405)
      const token = randomBytes(42).toString('base64url')
      tokens.add(token)
      return { ...text(token), headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '21600' } }
    }
    if (!tokens.has(request.headers['x-aws-ec2-metadata-token'] ?? '')) return text('', 401)
    const role = ledger.book.instanceRole
    const name = role.split('/').at(-1) ?? ''
    if (request.path === '/latest/meta-data/placement/region') return text(INSTANCE_REGION)
    if (role === '') return text('', 404)
    if (request.path === CREDENTIALS) return text(name)
    if (request.path !== CREDENTIALS + name) return text('', 404)
    return instanceCredentials(assumeAsService(sts, role, 'ec2.amazonaws.com', INSTANCE), sts.now())
  }
}

async function podIdentity(ledger: Ledger, sts: StsParts, request: SignedRequest): Promise<Answer> {
  const token = request.headers['authorization']
  if (token === undefined) return text('Service account token cannot be empty', 400)
  const identity = await readWebIdentity(token, sts.oidcProviders(), sts.now(), [POD_AUDIENCE])
  const [, , namespace, serviceAccount] = identity.subject.split(':')
  const association = ledger.book.associations.find(
    (a) => a.namespace === namespace && a.serviceAccount === serviceAccount,
  )
  if (association === undefined)
    throw new AwsError('ResourceNotFoundException', 404, 'No association found for the service account')
  const sessionName = `eks-sandbox-${serviceAccount}`.slice(0, 64)
  const session = assumeAsService(sts, association.roleArn, POD_AUDIENCE, sessionName)
  return jsonAnswer({
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    AccountId: association.roleArn.split(':')[4],
    Expiration: iso(session.expiresAt),
  })
}

/** Answers `/latest/…` (AWS_EC2_METADATA_SERVICE_ENDPOINT) and `/v1/credentials` (AWS_CONTAINER_CREDENTIALS_FULL_URI). */
export function credentialEndpoints(
  ledger: Ledger,
  sts: StsParts,
): (request: SignedRequest) => Promise<Answer | undefined> {
  const metadata = metadataService(ledger, sts)
  return async (request) => {
    try {
      if (request.path.startsWith('/latest/')) return metadata(request)
      if (request.path === '/v1/credentials') return await podIdentity(ledger, sts, request)
      return undefined
    } catch (error) {
      if (error instanceof AwsError)
        return jsonAnswer({ code: error.code, message: error.message }, error.inQuery.status)
      throw error
    }
  }
}
