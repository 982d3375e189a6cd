// This file is about the demo's principals: who owns what in the two accounts of the sandbox.
import type { SandboxAws } from './aws.ts'
import type { PolicyDocument, Statement } from './iam/policy-document.ts'
import type { OidcProvider } from './options.ts'

export const DEMO_ACCOUNT = '123456789012'
export const OTHER_ACCOUNT = '210987654321'
export const PUBLIC_ALIAS = 'everpull'

/** Repositories of the demo account, in each of these regions. */
export const DEMO_REGIONS = ['us-west-1', 'us-east-2'] as const
export const DEMO_REPOSITORIES = ['charts/demo', 'apps/demo'] as const
/** In the other account, readable from the demo account through its policy. */
export const SHARED_REPOSITORY = 'shared/base'

export interface DemoUser {
  readonly arn: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface DemoPrincipals {
  /** Mints tokens and pulls everything in its account. */
  readonly bot: DemoUser
  /** Pushes too: it fills the registries. */
  readonly publisher: DemoUser
  /** May do everything in its account: for guides that create users and roles. */
  readonly admin: DemoUser
  /** Assumable by the bot, and by any service account when a provider was given. */
  readonly puller: { readonly roleArn: string; readonly externalId: string }
}

export interface DemoSeed {
  readonly account?: string
  /** The cluster whose service accounts may take the puller's role. */
  readonly oidcProvider?: Pick<OidcProvider, 'issuer' | 'providerArn' | 'audiences'>
  /** `sub` patterns of those service accounts; default every one. */
  readonly subjects?: readonly string[]
}

const policy = (...statements: Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})
const allow = (resource: string, ...actions: string[]): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resource,
})

const PULL = [
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchCheckLayerAvailability',
  'ecr:ListImages',
  'ecr:DescribeImages',
  'ecr:DescribeRepositories',
]
const PUBLIC_LOGIN = allow('*', 'ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken')

const pullPolicy = (account: string): PolicyDocument =>
  policy(
    allow('*', 'ecr:GetAuthorizationToken'),
    allow(`arn:aws:ecr:*:${account}:repository/*`, ...PULL),
    allow(`arn:aws:ecr:*:${OTHER_ACCOUNT}:repository/${SHARED_REPOSITORY}`, ...PULL),
    PUBLIC_LOGIN,
  )

function trust(botArn: string, seed: DemoSeed, externalId: string): PolicyDocument {
  const byUser: Statement = {
    Effect: 'Allow',
    Principal: { AWS: botArn },
    Action: 'sts:AssumeRole',
    Condition: { StringEqualsIfExists: { 'sts:ExternalId': externalId } },
  }
  const byService: Statement = {
    Effect: 'Allow',
    Principal: { Service: ['pods.eks.amazonaws.com', 'ec2.amazonaws.com'] },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  }
  const provider = seed.oidcProvider
  if (provider === undefined) return policy(byUser, byService)
  const issuer = provider.issuer.replace(/^https?:\/\//, '')
  return policy(byUser, byService, {
    Effect: 'Allow',
    Principal: { Federated: provider.providerArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: { [`${issuer}:aud`]: [...provider.audiences] },
      StringLike: { [`${issuer}:sub`]: [...(seed.subjects ?? ['system:serviceaccount:*'])] },
    },
  })
}

function seedUser(aws: SandboxAws, account: string, name: string, document: PolicyDocument): DemoUser {
  const known = aws.iam.user(`arn:aws:iam::${account}:user/${name}`)
  const user = known ?? aws.iam.createUser({ account, name, policies: { [name]: document } })
  const key = user.keys.find((k) => k.active) ?? aws.iam.createAccessKey(user.arn)
  return { arn: user.arn, accessKeyId: key.id, secretAccessKey: key.secret }
}

function seedRepositories(aws: SandboxAws, account: string): void {
  for (const region of DEMO_REGIONS) {
    for (const name of DEMO_REPOSITORIES) aws.repositories.create({ service: 'ecr', account, region, name })
    const shared = { service: 'ecr', account: OTHER_ACCOUNT, region, name: SHARED_REPOSITORY } as const
    const toDemo = { AWS: `arn:aws:iam::${account}:root` }
    if (aws.repositories.find(shared) === undefined)
      aws.repositories.create(shared, policy({ Effect: 'Allow', Principal: toDemo, Action: PULL }))
  }
  aws.setAlias(PUBLIC_ALIAS, account)
  aws.repositories.create({ service: 'ecr-public', account, region: 'us-east-1', name: 'apps/demo' })
}

/** May be run again: what is there stays as it is, edited or not. */
export function seedDemo(aws: SandboxAws, seed: DemoSeed = {}): DemoPrincipals {
  const account = seed.account ?? DEMO_ACCOUNT
  const externalId = 'everpull-demo'
  const pushing = policy(allow('*', 'ecr:*', 'ecr-public:*'), PUBLIC_LOGIN)
  const bot = seedUser(aws, account, 'ecr-bot', pullPolicy(account))
  const publisher = seedUser(aws, account, 'ecr-publisher', pushing)
  const admin = seedUser(aws, account, 'admin', policy(allow('*', '*')))
  seedUser(aws, OTHER_ACCOUNT, 'ecr-publisher', pushing)
  const puller =
    aws.iam.roleNamed(account, 'ecr-puller') ??
    aws.iam.createRole({
      account,
      name: 'ecr-puller',
      trust: trust(bot.arn, seed, externalId),
      policies: { pull: pullPolicy(account) },
      maxSessionSeconds: 43_200,
    })
  seedRepositories(aws, account)
  return { bot, publisher, admin, puller: { roleArn: puller.arn, externalId } }
}
