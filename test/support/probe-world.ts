// This file is about probes against the AWS emulator: principals with no rights, given what a test says, and a prober.
import assert from 'node:assert/strict'
import { readPolicy } from '../../sandbox/aws/iam/policy-document.ts'
import type { Aws } from '../../src/aws/connection.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import type { LeastPolicy } from '../../src/generate/iam-policy.ts'
import type { CredentialSource, RoleStep } from '../../src/model/identity.ts'
import type { Probe, Step, Verdict } from '../../src/model/probe.ts'
import { openRegistries } from '../../src/oci/registry.ts'
import { awsProber } from '../../src/operator/adapters/prober.ts'
import { accessKeySource, ALLOW_ALL, anAwsWorld, type AwsWorld, never } from './aws-logins.ts'
import { type AwsFront, anAwsFront } from './aws-front.ts'

export const ACCOUNT = '123456789012'
export const WEST_HOST = `${ACCOUNT}.dkr.ecr.us-west-1.amazonaws.com`
const WEST = { host: WEST_HOST, service: 'private', account: ACCOUNT, region: 'us-west-1' } as const

export interface ProbeWorld extends AsyncDisposable {
  readonly world: AwsWorld
  readonly front: AwsFront
  /** A user without rights; its keys are what the source names. */
  user(name: string): { readonly arn: string; readonly source: CredentialSource }
  /** A role without rights that trusts nobody. */
  role(name: string, account?: string): RoleStep
  /** Replaces what is there of the same kind. */
  give(policies: readonly LeastPolicy[]): void
  /** As an order would ask it: pulling from one registry, unless told otherwise. Fails where the verdict tells a secret. */
  probe(asked: Partial<Probe> & Pick<Probe, 'identity'>, aws?: Aws): Promise<Verdict>
}

/** Time that passes at once where somebody waits for it. */
const HASTY: Clock = { ...systemClock, after: (_ms, fn) => systemClock.after(0, fn) }

export async function aProbeWorld(): Promise<ProbeWorld> {
  const world = await anAwsWorld()
  const front = await anAwsFront(world)
  const { sandbox, secrets, tokens } = world
  const registries = openRegistries({ proxyEnv: front.proxyEnv })
  const parts = { secrets, tokens, policy: ALLOW_ALL, clock: HASTY, registries }
  const nothing = readPolicy(
    { Statement: { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sts:TagSession' } },
    'trust',
  )
  return {
    world,
    front,
    user(name) {
      const { arn } = sandbox.iam.createUser({ account: ACCOUNT, name })
      const { id, secret } = sandbox.iam.createAccessKey(arn)
      const ref = { namespace: 'argocd', name: `keys-of-${name}` }
      secrets.put(ref, { 'access-key': id, 'secret-access-key': secret })
      return { arn, source: accessKeySource(ref) }
    },
    role(name, account = ACCOUNT) {
      return { roleArn: sandbox.iam.createRole({ account, name, trust: nothing }).arn }
    },
    give(policies) {
      for (const { kind, of, policy } of policies) {
        const isEmpty = policy.Statement.length === 0
        if (kind === 'identity')
          sandbox.iam.putPolicy(of, 'least', isEmpty ? null : readPolicy(policy, 'identity'))
        if (kind === 'trust') sandbox.iam.setTrust(of, isEmpty ? nothing : readPolicy(policy, 'trust'))
      }
    },
    async probe(asked, aws = front.aws) {
      const verdict = await awsProber({ ...parts, aws }).probe(
        { region: 'us-west-1', registries: [WEST], permissions: ['pull'], at: 'spec.identity', ...asked },
        never,
      )
      const told = JSON.stringify(verdict)
      for (const { value } of sandbox.secrets()) assert.ok(!told.includes(value))
      return verdict
    },
    async [Symbol.asyncDispose]() {
      registries.close()
      await front[Symbol.asyncDispose]()
      await world.close()
    },
  }
}

/** "role 1 arn:…: denied" for everything that did not pass. */
export const unpassed = ({ steps }: Verdict): readonly string[] =>
  steps
    .filter(({ result }) => result !== 'passed')
    .map(({ name, on, result }) => `${name}${on === undefined ? '' : ` ${on}`}: ${result}`)

export function stepOf({ steps }: Verdict, name: string): Step {
  const found = steps.find((step) => step.name === name)
  if (found === undefined) throw new Error(`no step ${name} among ${steps.map((s) => s.name).join(', ')}`)
  return found
}
