// This file is about one probe under way: what its steps share, and what each of them may run into.
import type { AwsCredentials } from '../../aws/credentials.ts'
import type { Place } from '../../aws/endpoints.ts'
import { AwsError } from '../../aws/error.ts'
import type { WebIdentity } from '../../model/iam-policy.ts'
import type { Probe } from '../../model/probe.ts'
import type { IdentityPolicy } from './identity-policy.ts'
import { faultOfAsking } from './logins.ts'
import type { Material } from './material.ts'
import { done, type Outcome, type ProbeLog, trouble } from './probe-log.ts'
import { type Circumstances, remedyOf } from './remedies.ts'
import { type RoleChainParts, walk } from './role-chain.ts'

export interface Probing {
  readonly probe: Probe
  /** Where STS is asked, save for the logins of other regions. */
  readonly place: Place
  readonly policy: IdentityPolicy
  readonly chains: RoleChainParts
  readonly log: ProbeLog
  readonly signal: AbortSignal
  /** Of the service account's token. */
  readonly issuer: () => string | undefined
}

/** Whom the chain begins with. */
export interface Base {
  readonly material: Material
  /** As AWS names it; undefined where it was not asked yet, or could not be. */
  readonly arn: string | undefined
}

/** What is asked, and after how many of the roles. */
export interface Asking {
  readonly depth: number
  readonly base: Base | undefined
  readonly about?: Pick<Circumstances, 'repositories' | 'action'>
}

/** What AWS and the cluster refuse becomes trouble; everything else, an abort too, passes through. */
export async function asking<T>(probing: Probing, asked: Asking, ask: () => Promise<T>): Promise<Outcome<T>> {
  const { probe, policy, signal } = probing
  try {
    return done(await ask())
  } catch (error) {
    signal.throwIfAborted()
    const identity = { ...probe.identity, roles: probe.identity.roles.slice(0, asked.depth) }
    const fault = { ...faultOfAsking(error, identity, policy), at: probe.at }
    const about = error instanceof AwsError ? circumstances(probing, asked, error) : undefined
    return error instanceof AwsError && about !== undefined
      ? trouble(fault, remedyOf(error, fault, about))
      : trouble(fault)
  }
}

/** The credentials after so many roles, had from that place. */
export const credentialsAt = (
  { chains, probe, signal }: Probing,
  { material }: Base,
  depth: number,
  place: Place,
): Promise<AwsCredentials> =>
  walk(chains, { material, roles: probe.identity.roles.slice(0, depth), place }, signal)

/** The role that failed is the last one taken, unless it was one on the way there from another region. */
function circumstances(probing: Probing, { depth, base, about }: Asking, error: AwsError): Circumstances {
  const { roles } = probing.probe.identity
  const isRole = error.asked.action === 'sts:AssumeRole'
  const last = roles[depth - 1]?.roleArn === error.asked.role ? depth - 1 : -1
  const at = isRole ? (last >= 0 ? last : roles.findIndex(({ roleArn }) => roleArn === error.asked.role)) : -1
  const role = roles[at]
  return {
    ...about,
    callerArn: callerAfter(probing, base, isRole ? at : depth),
    ...(role === undefined ? {} : { role }),
    webIdentity: webIdentityOf(probing),
  }
}

/** Who asks after so many of the roles. */
export function callerAfter({ probe }: Probing, base: Base | undefined, depth: number): string | undefined {
  const role = probe.identity.roles[depth - 1]
  if (role !== undefined) return role.roleArn
  const { source } = probe.identity
  return source.is === 'service-account' ? source.roleArn : base?.arn
}

function webIdentityOf({ probe, issuer }: Probing): WebIdentity | undefined {
  const { source } = probe.identity
  const issuedBy = issuer()
  if (source.is !== 'service-account' || issuedBy === undefined) return undefined
  const { namespace, name, audiences } = source
  return { issuer: issuedBy, namespace, name, audiences }
}
