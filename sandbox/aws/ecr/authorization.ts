// This file is about GetAuthorizationToken, of both services.
import { partitionOf } from '../../partition.ts'
import type { Call, Output } from '../call.ts'
import { requireAccess } from '../iam/access.ts'
import type { Directory } from '../iam/directory.ts'
import type { Settings } from '../ledger.ts'
import { AwsError, invalidParameter } from '../protocol/aws-error.ts'
import { textList } from '../protocol/input.ts'
import type { MintedToken, Tokens } from './token.ts'

export interface AuthorizationParts {
  readonly directory: Directory
  readonly tokens: Tokens
  readonly settings: Settings
}

/** What one known fake answers whatever the token's life is. */
const IN_2015 = new Date('2015-01-01T00:00:00Z')

function expiry(settings: Settings, token: MintedToken): Output {
  switch (settings.toldExpiry) {
    case 'true':
      return { expiresAt: new Date(token.expiresAt) }
    case '2015':
      return { expiresAt: IN_2015 }
    case 'missing':
      return {}
  }
}

export function authorizePrivate(parts: AuthorizationParts, call: Call): Output {
  const ids = textList(call.input, 'registryIds')
  if (ids.some((id) => !/^[0-9]{12}$/.test(id)) || ids.length > 10)
    throw invalidParameter(
      "Invalid parameter at 'registryIds' failed to satisfy constraint: 'Member must satisfy regular expression pattern: [0-9]{12}'",
    )
  const principal = requireAccess(parts.directory, call, 'ecr:GetAuthorizationToken')
  const registries = ids.length > 0 ? ids : [principal.account]
  return {
    authorizationData: registries.map((id) => {
      const token = parts.tokens.mint(principal, 'ecr', call.region)
      return {
        authorizationToken: token.authorizationToken,
        ...expiry(parts.settings, token),
        proxyEndpoint: `https://${id}.dkr.ecr.${call.region}.${partitionOf(call.region).suffix}`,
      }
    }),
  }
}

/** Only us-east-1 answers, and `sts:GetServiceBearerToken` is needed too. */
export function authorizePublic(parts: AuthorizationParts, call: Call): Output {
  if (call.region !== 'us-east-1')
    throw new AwsError(
      'UnsupportedCommandException',
      400,
      'GetAuthorizationToken command is only supported in us-east-1.',
    )
  requireAccess(parts.directory, call, 'ecr-public:GetAuthorizationToken')
  const principal = requireAccess(parts.directory, call, 'sts:GetServiceBearerToken')
  const token = parts.tokens.mint(principal, 'ecr-public', call.region)
  return {
    authorizationData: { authorizationToken: token.authorizationToken, ...expiry(parts.settings, token) },
  }
}
