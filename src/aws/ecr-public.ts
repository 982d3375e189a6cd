// This file is about the one call made to ECR Public.
import { clientOptions, describe } from './client-options.ts'
import type { Aws, SignedCall } from './connection.ts'
import { PUBLIC_REGION } from './endpoints.ts'
import { asking } from './error.ts'
import { type AuthorizationToken, decodeToken } from './token.ts'

/** ecr-public:GetAuthorizationToken, always in the one region that answers it. Needs sts:GetServiceBearerToken too. */
export function getPublicAuthorizationToken(
  aws: Aws,
  call: Omit<SignedCall, 'region'>,
): Promise<AuthorizationToken> {
  const place = { ...call, region: PUBLIC_REGION }
  const asked = describe(aws, 'ecr-public', 'ecr-public:GetAuthorizationToken', place)
  return asking(aws, asked, call.signal, async () => {
    const { ECRPUBLICClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr-public')
    const client = new ECRPUBLICClient(await clientOptions(aws, asked, call.credentials))
    const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal: call.signal })
    return decodeToken(asked, answer.authorizationData ?? {})
  })
}
