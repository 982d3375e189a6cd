// This file is about the least IAM policies for a connection: what each identity on the way must be allowed, and whom each role must trust.
import {
  actionsOf,
  arnParts,
  granting,
  mayAssume,
  type PolicyDocument,
  policyOf,
  type PolicyStatement,
  principalOf,
  type Repositories,
  trusting,
  trustingServiceAccount,
  usingRegistries,
} from '../model/iam-policy.ts'
import type { Identity } from '../model/identity.ts'
import type { Permission, ProbedRegistry } from '../model/probe.ts'
import { partitionIdOf } from '../model/registry.ts'

/** A connection: what a login or an integration says about it, and what only the cluster and AWS know. */
export interface Connection {
  readonly identity: Pick<Identity, 'source' | 'roles'>
  readonly registries: readonly Pick<ProbedRegistry, 'service' | 'region' | 'account'>[]
  readonly permissions: readonly Permission[]
  /** Whether it is to be tested too. */
  readonly probes: boolean
  /**
   * Who AWS says the identity begins as, its sessions too; for an access key and the operator's own. Absent: a
   * placeholder stands where it belongs.
   */
  readonly callerArn?: string | undefined
  /** Of the cluster's service account tokens, with scheme. Absent: a placeholder. */
  readonly issuer?: string | undefined
}

export interface LeastPolicy {
  /** Where it belongs: to a user or role, to a role as its trust, or to each repository of an account. */
  readonly kind: 'identity' | 'trust' | 'repository'
  /** The ARN of the user or role, or the account. */
  readonly of: string
  readonly policy: PolicyDocument
}

/** Stand where nobody has said what belongs there. */
export const PLACEHOLDERS = { caller: 'CALLER-ARN', issuer: 'https://ISSUER-OF-THE-CLUSTER' } as const

/** In the order of the chain: what each identity may, then whom each role trusts, then what other accounts grant. */
export function leastPolicies(connection: Connection): readonly LeastPolicy[] {
  const { identity } = connection
  const first = firstHolder(connection)
  const holders = [first, ...identity.roles.map(({ roleArn }) => roleArn)]
  const last = holders.at(-1) ?? first
  const may = identity.roles.map((role, at) => [holders[at] ?? first, mayAssume(role)] as const)
  const uses = usesOf(connection, last).map((statement) => [last, statement] as const)
  const trust = identity.roles.flatMap((role, at) =>
    trusting({ ...role, callerArn: holders[at] ?? first }).map((said) => [role.roleArn, said] as const),
  )
  return [
    ...documents('identity', [...may, ...uses]),
    ...documents('trust', [...webIdentityTrust(connection), ...trust]),
    ...documents('repository', grantsOf(connection, last)),
  ]
}

type Said = readonly [of: string, statement: PolicyStatement]

/** One document for each holder, as a role that takes itself has two reasons for one. */
function documents(kind: LeastPolicy['kind'], said: readonly Said[]): readonly LeastPolicy[] {
  const byHolder = Map.groupBy(said, ([of]) => of)
  return [...byHolder].map(([of, all]) => ({
    kind,
    of,
    policy: policyOf(...all.map(([, statement]) => statement)),
  }))
}

function firstHolder({ identity: { source }, callerArn }: Connection): string {
  if (source.is === 'service-account') return source.roleArn
  return callerArn === undefined ? PLACEHOLDERS.caller : principalOf(callerArn)
}

function webIdentityTrust({ identity: { source }, issuer }: Connection): readonly Said[] {
  if (source.is !== 'service-account') return []
  const { roleArn, namespace, name, audiences } = source
  const account = { issuer: issuer ?? PLACEHOLDERS.issuer, namespace, name, audiences }
  return [[roleArn, trustingServiceAccount(roleArn, account)]]
}

function usesOf(connection: Connection, holder: string): readonly PolicyStatement[] {
  const { registries, permissions, probes } = connection
  const use = { permissions, probes }
  const account = ownAccount(holder)
  const isPublic = registries.some(({ service }) => service === 'public')
  const isPrivate = !isPublic || registries.some(({ service }) => service === 'private')
  const repositories = privateRepositories(connection, account)
  const ofPublic: Repositories = { partition: 'aws', account }
  return [
    ...(isPrivate ? usingRegistries({ ...use, service: 'private', repositories }) : []),
    ...(isPublic ? usingRegistries({ ...use, service: 'public', repositories: [ofPublic] }) : []),
  ]
}

/** Where nobody knows it, any. */
const ownAccount = (holder: string): string => arnParts(holder).account || '*'

/** Behind an alias the account is unknown; whoever asks without naming one means its own. */
function privateRepositories(
  { registries }: Connection,
  own: string,
): readonly (Repositories & { readonly region: string })[] {
  const found = registries
    .filter(({ service }) => service === 'private')
    .map(({ account = own, region }) => ({ partition: partitionIdOf(region), account, region }))
  return [...new Map(found.map((one) => [`${one.account} ${one.region}`, one])).values()]
}

/** Repositories of another account are its own to open. */
function grantsOf(connection: Connection, holder: string): readonly Said[] {
  const own = ownAccount(holder)
  const foreign = new Set(privateRepositories(connection, own).map((one) => one.account))
  foreign.delete(own)
  const actions = actionsOf('private', connection.permissions)
  return actions.length === 0 ? [] : [...foreign].map((one) => [one, granting(holder, actions)])
}
