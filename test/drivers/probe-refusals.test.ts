// This file is about what AWS refuses, one thing at a time: each is told by its own step, with what to do about it.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import type { FaultRule } from '../../sandbox/aws/faults.ts'
import { readPolicy } from '../../sandbox/aws/iam/policy-document.ts'
import type { Aws } from '../../src/aws/connection.ts'
import { MANAGED_POLICIES } from '../../src/model/managed-policies.ts'
import type { CredentialSource, Identity } from '../../src/model/identity.ts'
import type { Step, Verdict } from '../../src/model/probe.ts'
import { connectionTold } from '../../src/operator/connection-told.ts'
import { accessKeySource, anIdentity, serviceAccountSource } from '../support/aws-logins.ts'
import { ACCOUNT, aProbeWorld, type ProbeWorld, stepOf, unpassed, WEST_HOST } from '../support/probe-world.ts'

let stage: ProbeWorld
before(async () => {
  stage = await aProbeWorld()
})
after(() => stage[Symbol.asyncDispose]())

const ALLOW_ALL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['ecr:*', 'sts:*'], Resource: '*' }],
} as const
const trust = (principal: string, condition?: object) => ({
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    ...(condition === undefined ? {} : { Condition: condition }),
  },
})

/** A user that may do everything ECR and STS have. */
function mighty(name: string): { readonly arn: string; readonly source: CredentialSource } {
  const user = stage.user(name)
  stage.give([{ kind: 'identity', of: user.arn, policy: ALLOW_ALL }])
  return user
}

const deniedIn = ({ steps }: Verdict): readonly Step[] => steps.filter(({ result }) => result === 'denied')
const thorough = { thorough: true, permissions: ['pull', 'push'] } as const
/** What no question shows. */
const INFERRED: ReadonlySet<string> = new Set(['ecr:InitiateLayerUpload', 'ecr:PutImage'])
const STEPS_OF: Readonly<Record<string, readonly string[]>> = {
  'ecr:GetAuthorizationToken': ['login'],
  'ecr:BatchGetImage': ['ecr:BatchGetImage', 'ecr:ListImageReferrers'],
}

describe('each action of the managed policies that is denied', () => {
  const [readOnly, powerUser, fullAccess] = MANAGED_POLICIES
  for (const action of fullAccess?.actions ?? []) {
    test(`${action} is told alone, with the statement that allows it`, async (t) => {
      const { arn, source } = mighty(`denied-${action.replace(':', '-')}`)
      const { faults } = stage.world.sandbox
      const id = faults.add({ kind: 'deny', action, principal: arn })
      t.after(() => faults.clear(id))
      const verdict = await stage.probe({ identity: anIdentity(source), ...thorough })
      const denied = deniedIn(verdict)
      const expected = INFERRED.has(action) ? [] : (STEPS_OF[action] ?? [action])
      assert.deepEqual(
        denied.map(({ name }) => name),
        expected,
      )
      for (const { remedy } of denied) {
        assert.match(
          remedy ?? '',
          new RegExp(`^Add to an IAM policy of ${arn}:\n.*"Action": "${action}"`, 's'),
        )
      }
      const { policies } = connectionTold(verdict)
      const without = INFERRED.has(action)
        ? []
        : [readOnly, powerUser, fullAccess].filter((policy) => policy?.actions.includes(action))
      assert.deepEqual(
        policies.filter(({ held }) => held === 'no').map(({ name, missing }) => `${name} ${missing.join()}`),
        without.map((policy) => `${policy?.name} ${action}`),
      )
    })
  }

  test('leaves others of the same account alone', async (t) => {
    const { faults } = stage.world.sandbox
    const id = faults.add({
      kind: 'deny',
      action: 'ecr:BatchGetImage',
      principal: 'arn:aws:iam::1:user/other',
    })
    t.after(() => faults.clear(id))
    const { source } = mighty('others')
    const verdict = await stage.probe({ identity: anIdentity(source), ...thorough })
    assert.deepEqual(deniedIn(verdict), [])
    assert.deepEqual(
      connectionTold(verdict).policies.map(({ held }) => held),
      ['yes', 'yes', 'yes'],
    )
  })
})

describe('each managed policy', () => {
  const held = async (policyName: string): Promise<readonly string[]> => {
    const { arn, source } = stage.user(`has-${policyName}`)
    stage.world.sandbox.iam.attachPolicy(arn, `arn:aws:iam::aws:policy/${policyName}`)
    const { policies } = connectionTold(
      await stage.probe({ identity: anIdentity(source), thorough: true, permissions: ['pull'] }),
    )
    return policies.flatMap(({ name, held: is }) => (is === 'yes' ? [name] : []))
  }
  for (const [at, { name }] of MANAGED_POLICIES.entries()) {
    test(`${name} is recognised, and with it those below`, async () => {
      assert.deepEqual(
        await held(name),
        MANAGED_POLICIES.slice(0, at + 1).map((policy) => policy.name),
      )
    })
  }

  test('is none where only pulling is allowed', async () => {
    assert.deepEqual(await held('AmazonEC2ContainerRegistryPullOnly'), [])
  })
})

/** What stands in the way, the step that tells it, and what it says to do. */
interface Row {
  readonly says: string
  readonly ask: () => Promise<Verdict> | Verdict
  readonly step: string
  readonly code: string
  readonly message?: RegExp
  readonly remedy?: RegExp
}

const put = (name: string, values: Readonly<Record<string, string>>): CredentialSource => {
  const ref = { namespace: 'argocd', name }
  stage.world.secrets.put(ref, values)
  return accessKeySource(ref)
}
const probe = (identity: Identity, more: Partial<Parameters<ProbeWorld['probe']>[0]> = {}) =>
  stage.probe({ identity, ...more })
const bot = () => stage.world.principals.bot

/** Temporary keys, which are no longer good. */
async function expiredSession(): Promise<CredentialSource> {
  const { url } = stage.world.sandbox
  const sts = new STSClient({ region: 'us-west-1', endpoint: url, credentials: { ...bot() } })
  const { Credentials } = await sts.send(new GetSessionTokenCommand({}))
  stage.world.sandbox.revokeSessions()
  const ref = { namespace: 'argocd', name: 'expired' }
  const source = put('expired', {
    'access-key': Credentials?.AccessKeyId ?? '',
    'secret-access-key': Credentials?.SecretAccessKey ?? '',
    token: Credentials?.SessionToken ?? '',
  })
  return { ...source, sessionToken: { ...ref, key: 'token' } } as CredentialSource
}

/** No resolver knows the hosts of this region. */
const unresolved = (aws: Aws, region: string): Aws => ({
  ...aws,
  async sender() {
    const sender = await aws.sender()
    return {
      metadata: sender.metadata,
      destroy: () => {},
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => sender.httpHandlerConfigs(),
      async handle(request, options) {
        if (!request.hostname.includes(region)) return sender.handle(request, options)
        throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${request.hostname}`), { code: 'ENOTFOUND' })
      },
    }
  },
})

/** A role that nobody but these may assume, and the one who asks. */
function guarded(name: string, principal: (arn: string) => string, condition?: object) {
  const { arn, source } = mighty(name)
  const role = stage.role(name)
  stage.world.sandbox.iam.setTrust(role.roleArn, readPolicy(trust(principal(arn), condition), 'trust'))
  return { arn, source, role }
}

const rows: readonly Row[] = [
  {
    says: 'no credentials at all',
    ask: () => probe(anIdentity({ is: 'ambient' })),
    step: 'credentials',
    code: 'aws-no-credentials',
    remedy: /AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE.*AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
  },
  {
    says: 'half of an access key',
    ask: () => probe(anIdentity(put('half', { 'access-key': bot().accessKeyId }))),
    step: 'credentials',
    code: 'credential-missing',
    message: /cannot find secret data for key: "secret-access-key"/,
  },
  {
    says: 'a key id that is wrong',
    ask: () =>
      probe(
        anIdentity(
          put('wrong-id', {
            'access-key': 'AKIAWRONGWRONGWRONG1',
            'secret-access-key': bot().secretAccessKey,
          }),
        ),
      ),
    step: 'identity',
    code: 'aws-unrecognised',
    message: /\(InvalidClientTokenId\)/,
    remedy: /^Check the access key id: AWS knows no such key, or it was deleted or switched off/,
  },
  {
    says: 'a key that was deleted',
    ask: () => {
      const { iam } = stage.world.sandbox
      const { arn } = iam.createUser({ account: ACCOUNT, name: 'deleted-key' })
      const { id, secret } = iam.createAccessKey(arn)
      iam.deleteAccessKey(id)
      return probe(anIdentity(put('deleted-key', { 'access-key': id, 'secret-access-key': secret })))
    },
    step: 'identity',
    code: 'aws-unrecognised',
    remedy: /^Check the access key id/,
  },
  {
    says: 'a wrong secret',
    ask: () =>
      probe(
        anIdentity(
          put('wrong-secret', { 'access-key': bot().accessKeyId, 'secret-access-key': 'x'.repeat(40) }),
        ),
      ),
    step: 'identity',
    code: 'aws-unrecognised',
    message: /\(SignatureDoesNotMatch\)/,
    remedy: /^Check the secret access key, which does not belong to the key id/,
  },
  {
    says: 'a session token that has expired',
    ask: async () => probe(anIdentity(await expiredSession())),
    step: 'identity',
    code: 'aws-unrecognised',
    remedy: /^Renew the temporary keys: their session token has expired/,
  },
  {
    says: 'a role that does not exist',
    ask: () =>
      probe(anIdentity(mighty('no-role').source, { roleArn: `arn:aws:iam::${ACCOUNT}:role/nobody-made-it` })),
    step: 'role 1',
    code: 'aws-denied',
    remedy: /AWS says the same of a role that does not exist: check its name and account\.$/,
  },
  {
    says: 'a role that does not trust whoever asks',
    ask: () => {
      const { source, role } = guarded('untrusted', () => `arn:aws:iam::${ACCOUNT}:user/somebody-else`)
      return probe(anIdentity(source, role))
    },
    step: 'role 1',
    code: 'aws-denied',
    remedy: new RegExp(
      `^Add to the trust policy of role arn:aws:iam::${ACCOUNT}:role/untrusted:\n.*"AWS": "arn:aws:iam::${ACCOUNT}:user/untrusted".*\nand to an IAM policy of arn:aws:iam::${ACCOUNT}:user/untrusted:`,
      's',
    ),
  },
  {
    says: 'an external id that is missing',
    ask: () => {
      const condition = { StringEquals: { 'sts:ExternalId': 'agreed' } }
      const { source, role } = guarded('external', (arn) => arn, condition)
      return probe(anIdentity(source, role))
    },
    step: 'role 1',
    code: 'aws-denied',
    remedy:
      /If its trust policy asks for an external id \(sts:ExternalId\), the integration has to give it, and gives none/,
  },
  {
    says: 'an external id that is another',
    ask: () => {
      const condition = { StringEquals: { 'sts:ExternalId': 'agreed' } }
      const { source, role } = guarded('another-external', (arn) => arn, condition)
      return probe(anIdentity(source, { ...role, externalId: 'forgotten' }))
    },
    step: 'role 1',
    code: 'aws-denied',
    remedy: /"sts:ExternalId": "forgotten".*exactly the external id that the integration gives/s,
  },
  {
    says: 'a role that would assume itself',
    ask: () => {
      const role = stage.role('itself')
      const { issuer, providerArn } = stage.world.issuer.provider
      const host = issuer.replace('https://', '')
      const web = {
        Statement: {
          Effect: 'Allow',
          Principal: { Federated: providerArn },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${host}:aud`]: 'sts.amazonaws.com' } },
        },
      }
      stage.world.sandbox.iam.setTrust(role.roleArn, readPolicy(web, 'trust'))
      stage.give([{ kind: 'identity', of: role.roleArn, policy: ALLOW_ALL }])
      return probe(anIdentity(serviceAccountSource(role.roleArn), role))
    },
    step: 'role 1',
    code: 'aws-denied',
    remedy: new RegExp(
      `^Add to the trust policy of role arn:aws:iam::${ACCOUNT}:role/itself:\n.*"AWS": "arn:aws:iam::${ACCOUNT}:role/itself".*and to an IAM policy of arn:aws:iam::${ACCOUNT}:role/itself:\n.*no role assume itself unless both policies say so, even where it is the one that the integration names`,
      's',
    ),
  },
  {
    says: 'a region that does not exist, or is without ECR',
    ask: () => {
      const region = 'xx-moon-1'
      const host = `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`
      const registries = [{ host, service: 'private', account: ACCOUNT, region }] as const
      const identity = anIdentity(mighty('nowhere').source)
      return stage.probe({ identity, registries }, unresolved(stage.front.aws, region))
    },
    step: 'login',
    code: 'aws-region',
    message: /^no ECR endpoint for region xx-moon-1: check the spelling$/,
    remedy: /^Check the region: there is none called xx-moon-1, or it is without ECR/,
  },
  {
    says: 'a region that is none',
    ask: () => {
      const host = `${ACCOUNT}.dkr.ecr.us-west-1.amazonaws.com`
      const registries = [{ host, service: 'private', account: ACCOUNT, region: 'us west 1' }] as const
      return probe(anIdentity(mighty('misspelt').source), { registries })
    },
    step: 'login',
    code: 'aws-region',
    message: /"us west 1" is no region: write it as in us-west-1/,
  },
  {
    says: 'a region that is not enabled',
    ask: () =>
      faulty(
        { kind: 'error', operation: 'GetAuthorizationToken', code: 'OptInRequired', status: 403 },
        'opted-out',
      ),
    step: 'login',
    code: 'aws-region',
    remedy: /^Enable the region for the account/,
  },
  {
    says: 'a request that AWS finds too old',
    ask: () =>
      faulty(
        { kind: 'error', operation: 'GetCallerIdentity', code: 'RequestExpired', status: 400 },
        'too-old',
      ),
    step: 'identity',
    code: 'aws-unrecognised',
    remedy: /^Set the clock of whoever asks: AWS takes no request that is more than five minutes off\.$/,
  },
  {
    says: 'an image that only a key of KMS opens',
    ask: () => faulty({ kind: 'error', operation: 'BatchGetImage', code: 'KmsException' }, 'kms'),
    step: 'ecr:BatchGetImage',
    code: 'aws-rejected',
    remedy: /kms:Decrypt, in its key policy/,
  },
  {
    says: 'a repository that is gone',
    ask: () =>
      faulty(
        { kind: 'error', operation: 'DescribeRepositories', code: 'RepositoryNotFoundException' },
        'gone',
      ),
    step: 'ecr:DescribeRepositories',
    code: 'aws-rejected',
    remedy:
      /^Check account and region of the registry: the repository is not in the one that its host name says/,
  },
]

/** One answer that AWS gives to a user who may everything, for as long as it is asked. */
async function faulty(rule: FaultRule, name: string): Promise<Verdict> {
  const { arn, source } = mighty(name)
  const { faults } = stage.world.sandbox
  const id = faults.add({ ...rule, principal: arn })
  try {
    return await probe(anIdentity(source))
  } finally {
    faults.clear(id)
  }
}

describe('what stands in the way', () => {
  for (const { says, ask, step, code, message, remedy } of rows) {
    test(`${says} is told by the step "${step}"`, async () => {
      const verdict = await ask()
      const first = verdict.steps.find(({ result }) => result === 'denied' || result === 'failed')
      assert.equal(first?.name, step, JSON.stringify(verdict.steps))
      assert.equal(first.fault?.code, code, first.fault?.message ?? '')
      if (message !== undefined) assert.match(first.fault?.message ?? '', message)
      if (remedy === undefined) assert.equal(first.remedy, undefined)
      else assert.match(first.remedy ?? '', remedy)
    })
  }

  test('is no clock that is off, as long as AWS says what time it is', async (t) => {
    const { arn, source } = mighty('skewed')
    const { faults } = stage.world.sandbox
    for (const aheadSeconds of [3600, -3600]) {
      const id = faults.add({ kind: 'skew', aheadSeconds, principal: arn })
      t.after(() => faults.clear(id))
      assert.deepEqual(unpassed(await probe(anIdentity(source))), [])
      faults.clear(id)
    }
  })

  test('is told to be the clock where it is off and the signature is not taken all the same', async (t) => {
    const { faults } = stage.world.sandbox
    t.after(() => faults.clear())
    faults.add({ kind: 'skew', aheadSeconds: 3600, operation: 'GetCallerIdentity' })
    const source = put('skewed-and-wrong', {
      'access-key': bot().accessKeyId,
      'secret-access-key': 'x'.repeat(40),
    })
    const { remedy } = stepOf(await probe(anIdentity(source)), 'identity')
    assert.match(
      remedy ?? '',
      /^Set the clock.*and it is behind\. If it is refused all the same: check the secret/,
    )
  })

  test('is told where the host is that of another account', async () => {
    const { source } = mighty('elsewhere')
    const host = WEST_HOST.replace(ACCOUNT, '999999999999')
    const registries = [{ host, service: 'private', account: '999999999999', region: 'us-west-1' }] as const
    const verdict = await probe(anIdentity(source), { registries })
    const { result, remedy } = stepOf(verdict, 'ecr:BatchGetImage')
    assert.equal(result, 'skipped')
    assert.match(
      remedy ?? '',
      /host is that of account 999999999999 in us-west-1, and whoever asks is of account 123456789012/,
    )
  })

  test('is told where there is nothing in the region of the host', async () => {
    const { source } = mighty('empty')
    const region = 'eu-west-1'
    const host = `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`
    const registries = [{ host, service: 'private', account: ACCOUNT, region }] as const
    const { note } = stepOf(await probe(anIdentity(source), { registries }), 'ecr:DescribeRepositories')
    assert.match(note ?? '', /^there is no repository in account 123456789012 and region eu-west-1/)
  })

  test('a thorough test of no registry is one of the caller’s own', async () => {
    const { source } = mighty('own')
    const verdict = await probe(anIdentity(source), { registries: [], ...thorough })
    assert.equal(stepOf(verdict, 'ecr:BatchGetImage').on, WEST_HOST)
  })
})
