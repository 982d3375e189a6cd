// This file is about the engine's logins, had from AWS: who an identity is, and one login for it.
import type { Aws } from '../../aws/connection.ts'
import { defaultRegion, type Place, PUBLIC_REGION } from '../../aws/endpoints.ts'
import { AwsError } from '../../aws/error.ts'
import { type Caller, callerIdentity } from '../../aws/sts.ts'
import type { Clock } from '../../base/clock.ts'
import type { Identified, Logins, Minted } from '../../engine/ports.ts'
import { KubeError } from '../../kube/error.ts'
import { type Fault, FAULTS } from '../../model/fault.ts'
import { type Identity, identityText } from '../../model/identity.ts'
import type { TokenScope } from '../../model/login.ts'
import { credentialReader } from './credentials.ts'
import { faultOfAws, refusesCredentials, faultOfTokenRequest } from './faults.ts'
import { type IdentityPolicy, serviceAccountDenied } from './identity-policy.ts'
import { digestOf, type Material } from './material.ts'
import { mint } from './mint.ts'
import {
  type Chain,
  forget,
  type RoleChainParts,
  type ServiceAccountTokens,
  Refusal,
  walk,
} from './role-chain.ts'
import { type CredentialStore, secretReader } from './secret-reader.ts'
import { Sessions } from './sessions.ts'

export interface AwsLoginsParts {
  readonly aws: Aws
  readonly secrets: CredentialStore
  readonly tokens: ServiceAccountTokens
  readonly policy: IdentityPolicy
  readonly clock: Clock
  /** Told of every call made to AWS, the ones for roles on the way included. */
  readonly onCall?: (call: AwsCall) => void
}

export interface AwsCall {
  /** Who asks, fit for a label. */
  readonly identity: string
  /** The prefix of the IAM action it needs: "ecr", "ecr-public", "sts". */
  readonly service: string
  /** As AWS names it: "GetAuthorizationToken". */
  readonly operation: string
  /** "ok", or the reason of the fault. */
  readonly outcome: string
  readonly seconds: number
}

export interface AwsLogins extends Logins {
  /** Who that identity is to AWS. */
  whoIs(identity: Identity, region: string, signal: AbortSignal): Promise<Known | Fault>
}

export interface Known extends Caller {
  readonly is: 'known'
}

/** The answer to one question asked of AWS with an identity's credentials. */
type Ask<T> = (parts: RoleChainParts, chain: Chain) => Promise<T>

export function awsLogins(parts: AwsLoginsParts): AwsLogins {
  const { aws, clock, policy } = parts
  const { endpoints, environment } = aws.settings
  const reader = credentialReader({ secrets: secretReader(parts.secrets), policy, environment, clock })
  const sessions = new Sessions(clock)
  /** What an identity was last digested as, so that the login minted under a key is the one of that key. */
  const digested = new WeakMap<Identity, Material>()

  const ask = async <T>(
    identity: Identity,
    material: Material,
    place: Place,
    question: Ask<T>,
  ): Promise<T | Fault> => {
    const chain: Chain = { material, roles: identity.roles, place }
    const chains: RoleChainParts = { aws: observed(parts, identity), sessions, tokens: parts.tokens }
    try {
      return await question(chains, chain)
    } catch (error) {
      if (error instanceof AwsError && refusesCredentials(error)) await forget(chains, chain)
      return faultOfAsking(error, identity, policy)
    }
  }

  return {
    async identify(identity, signal): Promise<Identified | Fault> {
      const material = await reader.read(identity, signal)
      if (material.is === 'fault') return material
      digested.set(identity, material)
      return { is: 'identified', key: digestOf(material, identity.roles, endpoints) }
    },

    async mint(identity, scope, signal): Promise<Minted | Fault> {
      const material = digested.get(identity) ?? (await reader.read(identity, signal))
      if (material.is === 'fault') return material
      return ask(identity, material, placeOf(scope), async (chains, chain) => {
        const credentials = await walk(chains, chain, signal)
        return { is: 'minted', login: await mint(chains.aws, scope, { credentials, signal }, clock) }
      })
    },

    async whoIs(identity, askedRegion, signal): Promise<Known | Fault> {
      // Any region knows everybody, so not naming one is no reason to fail.
      const region = askedRegion || ((await defaultRegion(environment)) ?? PUBLIC_REGION)
      const material = await reader.read(identity, signal)
      if (material.is === 'fault') return material
      return ask(identity, material, { region }, async (chains, chain) => {
        const credentials = await walk(chains, chain, signal)
        return { is: 'known', ...(await callerIdentity(chains.aws, { credentials, region, signal })) }
      })
    },
  }
}

/** The same connections, with whoever wants to know told in whose name they are used. */
export function observed(
  { aws, clock, onCall }: Pick<AwsLoginsParts, 'aws' | 'clock' | 'onCall'>,
  identity: Identity,
): Aws {
  if (onCall === undefined) return aws
  const who = identityText(identity)
  return {
    ...aws,
    observe: ({ action }) => {
      const began = clock.monotonic()
      const [service = '', operation = ''] = action.split(':')
      return (failure) =>
        onCall({
          identity: who,
          service,
          operation,
          outcome: failure === undefined ? 'ok' : FAULTS[faultOfAws(failure, who).code].reason,
          seconds: (clock.monotonic() - began) / 1000,
        })
    },
  }
}

/** STS has no public side; its region matters little there, but there must be one. */
export const placeOf = (scope: TokenScope): Place => ({
  region: scope.service === 'public' && scope.region === '' ? PUBLIC_REGION : scope.region,
  ...(scope.service === 'session' ? {} : { fips: scope.fips === true, dualStack: scope.dualStack === true }),
})

/** Anything that is none of these is a bug, or an abort, and passes through. */
export function faultOfAsking(error: unknown, identity: Identity, policy: IdentityPolicy): Fault {
  if (error instanceof Refusal) return error.fault
  if (error instanceof AwsError) return faultOfAws(error, identityText(identity))
  const { source } = identity
  if (error instanceof KubeError && source.is === 'service-account') {
    return faultOfTokenRequest(error, source, serviceAccountDenied(policy, source))
  }
  throw error
}
