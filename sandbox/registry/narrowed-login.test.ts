// This file is about tests of logins that were minted by a narrowed session: what registries refuse them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { keysOf } from '../aws/aws-fixture.ts'
import {
  basic,
  MANIFEST,
  messageOf,
  putManifest,
  type Told,
  WEST,
  type World,
  world,
} from './front-fixture.ts'

const PULL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability']
const PUSH = [
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:BatchCheckLayerAvailability',
  'ecr:PutImage',
]
const DIGEST = `sha256:${'a'.repeat(64)}`

/** A login of the pusher's role, narrowed to these actions on one repository. */
async function narrowedLogin(w: World, actions: readonly string[], name = 'apps/demo'): Promise<string> {
  const Resource = `arn:aws:ecr:us-west-1:123456789012:repository/${name}`
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Effect: 'Allow', Action: actions, Resource },
    ],
  })
  const { Credentials } = await w
    .sts(w.demo.bot)
    .send(new AssumeRoleCommand({ RoleArn: w.demo.roles.pusher.roleArn, RoleSessionName: 'narrow', Policy }))
  return w.login(keysOf(Credentials))
}

interface Step {
  readonly method: string
  readonly path: string
  readonly action: string
}
const STEPS: readonly Step[] = [
  { method: 'HEAD', path: `blobs/${DIGEST}`, action: 'ecr:BatchCheckLayerAvailability' },
  { method: 'GET', path: `blobs/${DIGEST}`, action: 'ecr:GetDownloadUrlForLayer' },
  { method: 'GET', path: 'manifests/1.0.0', action: 'ecr:BatchGetImage' },
  { method: 'POST', path: 'blobs/uploads/', action: 'ecr:InitiateLayerUpload' },
  { method: 'PATCH', path: 'blobs/uploads/1', action: 'ecr:UploadLayerPart' },
  { method: 'PUT', path: `blobs/uploads/1?digest=${DIGEST}`, action: 'ecr:CompleteLayerUpload' },
  { method: 'PUT', path: 'manifests/1.0.0', action: 'ecr:PutImage' },
]

const take = (w: World, { method, path }: Step, password: string): Promise<Told> =>
  w.ask(WEST, `/v2/apps/demo/${path}`, {
    method,
    ...basic(password),
    ...(path.startsWith('manifests/') && method === 'PUT' ? { body: MANIFEST } : {}),
  })

for (const { what, actions } of [
  { what: 'pulling', actions: PULL },
  { what: 'pushing', actions: PUSH },
]) {
  test(`a login for ${what} is refused every request that its session policy leaves out`, async (t) => {
    const w = await world(t)
    await putManifest(w, WEST, 'apps/demo', await w.login(w.demo.publisher))
    const password = await narrowedLogin(w, actions)
    assert.equal((await w.ask(WEST, '/v2/', basic(password))).status, 200)
    for (const step of STEPS) {
      const told = await take(w, step, password)
      const place = `${step.method} ${step.path}`
      if (actions.includes(step.action)) assert.notEqual(told.status, 403, place)
      else {
        assert.equal(told.status, 403, place)
        assert.deepEqual(JSON.parse(told.text), {
          errors: [
            {
              code: 'DENIED',
              message: `User: arn:aws:sts::123456789012:assumed-role/ecr-pusher/narrow is not authorized to perform: ${step.action} on resource: arn:aws:ecr:us-west-1:123456789012:repository/apps/demo because no session policy allows the ${step.action} action`,
            },
          ],
        })
      }
    }
  })
}

test('a login narrowed to one repository opens no other', async (t) => {
  const w = await world(t)
  const password = await narrowedLogin(w, [...PULL, ...PUSH], 'charts/demo')
  assert.equal((await putManifest(w, WEST, 'charts/demo', password)).status, 201)
  assert.equal((await putManifest(w, WEST, 'apps/demo', password)).status, 403)
})

test('a login cannot mount a layer of a repository that it may not read', async (t) => {
  const w = await world(t)
  const mount = async (password: string): Promise<string> => {
    const path = `/v2/apps/demo/blobs/uploads/?mount=${DIGEST}&from=charts/demo`
    const told = await w.ask(WEST, path, { method: 'POST', ...basic(password) })
    assert.equal(told.status, 202)
    return new URL(String(told.headers['location'])).searchParams.get('state') ?? ''
  }
  assert.equal(await mount(await narrowedLogin(w, [...PULL, ...PUSH])), 'new')
  assert.equal(await mount(await w.login(w.demo.publisher)), '123456789012/us-west-1/charts/demo')
})

test('an action that is denied on request is refused to the living login too', async (t) => {
  const w = await world(t)
  const password = await w.login(w.demo.publisher)
  assert.equal((await putManifest(w, WEST, 'apps/demo', password)).status, 201)
  w.aws.faults.add({ kind: 'deny', action: 'ecr:PutImage' })
  const told = await putManifest(w, WEST, 'apps/demo', password)
  assert.equal(told.status, 403)
  assert.match(messageOf(told), /ecr:PutImage .* with an explicit deny in a service control policy$/)
})
