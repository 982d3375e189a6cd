// This file is about tokens of service accounts, asked for through the TokenRequest API.
import { SecretText } from '../base/secret-text.ts'
import type { KubeClient } from './client.ts'
import { KubeError } from './error.ts'
import { objectPath, SERVICE_ACCOUNTS } from './resource.ts'

/** The shortest life the API server grants; a token is used at once and then forgotten. */
const LIFE_S = 600

interface TokenRequest {
  readonly status?: { readonly token?: string }
}

export interface TokenAccount {
  readonly namespace: string
  readonly name: string
  /** The one meant: another of that name gets no token where the API server compares them (Kubernetes 1.34 and later). */
  readonly uid?: string
}

/**
 * A fresh token of the account for those audiences. Throws `KubeError`: 403 without the right, 404 without the account,
 * 409 where another has its name.
 */
export async function requestToken(
  client: KubeClient,
  account: TokenAccount,
  audiences: readonly string[],
  signal?: AbortSignal,
): Promise<SecretText> {
  const path = objectPath(SERVICE_ACCOUNTS, account, 'token')
  const { status } = await client.request<TokenRequest>({
    method: 'POST',
    path,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      ...(account.uid === undefined ? {} : { metadata: { uid: account.uid } }),
      spec: { audiences, expirationSeconds: LIFE_S },
    },
    signal,
  })
  if (status?.token === undefined) {
    throw new KubeError({
      status: 0,
      reason: 'Malformed',
      message: `POST ${path}: the answer holds no token`,
    })
  }
  return new SecretText(status.token)
}
