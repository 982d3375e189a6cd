// This file is about the one call made to private ECR.
import { clientOptions, describe } from './client-options.ts'
import type { Aws, SignedCall } from './connection.ts'
import { AwsError, asking } from './error.ts'
import { type AuthorizationToken, decodeToken } from './token.ts'

/** ecr:GetAuthorizationToken: one token for every registry of the region that the caller may use. */
export function getAuthorizationToken(aws: Aws, call: SignedCall): Promise<AuthorizationToken> {
  const asked = describe(aws, 'ecr', 'ecr:GetAuthorizationToken', call)
  return asking(aws, asked, call.signal, async () => {
    const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr')
    const client = new ECRClient(await clientOptions(aws, asked, call.credentials))
    const answer = await client.send(new GetAuthorizationTokenCommand({}), { abortSignal: call.signal })
    const [token, ...more] = answer.authorizationData ?? []
    if (token === undefined || more.length > 0) {
      const found = answer.authorizationData?.length ?? 0
      const detail = `unexpected number of authorization tokens. expected 1, found ${found}`
      throw new AwsError({ asked, code: 'MalformedAnswer', detail })
    }
    return decodeToken(asked, token)
  })
}
