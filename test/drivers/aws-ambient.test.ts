// This file is about the operator's own AWS identity: every link of the SDK's chain, rotated while it is in use.
import assert from 'node:assert/strict'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { openAws } from '../../src/aws/connection.ts'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import type { AwsLogins } from '../../src/operator/adapters/logins.ts'
import {
  accessKeySource,
  ALLOW_ALL,
  anAwsWorld,
  anIdentity,
  type AwsWorld,
  never,
  PUBLIC,
} from '../support/aws-logins.ts'

const POD = 'system:serviceaccount:everpull:everpull'
const AMBIENT = anIdentity({ is: 'ambient' })

let world: AwsWorld
let folder: string
const original = { ...process.env }

before(async () => {
  world = await anAwsWorld()
})
after(() => world.close())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everpull-ambient-'))
  // Nothing of the machine's own may be found.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  process.env['HOME'] = folder
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true'
})
afterEach(async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name]
  Object.assign(process.env, original)
  await rm(folder, { recursive: true })
})

/** The SDK reads the process's variables itself, so they are set for it and given to us. */
function loginsWith(variables: Readonly<Record<string, string>>, clock: Clock = systemClock): AwsLogins {
  Object.assign(process.env, variables)
  const aws = openAws({ ...world.settings, environment: { ...process.env } })
  return world.logins({ aws, clock })
}

/** As the kubelet does: the new content takes the old one's place at once. */
async function put(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(`${path}.new`, content)
  await rename(`${path}.new`, path)
  return path
}

const podToken = (aud = 'sts.amazonaws.com'): string => world.issuer.token({ sub: POD, aud: [aud] })
const botKeys = (): string => {
  const { accessKeyId, secretAccessKey } = world.principals.bot
  return `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
}
const lastCaller = (): string | undefined =>
  world.sandbox.calls.list({ operation: 'GetAuthorizationToken' }).at(-1)?.principal

/** Files are looked at once a second at most; this clock lets each look be a new one. */
const hasty = (): Clock => {
  let looks = 0
  return { ...systemClock, monotonic: () => ((looks += 1) * 1000) as ReturnType<Clock['monotonic']> }
}

test('keys in the environment serve', async () => {
  const { accessKeyId, secretAccessKey } = world.principals.bot
  const logins = loginsWith({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
  await world.mint(AMBIENT, undefined, logins)
  await world.mint(AMBIENT, PUBLIC, logins)
  assert.match(lastCaller() ?? '', /user\/ecr-bot$/)
})

test('temporary keys in the environment serve with their session token', async () => {
  const { accessKeyId, secretAccessKey, sessionToken } = await world.session(anIdentity(accessKeySource()))
  const logins = loginsWith({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal(),
    AWS_SESSION_TOKEN: sessionToken.reveal(),
  })
  const { login } = await world.mint(AMBIENT, undefined, logins)
  assert.equal(login.username, 'AWS')
})

test('a role may be assumed on top of them', async () => {
  const { accessKeyId, secretAccessKey } = world.principals.bot
  const logins = loginsWith({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
  await world.mint(anIdentity({ is: 'ambient' }, world.puller()), undefined, logins)
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\/everpull$/)
})

test('web identity variables serve (IRSA), for all regions with one session', async () => {
  const logins = loginsWith({
    AWS_ROLE_ARN: world.principals.puller.roleArn,
    AWS_WEB_IDENTITY_TOKEN_FILE: await put('token', podToken()),
    AWS_REGION: 'us-west-1',
  })
  const asked = await world.callsDuring('AssumeRoleWithWebIdentity', async () => {
    await world.mint(AMBIENT, { service: 'private', region: 'us-west-1' }, logins)
    await world.mint(AMBIENT, { service: 'private', region: 'us-east-2' }, logins)
  })
  assert.equal(asked, 1)
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\//)
})

test('a config file with a role and a token file serves, and a rotated token is read anew', async () => {
  const token = await put('token', podToken())
  const config = `[default]\nrole_arn = ${world.principals.puller.roleArn}\nweb_identity_token_file = ${token}\nregion = us-east-2\n`
  const variables = { AWS_CONFIG_FILE: await put('credentials', config) }
  await world.mint(AMBIENT, { service: 'private', region: '' }, loginsWith(variables))
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\//)
  await put('token', 'not.a.token')
  await world.refusal(AMBIENT, 'aws-unrecognised', undefined, loginsWith(variables))
  await put('token', podToken())
  await world.mint(AMBIENT, undefined, loginsWith(variables))
})

test('a mounted file of keys that is rotated is seen by the same operator, and changes the key', async () => {
  const key = world.sandbox.iam.createAccessKey(world.principals.bot.arn)
  const file = (id: string, secret: string): string =>
    `[default]\naws_access_key_id=${id}\naws_secret_access_key=${secret}\n`
  const logins = loginsWith({ AWS_CONFIG_FILE: await put('credentials', file(key.id, key.secret)) }, hasty())
  const before = await logins.identify(AMBIENT, never)
  await world.mint(AMBIENT, undefined, logins)
  const next = world.sandbox.iam.createAccessKey(world.principals.bot.arn)
  world.sandbox.iam.deleteAccessKey(key.id)
  await put('credentials', file(next.id, next.secret))
  assert.notDeepEqual(await logins.identify(AMBIENT, never), before)
  await world.mint(AMBIENT, undefined, logins)
  assert.equal(world.sandbox.calls.list().at(-1)?.accessKeyId, next.id)
})

test('Pod Identity serves', async () => {
  world.sandbox.associate({
    namespace: 'everpull',
    serviceAccount: 'everpull',
    roleArn: world.principals.puller.roleArn,
  })
  const logins = loginsWith({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${world.sandbox.url}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: await put('token', podToken('pods.eks.amazonaws.com')),
  })
  await world.mint(AMBIENT, undefined, logins)
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\/eks-/)
})

test('an instance profile serves', async () => {
  world.sandbox.setInstanceRole(world.principals.puller.roleArn)
  const logins = loginsWith({
    AWS_EC2_METADATA_DISABLED: 'false',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: world.sandbox.url,
  })
  await world.mint(AMBIENT, undefined, logins)
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\/i-/)
})

test('nothing found says so', async () => {
  const message = await world.refusal(AMBIENT, 'aws-no-credentials', undefined, loginsWith({}))
  assert.match(message, /^the operator's own AWS identity has no AWS credentials: give it a role/)
})

test('a token file that is not there says so', async () => {
  const logins = loginsWith({
    AWS_ROLE_ARN: world.principals.puller.roleArn,
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'nothing'),
  })
  await world.refusal(AMBIENT, 'aws-no-credentials', undefined, logins)
})

test('a stray line break in the environment is told, not sent', async () => {
  const { accessKeyId, secretAccessKey } = world.principals.bot
  const logins = loginsWith({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: `${secretAccessKey}\n` })
  const message = await world.refusal(AMBIENT, 'credential-malformed', undefined, logins)
  assert.match(message, /^the operator's own AWS access key holds a line break/)
})

test('an object with credentials of its own never gets the operator’s', async () => {
  const { accessKeyId, secretAccessKey } = world.principals.publisher
  const logins = loginsWith({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
  await world.mint(anIdentity(accessKeySource()), undefined, logins)
  assert.match(lastCaller() ?? '', /user\/ecr-bot$/)
  await world.mint(anIdentity(accessKeySource(), world.puller()), undefined, logins)
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\//)
})

test('a Secret that holds none of the keys looked for leaves the default chain to answer', async () => {
  const secret = { namespace: 'ecr-secret-operator', name: 'empty' }
  const identity = anIdentity({ is: 'credentials-secret', secret })
  const { accessKeyId, secretAccessKey } = world.principals.bot
  const logins = loginsWith({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
  world.secrets.put(secret, { note: 'keys come from the pod' })
  await world.mint(identity, undefined, logins)
  assert.match(lastCaller() ?? '', /user\/ecr-bot$/)
  const policy = { ...ALLOW_ALL, ambient: { is: 'deny' } } as const
  await world.refusal(identity, 'ambient-denied', undefined, world.logins({ policy }))
})

test('half a key in a Secret is a mistake, and told by the name of the other half', async () => {
  const secret = { namespace: 'ecr-secret-operator', name: 'half' }
  const identity = anIdentity({ is: 'credentials-secret', secret })
  world.secrets.put(secret, { aws_access_key_id: world.principals.bot.accessKeyId })
  assert.equal(
    await world.refusal(identity, 'credential-missing'),
    'Secret ecr-secret-operator/half has aws_access_key_id, but no aws_secret_access_key: add it',
  )
})

test('whom the flag does not admit is refused before anything is shared', async () => {
  await put('unused', botKeys())
  const policy = { ...ALLOW_ALL, ambient: { is: 'namespaces', namespaces: ['platform'] } } as const
  const logins = world.logins({ policy })
  const refused = await logins.identify(AMBIENT, never)
  assert.equal(refused.is, 'fault')
  assert.equal(refused.code, 'ambient-denied')
  assert.match(refused.message, /--ambient-credentials=namespaces=platform,argocd$/)
})

test('a Secret may name a token file of the operator, and nothing but a token is sent from there', async () => {
  const secret = { namespace: 'ecr-secret-operator', name: 'aws-ecr-cloud-credentials' }
  const identity = anIdentity({ is: 'credentials-secret', secret })
  const write = (path: string): void =>
    world.secrets.put(secret, {
      credentials: `[default]\nrole_arn = ${world.principals.puller.roleArn}\nweb_identity_token_file = ${path}\n`,
    })
  write(await put('token', podToken()))
  await world.mint(identity)
  assert.match(lastCaller() ?? '', /assumed-role\/ecr-puller\/everpull$/)
  write(await put('password', 'hunter2 is no token'))
  const asked = await world.callsDuring('AssumeRoleWithWebIdentity', async () => {
    assert.match(
      await world.refusal(identity, 'credential-malformed'),
      /aws-ecr-cloud-credentials names holds no service account token$/,
    )
  })
  assert.equal(asked, 0)
  write(join(folder, 'nothing'))
  await world.refusal(identity, 'credential-unreadable')
})
