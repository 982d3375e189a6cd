// This file is about minting: one call to AWS for what a scope asks for, and the login its answer makes.
import type { Aws, SignedCall } from '../../aws/connection.ts'
import type { SessionCredentials } from '../../aws/credentials.ts'
import { getAuthorizationToken } from '../../aws/ecr.ts'
import { getPublicAuthorizationToken } from '../../aws/ecr-public.ts'
import { getSessionToken } from '../../aws/sts.ts'
import type { AuthorizationToken } from '../../aws/token.ts'
import type { Clock, Instant } from '../../base/clock.ts'
import {
  DOCUMENTED_LIFE_MS,
  type Login,
  type RegistryLogin,
  type SessionLogin,
  type SessionScope,
  type TokenScope,
} from '../../model/login.ts'

/** Throws `AwsError`, as what it calls does. Counted from before the call, so that no login is thought younger than it is. */
export async function mint(
  aws: Aws,
  scope: TokenScope,
  by: Pick<SignedCall, 'credentials' | 'signal'>,
  clock: Clock,
): Promise<Login> {
  const mintedAt = clock.now()
  switch (scope.service) {
    case 'private':
      return registryLogin(await getAuthorizationToken(aws, { ...by, ...scope }), mintedAt, clock.now())
    case 'public':
      return registryLogin(await getPublicAuthorizationToken(aws, { ...by, ...scope }), mintedAt, clock.now())
    case 'session':
      return sessionLogin(await getSessionToken(aws, { ...by, ...scope }), scope, mintedAt, clock.now())
  }
}

export const registryLogin = (token: AuthorizationToken, mintedAt: Instant, now: Instant): RegistryLogin => ({
  is: 'registry',
  username: token.username,
  password: token.password,
  ...(token.proxyEndpoint === undefined ? {} : { proxyEndpoint: token.proxyEndpoint }),
  mintedAt,
  ...expiryOf(token.expiresAt, now, mintedAt + DOCUMENTED_LIFE_MS),
})

function sessionLogin(
  { accessKeyId, secretAccessKey, sessionToken, expiresAt }: SessionCredentials,
  { lifeSeconds }: SessionScope,
  mintedAt: Instant,
  now: Instant,
): SessionLogin {
  const asked = lifeSeconds === undefined ? DOCUMENTED_LIFE_MS : lifeSeconds * 1000
  const expiry = expiryOf(expiresAt, now, mintedAt + asked)
  return { is: 'session', accessKeyId, secretAccessKey, sessionToken, mintedAt, ...expiry }
}

/** An expiry that is missing or has passed is not believed (some emulators answer 2015). */
const expiryOf = (
  told: Instant | undefined,
  now: Instant,
  assumed: number,
): Pick<Login, 'expiresAt' | 'expiryAssumed'> =>
  told !== undefined && told > now
    ? { expiresAt: told, expiryAssumed: false }
    : { expiresAt: assumed as Instant, expiryAssumed: true }
