// This file is about IAM policies: their statements, and the ones that a chain of identities and a registry need.
import { PROBE_ACTIONS, REPOSITORY_ACTIONS, TOKEN_ACTIONS } from './ecr-actions.ts'
import type { Permission } from './probe.ts'
import type { PartitionId } from './registry.ts'

export interface PolicyStatement {
  readonly Effect: 'Allow'
  readonly Principal?: { readonly AWS: string | readonly string[] } | { readonly Federated: string }
  readonly Action: string | readonly string[]
  /** Absent in trust policies, whose resource is the role they belong to. */
  readonly Resource?: string | readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly PolicyStatement[]
}

export const policyOf = (...statements: readonly PolicyStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})

/** As it stands in a document, indented. */
export const policyText = (policy: PolicyDocument | PolicyStatement): string =>
  JSON.stringify(policy, undefined, 2)

const oneOrAll = (texts: readonly string[]): string | readonly string[] =>
  texts.length === 1 ? (texts[0] ?? '') : texts

export const allow = (actions: readonly string[], resources: readonly string[] = ['*']): PolicyStatement => ({
  Effect: 'Allow',
  Action: oneOrAll(actions),
  Resource: oneOrAll(resources),
})

/** As the policy of a repository says it, for whoever is named. */
export const granting = (callerArn: string, actions: readonly string[]): PolicyStatement => ({
  Effect: 'Allow',
  Principal: { AWS: principalOf(callerArn) },
  Action: oneOrAll(actions),
})

/** Who may take a role, as its trust policy says it. */
export interface RoleCaller {
  /** Of a user or a role, the role itself included. */
  readonly callerArn: string
  readonly externalId?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** A role that has to be taken, as the identity policy of its caller says it. */
export interface RoleTaken {
  readonly roleArn: string
  readonly tags?: Readonly<Record<string, string>> | undefined
}

const isTagged = (tags: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(tags ?? {}).length > 0

/** For the caller's identity policy. */
export const mayAssume = ({ roleArn, tags }: RoleTaken): PolicyStatement =>
  allow(['sts:AssumeRole', ...(isTagged(tags) ? ['sts:TagSession'] : [])], [roleArn])

/** For the role's trust policy. Tags have a statement of their own, as the external id is a condition of assuming alone. */
export function trusting({ callerArn, externalId, tags }: RoleCaller): readonly PolicyStatement[] {
  const Principal = { AWS: callerArn }
  const condition =
    externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }
  const assuming = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...condition } as const
  if (!isTagged(tags)) return [assuming]
  const asked = Object.entries(tags ?? {}).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const)
  const Condition = { StringEquals: Object.fromEntries(asked) }
  return [assuming, { Effect: 'Allow', Principal, Action: 'sts:TagSession', Condition }]
}

/** A service account whose tokens are exchanged for a role. */
export interface WebIdentity {
  /** Of the tokens, with scheme: the cluster's issuer. */
  readonly issuer: string
  readonly namespace: string
  readonly name: string
  readonly audiences: readonly string[]
}

/** For the role's trust policy; IAM has to know the issuer as a provider of that account. */
export function trustingServiceAccount(
  roleArn: string,
  { issuer, namespace, name, audiences }: WebIdentity,
): PolicyStatement {
  const { partition, account } = arnParts(roleArn)
  const host = issuer.replace(/^https?:\/\//, '')
  return {
    Effect: 'Allow',
    Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${host}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${host}:aud`]: oneOrAll(audiences),
        [`${host}:sub`]: `system:serviceaccount:${namespace}:${name}`,
      },
    },
  }
}

/** Every repository of one account in one region; of ECR Public where there is no region. */
export interface Repositories {
  readonly partition: PartitionId
  readonly account: string
  readonly region?: string
}

export const repositoriesArn = ({ partition, account, region }: Repositories): string =>
  region === undefined
    ? `arn:${partition}:ecr-public::${account}:repository/*`
    : `arn:${partition}:ecr:${region}:${account}:repository/*`

/** Of one repository of a region. */
export const repositoryArn = (where: Repositories, name: string): string =>
  repositoriesArn(where).replace(/\*$/, name)

/** What using registries takes, beside getting there. */
export interface RegistryUse {
  readonly service: 'private' | 'public'
  readonly permissions: readonly Permission[]
  /** Whether the connection is tested too. */
  readonly probes: boolean
  readonly repositories: readonly Repositories[]
}

/** What the permissions mean on a repository. */
export const actionsOf = (
  service: RegistryUse['service'],
  permissions: readonly Permission[],
): readonly string[] => [
  ...new Set(permissions.flatMap((one): readonly string[] => REPOSITORY_ACTIONS[service][one])),
]

/** For the identity policy of whoever asks ECR. */
export function usingRegistries(use: RegistryUse): readonly PolicyStatement[] {
  const { service, permissions, probes, repositories } = use
  const probed: readonly string[] = probes && service === 'private' ? PROBE_ACTIONS : []
  const actions = [...new Set([...actionsOf(service, permissions), ...probed])].toSorted()
  const token = allow(TOKEN_ACTIONS[service])
  return actions.length === 0 || repositories.length === 0
    ? [token]
    : [token, allow(actions, repositories.map(repositoriesArn))]
}

/** Of an ARN or something that looks like one; empty where it has no such part. */
export function arnParts(arn: string): { readonly partition: string; readonly account: string } {
  const [, partition = '', , , account = ''] = arn.split(':')
  return { partition, account }
}

/** Policies name roles, not their sessions. A session does not tell the path of its role. */
export function principalOf(callerArn: string): string {
  const session = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(callerArn)
  if (session === null) return callerArn
  const [, partition, account, role] = session
  return `arn:${partition}:iam::${account}:role/${role}`
}
