// This file is about what stands in the way before AWS is asked: Secrets, keys, tokens, regions, endpoints.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAws } from '../../src/aws/connection.ts'
import { systemClock } from '../../src/base/clock.ts'
import { KubeError } from '../../src/kube/error.ts'
import { fault, type FaultCode } from '../../src/model/fault.ts'
import type { Identity } from '../../src/model/identity.ts'
import { type AwsLogins, awsLogins } from '../../src/operator/adapters/logins.ts'
import {
  accessKeySource,
  ALLOW_ALL,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  KEYS_SECRET,
  never,
  serviceAccountSource,
  WEST,
} from '../support/aws-logins.ts'

let world: AwsWorld
before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

test('a Secret that is missing is named as external-secrets names it', async () => {
  const message = await world.refusal(
    anIdentity(accessKeySource({ namespace: 'argocd', name: 'gone' })),
    'credential-missing',
  )
  assert.equal(
    message,
    'could not fetch SecretAccessKey secret: cannot get Kubernetes secret "gone" from namespace "argocd": secrets "gone" not found',
  )
})

test('a Secret that appears is seen', async () => {
  const late = { namespace: 'argocd', name: 'late' }
  const logins = world.logins()
  await world.refusal(anIdentity(accessKeySource(late)), 'credential-missing', WEST, logins)
  const { accessKeyId, secretAccessKey } = world.principals.bot
  world.secrets.put(late, { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey })
  await world.mint(anIdentity(accessKeySource(late)), WEST, logins)
  world.secrets.remove(late)
  await world.refusal(anIdentity(accessKeySource(late)), 'credential-missing', WEST, logins)
})

test('a Secret that may not be read keeps the reason', async (t) => {
  world.secrets.failWith(fault('kube-forbidden', 'reading Secret argocd/awssm-secret: no'))
  t.after(() => world.secrets.failWith(undefined))
  const message = await world.refusal(anIdentity(accessKeySource()), 'credential-unreadable')
  assert.match(
    message,
    /cannot get Kubernetes secret "awssm-secret" from namespace "argocd": reading Secret .*: no$/,
  )
})

test('a missing key is named', async () => {
  const source = { ...accessKeySource(), secretAccessKey: { ...KEYS_SECRET, key: 'two' } }
  const message = await world.refusal(anIdentity(source), 'credential-missing')
  assert.match(
    message,
    /^could not fetch SecretAccessKey secret: cannot find secret data for key: "two" \(Secret \S+ has no such key/,
  )
})

const refusing = (error: unknown): AwsLogins =>
  awsLogins({
    aws: world.aws,
    secrets: world.secrets,
    clock: systemClock,
    policy: {
      ...ALLOW_ALL,
      serviceAccounts: { is: 'named', accounts: [{ namespace: 'argocd', name: 'puller' }] },
    },
    tokens: {
      async request() {
        throw error
      },
    },
  })
const account = (): Identity => anIdentity(serviceAccountSource(world.principals.puller.roleArn))
const kubeErrors: readonly { status: number; code: FaultCode; told: RegExp }[] = [
  { status: 403, code: 'service-account-denied', told: /--service-account-identities=argocd\/puller$/ },
  { status: 404, code: 'service-account-unusable', told: /error creating service account token: no$/ },
  { status: 503, code: 'credential-unreadable', told: /error creating service account token: no$/ },
]
for (const { status, code, told } of kubeErrors) {
  test(`a request for a token answered with ${status} is ${code}`, async () => {
    const error = new KubeError({ status, reason: 'x', message: 'POST /api/v1/x/token: no' })
    assert.match(await world.refusal(account(), code, WEST, refusing(error)), told)
  })
}

test('a bug is no fault', async () => {
  await assert.rejects(refusing(new TypeError('bug')).mint(account(), WEST, never), TypeError)
})

for (const region of ['us west 1', 'us-west-1.evil.example', '-']) {
  test(`"${region}" is no region`, async () => {
    await world.refusal(anIdentity(accessKeySource()), 'aws-region', { service: 'private', region })
  })
}

test('no region at all asks for one', async () => {
  assert.match(
    await world.refusal(anIdentity(accessKeySource()), 'aws-region', { service: 'private', region: '' }),
    /AWS_REGION/,
  )
})

test('an endpoint where nobody listens cannot be reached', async (t) => {
  const aws = openAws({ ...world.settings, endpoints: { ecr: 'http://user:pass@127.0.0.1:1' } })
  t.after(() => aws.close())
  const message = await world.refusal(
    anIdentity(accessKeySource()),
    'aws-unavailable',
    WEST,
    world.logins({ aws }),
  )
  assert.equal(message, 'ECR at http://127.0.0.1:1 cannot be reached (ECONNREFUSED)')
})
