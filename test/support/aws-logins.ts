// This file is about logins against the AWS emulator: its principals, a few Secrets that change, and what a test asks.
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { startAws, type SandboxAws } from '../../sandbox/aws/aws.ts'
import { type DemoPrincipals, seedDemo } from '../../sandbox/aws/seed.ts'
import { type Aws, type AwsSettings, openAws } from '../../src/aws/connection.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { SecretText } from '../../src/base/secret-text.ts'
import type { CurrentSecret } from '../../src/engine/ports.ts'
import type { CredentialSource, Identity, RoleStep } from '../../src/model/identity.ts'
import { type SecretRef, secretKey } from '../../src/model/ref.ts'
import type { Fault, FaultCode } from '../../src/model/fault.ts'
import type {
  Login,
  RegistryLogin,
  RegistryScope,
  SessionLogin,
  SessionScope,
  TokenScope,
} from '../../src/model/login.ts'
import type { IdentityPolicy } from '../../src/operator/adapters/identity-policy.ts'
import { type AwsLogins, awsLogins } from '../../src/operator/adapters/logins.ts'
import type { ServiceAccountTokens } from '../../src/operator/adapters/role-chain.ts'
import type { CredentialStore } from '../../src/operator/adapters/secret-reader.ts'
import { aSecret, textData } from './builders.ts'
import { anIssuer, type TokenIssuer } from './web-identity.ts'

/** Secrets with versions, as a watch and a read show them. */
export interface SecretsInMemory extends CredentialStore {
  put(ref: SecretRef, values: Readonly<Record<string, string>>): void
  remove(ref: SecretRef): void
  /** What every read answers from now on; undefined: what is there. */
  failWith(fault: Fault | undefined): void
  /** Without a watch nobody knows which version is the newest. */
  watch(isOn: boolean): void
  readonly reads: readonly string[]
}

export function secretsInMemory(): SecretsInMemory {
  const secrets = new Map<string, CurrentSecret>()
  const reads: string[] = []
  let version = 0
  let failure: Fault | undefined
  let isWatched = true
  return {
    reads,
    put(ref, values) {
      version += 1
      secrets.set(
        secretKey(ref),
        aSecret({
          ref,
          uid: `uid-of-${ref.name}`,
          resourceVersion: String(version),
          data: textData(values),
        }),
      )
    },
    remove: (ref) => void secrets.delete(secretKey(ref)),
    failWith: (fault) => (failure = fault),
    watch: (isOn) => (isWatched = isOn),
    glance(ref) {
      const found = secrets.get(secretKey(ref))
      if (!isWatched) return 'unknown'
      return found === undefined ? 'absent' : { resourceVersion: found.resourceVersion, annotations: [] }
    },
    async read(ref) {
      reads.push(secretKey(ref))
      return failure ?? secrets.get(secretKey(ref)) ?? 'absent'
    },
  }
}

export const KEYS_SECRET: SecretRef = { namespace: 'argocd', name: 'awssm-secret' }

export const accessKeySource = (ref: SecretRef = KEYS_SECRET): CredentialSource => ({
  is: 'access-key',
  accessKeyId: { ...ref, key: 'access-key' },
  secretAccessKey: { ...ref, key: 'secret-access-key' },
})

export const serviceAccountSource = (
  roleArn: string,
  audiences: readonly string[] = ['sts.amazonaws.com'],
): Extract<CredentialSource, { is: 'service-account' }> => ({
  is: 'service-account',
  namespace: 'argocd',
  name: 'puller',
  uid: 'uid-of-puller',
  audiences,
  roleArn,
  sessionName: 'external-secrets-provider-aws',
})

export const anIdentity = (source: CredentialSource, ...roles: RoleStep[]): Identity => ({
  source,
  roles,
  onBehalfOf: 'argocd',
})

export const ALLOW_ALL: IdentityPolicy = {
  ambient: { is: 'allow' },
  serviceAccounts: { is: 'all' },
  apiAudiences: async () => [],
}

export const WEST: RegistryScope = { service: 'private', region: 'us-west-1' }
/** Of a region without an ECR Public of its own, as people write it. */
export const PUBLIC: RegistryScope = { service: 'public', region: 'eu-central-1' }
export const never = new AbortController().signal

export interface AwsWorld {
  readonly sandbox: SandboxAws
  readonly principals: DemoPrincipals
  readonly issuer: TokenIssuer
  readonly secrets: SecretsInMemory
  readonly settings: AwsSettings
  readonly aws: Aws
  readonly tokens: ServiceAccountTokens
  /** Fresh caches over the same Secrets. */
  logins(parts?: { readonly policy?: IdentityPolicy; readonly clock?: Clock; readonly aws?: Aws }): AwsLogins
  /** The role that the bot may assume. */
  puller(externalId?: string): RoleStep
  /** Mints one login, or fails. */
  mint(
    identity: Identity,
    scope?: RegistryScope,
    logins?: AwsLogins,
  ): Promise<{ readonly login: RegistryLogin }>
  /** The same for a session of STS. */
  session(identity: Identity, scope?: SessionScope, logins?: AwsLogins): Promise<SessionLogin>
  /** The message of the fault that minting ends with; fails where it is another fault, or tells a secret. */
  refusal(identity: Identity, code: FaultCode, scope?: TokenScope, logins?: AwsLogins): Promise<string>
  /** How often that operation is asked of AWS while `run` runs. */
  callsDuring(operation: string, run: () => Promise<unknown>): Promise<number>
  close(): Promise<void>
}

/** The bot's keys lie in `KEYS_SECRET`, as the first recipe stores them. */
export async function anAwsWorld(): Promise<AwsWorld> {
  const issuer = anIssuer()
  const sandbox = await startAws({ oidcProviders: [issuer.provider] })
  const principals = seedDemo(sandbox, { oidcProvider: issuer.provider })
  const secrets = secretsInMemory()
  secrets.put(KEYS_SECRET, {
    'access-key': principals.bot.accessKeyId,
    'secret-access-key': principals.bot.secretAccessKey,
  })
  const settings: AwsSettings = {
    proxyEnv: {},
    endpoints: { ecr: sandbox.url, ecrPublic: sandbox.url, sts: sandbox.url },
    environment: { HOME: tmpdir() },
    log: silentLog,
  }
  const own = openAws(settings)
  const tokens: ServiceAccountTokens = {
    request: async ({ namespace, name }, audiences) =>
      new SecretText(issuer.token({ sub: `system:serviceaccount:${namespace}:${name}`, aud: audiences })),
  }
  const tellsNoSecret = (text: string): void => {
    for (const { value } of sandbox.secrets()) assert.ok(!text.includes(value))
  }
  const logins: AwsWorld['logins'] = ({ policy = ALLOW_ALL, clock = systemClock, aws = own } = {}) =>
    awsLogins({ aws, secrets, tokens, policy, clock })
  const minted = async (by: AwsLogins, identity: Identity, scope: TokenScope): Promise<Login> => {
    const result = await by.mint(identity, scope, never)
    assert.ok(result.is === 'minted', result.is === 'fault' ? result.message : '')
    tellsNoSecret(JSON.stringify(result))
    return result.login
  }
  const { roleArn, externalId: agreed } = principals.puller
  return {
    sandbox,
    principals,
    issuer,
    secrets,
    settings,
    aws: own,
    tokens,
    logins,
    puller: (externalId = agreed) => ({ roleArn, externalId }),
    async mint(identity, scope = WEST, by = logins()) {
      const login = await minted(by, identity, scope)
      assert.ok(login.is === 'registry')
      return { login }
    },
    async session(identity, scope = { service: 'session', region: 'us-west-1' }, by = logins()) {
      const login = await minted(by, identity, scope)
      assert.ok(login.is === 'session')
      return login
    },
    async refusal(identity, code, scope = WEST, by = logins()) {
      const refused = await by.mint(identity, scope, never)
      assert.equal(refused.is, 'fault')
      assert.equal(refused.code, code, refused.message)
      assert.doesNotMatch(refused.message, /\n/)
      tellsNoSecret(refused.message)
      return refused.message
    },
    async callsDuring(operation, run) {
      const calls = (): number => sandbox.calls.list({ operation }).length
      const before = calls()
      await run()
      return calls() - before
    },
    async close() {
      own.close()
      await sandbox.close()
    },
  }
}
