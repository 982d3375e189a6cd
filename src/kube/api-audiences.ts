// This file is about what the API server takes tokens for: a token for one of these could be used against it.
import type { ClusterAccess } from './access.ts'
import type { KubeClient } from './client.ts'
import { KubeError } from './error.ts'

interface Discovery {
  readonly issuer?: unknown
}

/**
 * Gives the server's own audiences, as far as they can be known; asks once. The token mounted into a pod names them. Elsewhere
 * the server's issuer stands for them, which is what it takes tokens for unless it was told otherwise
 * (`--api-audiences`). Whoever may not read the issuer knows nothing.
 */
export function apiAudiences(
  access: Pick<ClusterAccess, 'credential' | 'inCluster'>,
  client: Pick<KubeClient, 'request'>,
): () => Promise<readonly string[]> {
  let known: Promise<readonly string[]> | undefined
  return () => {
    known ??= ask(access, client).catch((error: unknown) => {
      // The next who asks tries again.
      known = undefined
      if (error instanceof KubeError) return []
      throw error
    })
    return known
  }
}

async function ask(
  { credential, inCluster }: Pick<ClusterAccess, 'credential' | 'inCluster'>,
  client: Pick<KubeClient, 'request'>,
): Promise<readonly string[]> {
  const mounted = inCluster ? audiencesOf((await credential.current()).authorization ?? '') : []
  return mounted.length > 0 ? mounted : issuerOf(client)
}

async function issuerOf(client: Pick<KubeClient, 'request'>): Promise<readonly string[]> {
  try {
    const path = '/.well-known/openid-configuration'
    const { issuer } = await client.request<Discovery>({ method: 'GET', path })
    return typeof issuer === 'string' ? [issuer] : []
  } catch (error) {
    if (error instanceof KubeError && [401, 403, 404].includes(error.status)) return []
    throw error
  }
}

/** The `aud` of a bearer token; none where it is no JWT, or one of the kind that names none. */
export function audiencesOf(authorization: string): readonly string[] {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.')
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const aud = typeof claims === 'object' && claims !== null && 'aud' in claims ? claims.aud : []
    return [aud].flat().filter((each) => typeof each === 'string')
  } catch {
    return []
  }
}
