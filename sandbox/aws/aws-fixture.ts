// This file is about the emulator in tests: started, seeded, closed, and asked by the SDK's own clients.
import type { TestContext } from 'node:test'
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { ECRPUBLICClient } from '@aws-sdk/client-ecr-public'
import { type Credentials, STSClient } from '@aws-sdk/client-sts'
import { type SandboxAws, startAws } from './aws.ts'
import type { AwsOptions } from './options.ts'
import { type DemoPrincipals, seedDemo } from './seed.ts'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface TestAws {
  readonly aws: SandboxAws
  readonly demo: DemoPrincipals
  readonly ecr: (keys: Keys, region?: string) => ECRClient
  readonly ecrPublic: (keys: Keys, region?: string) => ECRPUBLICClient
  readonly sts: (keys: Keys, region?: string) => STSClient
  /** The password of a fresh token. */
  readonly login: (keys: Keys, region?: string) => Promise<string>
}

/** One attempt only: a test wants to see the first answer. */
export async function testAws(t: TestContext, options: AwsOptions = {}): Promise<TestAws> {
  const aws = await startAws(options)
  t.after(() => aws.close())
  const [provider] = options.oidcProviders ?? []
  const demo = seedDemo(aws, provider === undefined ? {} : { oidcProvider: provider })
  const config = (keys: Keys, region = 'us-west-1'): object => ({
    region,
    endpoint: aws.url,
    // The SDK writes into what it is given.
    credentials: { ...keys },
    maxAttempts: 1,
  })
  const ecr = (keys: Keys, region?: string): ECRClient => new ECRClient(config(keys, region))
  return {
    aws,
    demo,
    ecr,
    ecrPublic: (keys, region = 'us-east-1') => new ECRPUBLICClient(config(keys, region)),
    sts: (keys, region) => new STSClient(config(keys, region)),
    async login(keys, region) {
      const answer = await ecr(keys, region).send(new GetAuthorizationTokenCommand({}))
      return passwordOf(answer.authorizationData?.[0]?.authorizationToken)
    },
  }
}

export const passwordOf = (token: string | undefined): string =>
  Buffer.from(token ?? '', 'base64')
    .toString('utf8')
    .replace(/^AWS:/, '')

/** What STS handed out, as clients take it. */
export const keysOf = (credentials: Credentials | undefined): Keys => ({
  accessKeyId: credentials?.AccessKeyId ?? '',
  secretAccessKey: credentials?.SecretAccessKey ?? '',
  sessionToken: credentials?.SessionToken ?? '',
})
