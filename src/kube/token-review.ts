// This file is about whose a token is, in the API server's own judgement.
import type { SecretText } from '../base/secret-text.ts'
import type { KubeClient } from './client.ts'

export type TokenReviewed =
  | {
      readonly is: 'authenticated'
      readonly username: string
      /** Those of the audiences asked about that the token is for; none where the server does not tell them apart. */
      readonly audiences: readonly string[]
    }
  | { readonly is: 'refused'; readonly because: string }

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean
    readonly user?: { readonly username?: string }
    readonly audiences?: readonly string[]
    readonly error?: string
  }
}

/** A token for none of these audiences is refused. Throws `KubeError`; 403 without the right to create TokenReviews. */
export async function reviewToken(
  client: KubeClient,
  token: SecretText,
  audiences: readonly string[],
  signal?: AbortSignal,
): Promise<TokenReviewed> {
  const { status } = await client.request<TokenReview>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token: token.reveal(), audiences },
    },
    timeoutMs: 10_000,
    signal,
  })
  const username = status?.user?.username ?? ''
  if (status?.authenticated !== true || username === '') {
    return { is: 'refused', because: status?.error ?? 'it is not authenticated' }
  }
  return { is: 'authenticated', username, audiences: status.audiences ?? [] }
}
