// This file is about the demo's roles: who may become whom, in two accounts, and what each may then do.
import type { SandboxAws } from './aws.ts'
import type { PolicyDocument, Statement } from './iam/policy-document.ts'
import type { OidcProvider } from './options.ts'

export const DEMO_ACCOUNT = '123456789012'
export const OTHER_ACCOUNT = '210987654321'
/** In the other account, readable from the demo account through its policy. */
export const SHARED_REPOSITORY = 'shared/base'
/** In the other account, for that account's roles only. */
export const PARTNER_REPOSITORY = 'apps/partner'

export const policy = (...statements: Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})
export const allow = (resource: string, ...actions: string[]): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
})

export const PULL = [
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchCheckLayerAvailability',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:DescribeRepositories',
  'ecr:DescribeImageScanFindings',
]
const PUSH = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage']
export const PUBLIC_LOGIN = allow('*', 'ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken')
const LOGIN = allow('*', 'ecr:GetAuthorizationToken')

/** All repositories of the account, whatever the region and so whatever the partition. */
const everything = (account: string): string => `arn:aws*:ecr:*:${account}:repository/*`
const shared = allow(`arn:aws*:ecr:*:${OTHER_ACCOUNT}:repository/${SHARED_REPOSITORY}`, ...PULL)
/** Another account's roles need the caller's own policies to agree. */
const TO_PARTNER = allow(`arn:aws:iam::${OTHER_ACCOUNT}:role/*`, 'sts:AssumeRole')

const pulling = (account: string): Statement[] => [
  LOGIN,
  allow(everything(account), ...PULL),
  shared,
  PUBLIC_LOGIN,
]
const pullPolicy = (account: string): PolicyDocument => policy(...pulling(account))
const pushPolicy = (account: string): PolicyDocument =>
  policy(...pulling(account), allow(everything(account), ...PUSH))
/** Pulls, and may go on to the other account's roles. */
export const chainingPolicy = (account: string): PolicyDocument => policy(...pulling(account), TO_PARTNER)

export interface DemoRole {
  readonly roleArn: string
}
export interface DemoRoleWithId extends DemoRole {
  readonly externalId: string
}

export interface DemoRoles {
  /** Pulls. Trusts the bot, the puller, the pusher and, as few roles do, itself. Sessions of an hour at most. */
  readonly reader: DemoRole
  /** Pulls and pushes. Trusts the bot, the puller and the reader. Sessions of an hour at most. */
  readonly pusher: DemoRole
  /** Pulls and pushes; only for service accounts named `builder`, of any namespace. Needs a provider. */
  readonly builder: DemoRole
  /** Pulls; to be assumed with a session tag `team` only, by the bot or the puller. */
  readonly tagged: DemoRole & { readonly tag: { readonly key: string; readonly value: string } }
  /** In the other account: pull there. Trust the demo account, with this external id and no other. */
  readonly partnerReader: DemoRoleWithId
  /** The same, and push. */
  readonly partnerPusher: DemoRoleWithId
  /** The reader's namesake in GovCloud's partition; trusts that partition's bot, and the bot of ours. */
  readonly govReader: DemoRole
}

export interface RoleSeed {
  readonly account: string
  /** ARNs. */
  readonly bot: string
  readonly puller: string
  readonly govBot: string
  /** The cluster whose service accounts may take the builder's role. */
  readonly oidcProvider?: Pick<OidcProvider, 'issuer' | 'providerArn' | 'audiences'> | undefined
}

const trusting = (...principals: readonly string[]): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: principals },
  Action: 'sts:AssumeRole',
})

export const trustingServices: Statement = {
  Effect: 'Allow',
  Principal: { Service: ['pods.eks.amazonaws.com', 'ec2.amazonaws.com'] },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
}

/** Service accounts whose `sub` is like one of the patterns. */
export function trustingAccounts(
  provider: Pick<OidcProvider, 'issuer' | 'providerArn' | 'audiences'>,
  subjects: readonly string[],
): Statement {
  const issuer = provider.issuer.replace(/^https?:\/\//, '')
  return {
    Effect: 'Allow',
    Principal: { Federated: provider.providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${issuer}:aud`]: [...provider.audiences] },
      StringLike: { [`${issuer}:sub`]: [...subjects] },
    },
  }
}

const withExternalId = (externalId: string, account: string): Statement => ({
  ...trusting(`arn:aws:iam::${account}:root`),
  Condition: { StringEquals: { 'sts:ExternalId': externalId } },
})

const TAG = { key: 'team', value: 'payments' } as const

const withTag = (...principals: readonly string[]): Statement => ({
  ...trusting(...principals),
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Condition: { StringEquals: { [`aws:RequestTag/${TAG.key}`]: TAG.value } },
})

type Wanted = Omit<Parameters<SandboxAws['iam']['createRole']>[0], 'policies'> & {
  readonly may: PolicyDocument
}

/** What is there stays as it is, edited or not. */
function seedRole(aws: SandboxAws, { may, ...role }: Wanted): DemoRole {
  const known = aws.iam.roleNamed(role.account, role.name, role.partition)
  return { roleArn: (known ?? aws.iam.createRole({ ...role, policies: { ecr: may } })).arn }
}

export function seedRoles(aws: SandboxAws, seed: RoleSeed): DemoRoles {
  const { account, bot, puller, govBot, oidcProvider } = seed
  const reader = `arn:aws:iam::${account}:role/ecr-reader`
  const pusher = `arn:aws:iam::${account}:role/ecr-pusher`
  const externalId = 'everpull-partner'
  const pull = pullPolicy(account)
  const push = pushPolicy(account)
  const builders =
    oidcProvider === undefined ? [] : [trustingAccounts(oidcProvider, ['system:serviceaccount:*:builder'])]
  const partner = { account: OTHER_ACCOUNT, trust: policy(withExternalId(externalId, account)) }
  return {
    reader: seedRole(aws, {
      account,
      name: 'ecr-reader',
      trust: policy(trusting(bot, puller, pusher, reader)),
      may: chainingPolicy(account),
    }),
    pusher: seedRole(aws, {
      account,
      name: 'ecr-pusher',
      trust: policy(trusting(bot, puller, reader)),
      may: push,
    }),
    builder: seedRole(aws, {
      account,
      name: 'ecr-builder',
      trust: policy(trustingServices, ...builders),
      may: push,
    }),
    tagged: {
      ...seedRole(aws, { account, name: 'ecr-team', trust: policy(withTag(bot, puller)), may: pull }),
      tag: TAG,
    },
    partnerReader: {
      ...seedRole(aws, { ...partner, name: 'partner-reader', may: pullPolicy(OTHER_ACCOUNT) }),
      externalId,
    },
    partnerPusher: {
      ...seedRole(aws, { ...partner, name: 'partner-pusher', may: pushPolicy(OTHER_ACCOUNT) }),
      externalId,
    },
    govReader: seedRole(aws, {
      account,
      name: 'ecr-reader',
      partition: 'aws-us-gov',
      trust: policy(trusting(govBot, bot)),
      may: pull,
    }),
  }
}
