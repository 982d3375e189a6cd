// This file is about the demo's principals: who owns what in the two accounts of the sandbox.
import type { SandboxAws } from './aws.ts'
import type { PolicyDocument, Statement } from './iam/policy-document.ts'
import {
  allow,
  DEMO_ACCOUNT,
  type DemoRoles,
  type DemoRoleWithId,
  OTHER_ACCOUNT,
  PARTNER_REPOSITORY,
  policy,
  PUBLIC_LOGIN,
  PULL,
  chainingPolicy,
  type RoleSeed,
  seedRoles,
  SHARED_REPOSITORY,
  trustingAccounts,
  trustingServices,
} from './seed-roles.ts'

export { DEMO_ACCOUNT } from './seed-roles.ts'
export const PUBLIC_ALIAS = 'everpull'

/** Repositories of the demo account, in each of these regions. */
export const DEMO_REGIONS = ['us-west-1', 'us-east-2'] as const
export const DEMO_REPOSITORIES = ['charts/demo', 'apps/demo'] as const
/** A region of each of two other partitions, where the demo account has `apps/demo` alone. */
export const PARTITION_REGIONS = ['us-gov-west-1', 'cn-north-1'] as const

export interface DemoUser {
  readonly arn: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface DemoPrincipals {
  /** Mints tokens and pulls everything in its account. */
  readonly bot: DemoUser
  /** The bot's namesake in GovCloud's partition, for when partitions are apart (`Settings.partitionsApart`). */
  readonly govBot: DemoUser
  /** Pushes too: it fills the registries. */
  readonly publisher: DemoUser
  /** May do everything in its account: for guides that create users and roles. */
  readonly admin: DemoUser
  /**
   * Assumable by the bot (with this external id, or none), by machines and pods, and by any service account when a
   * provider was given. Sessions of twelve hours at most.
   */
  readonly puller: DemoRoleWithId
  readonly roles: DemoRoles
}

export interface DemoSeed {
  readonly account?: string
  /** The cluster whose service accounts may take the puller's role. */
  readonly oidcProvider?: NonNullable<RoleSeed['oidcProvider']>
  /** `sub` patterns of those service accounts; default every one. */
  readonly subjects?: readonly string[]
}

function trust(botArn: string, seed: DemoSeed, externalId: string): PolicyDocument {
  const byUser: Statement = {
    Effect: 'Allow',
    Principal: { AWS: botArn },
    Action: 'sts:AssumeRole',
    Condition: { StringEqualsIfExists: { 'sts:ExternalId': externalId } },
  }
  const subjects = seed.subjects ?? ['system:serviceaccount:*']
  const byAccounts = seed.oidcProvider === undefined ? [] : [trustingAccounts(seed.oidcProvider, subjects)]
  return policy(byUser, trustingServices, ...byAccounts)
}

function seedUser(
  aws: SandboxAws,
  account: string,
  name: string,
  document: PolicyDocument,
  partition = 'aws',
): DemoUser {
  const known = aws.iam.user(`arn:${partition}:iam::${account}:user/${name}`)
  const user = known ?? aws.iam.createUser({ account, name, policies: { [name]: document }, partition })
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
  for (const region of DEMO_REGIONS)
    aws.repositories.create({ service: 'ecr', account: OTHER_ACCOUNT, region, name: PARTNER_REPOSITORY })
  for (const region of PARTITION_REGIONS)
    aws.repositories.create({ service: 'ecr', account, region, name: 'apps/demo' })
  aws.setAlias(PUBLIC_ALIAS, account)
  aws.repositories.create({ service: 'ecr-public', account, region: 'us-east-1', name: 'apps/demo' })
}

/** May be run again: what is there stays as it is, edited or not. */
export function seedDemo(aws: SandboxAws, seed: DemoSeed = {}): DemoPrincipals {
  const account = seed.account ?? DEMO_ACCOUNT
  const externalId = 'everpull-demo'
  const pushing = policy(allow('*', 'ecr:*', 'ecr-public:*'), PUBLIC_LOGIN)
  const chaining = chainingPolicy(account)
  const bot = seedUser(aws, account, 'ecr-bot', chaining)
  const govBot = seedUser(aws, account, 'ecr-bot', chaining, 'aws-us-gov')
  const publisher = seedUser(aws, account, 'ecr-publisher', pushing)
  const admin = seedUser(aws, account, 'admin', policy(allow('*', '*')))
  seedUser(aws, OTHER_ACCOUNT, 'ecr-publisher', pushing)
  const puller =
    aws.iam.roleNamed(account, 'ecr-puller') ??
    aws.iam.createRole({
      account,
      name: 'ecr-puller',
      trust: trust(bot.arn, seed, externalId),
      policies: { pull: chaining },
      maxSessionSeconds: 43_200,
    })
  const roles = seedRoles(aws, {
    account,
    bot: bot.arn,
    govBot: govBot.arn,
    puller: puller.arn,
    oidcProvider: seed.oidcProvider,
  })
  seedRepositories(aws, account)
  return { bot, govBot, publisher, admin, puller: { roleArn: puller.arn, externalId }, roles }
}
