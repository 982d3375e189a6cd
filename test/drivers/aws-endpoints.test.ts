// This file is about AWS's own endpoints by name: FIPS and dual-stack ones, of every service that a login takes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openAws } from '../../src/aws/connection.ts'
import type { RegistryScope } from '../../src/model/login.ts'
import { accessKeySource, anAwsWorld, anIdentity, type AwsWorld } from '../support/aws-logins.ts'
import { type AwsFront, anAwsFront } from '../support/aws-front.ts'

let world: AwsWorld
let front: AwsFront
before(async () => {
  world = await anAwsWorld()
  front = await anAwsFront(world)
})
after(async () => {
  await front[Symbol.asyncDispose]()
  await world.close()
})

const flagged = (region: string, flags: Pick<RegistryScope, 'fips' | 'dualStack'>): RegistryScope => ({
  service: 'private',
  region,
  ...flags,
})

const rows: readonly { says: string; scope: RegistryScope; hosts: readonly string[] }[] = [
  {
    says: 'neither flag',
    scope: flagged('us-west-1', {}),
    hosts: ['sts.us-west-1.amazonaws.com', 'api.ecr.us-west-1.amazonaws.com'],
  },
  {
    says: 'FIPS',
    scope: flagged('us-east-2', { fips: true }),
    hosts: ['sts-fips.us-east-2.amazonaws.com', 'api.ecr-fips.us-east-2.amazonaws.com'],
  },
  {
    says: 'dual-stack',
    scope: flagged('eu-central-1', { dualStack: true }),
    hosts: ['sts.eu-central-1.api.aws', 'ecr.eu-central-1.api.aws'],
  },
  {
    says: 'both',
    scope: flagged('us-west-2', { fips: true, dualStack: true }),
    hosts: ['sts-fips.us-west-2.api.aws', 'ecr-fips.us-west-2.api.aws'],
  },
  {
    says: 'FIPS in GovCloud, where STS has it under its plain name',
    scope: flagged('us-gov-west-1', { fips: true }),
    hosts: ['sts.us-gov-west-1.amazonaws.com', 'api.ecr-fips.us-gov-west-1.amazonaws.com'],
  },
  {
    says: 'dual-stack of ECR Public',
    scope: { service: 'public', region: 'us-east-1', dualStack: true },
    hosts: ['sts.us-east-1.api.aws', 'ecr-public.us-east-1.api.aws'],
  },
]
for (const { says, scope, hosts } of rows) {
  test(`a login over a role asks the endpoints of its scope: ${says}`, async () => {
    const identity = anIdentity(accessKeySource(), world.puller())
    const logins = world.logins({ aws: front.aws })
    assert.deepEqual(await front.hostsDuring(() => world.mint(identity, scope, logins)), hosts)
  })
}

test('a region without FIPS endpoints is told as such', async () => {
  const logins = world.logins({ aws: front.aws })
  const scope = flagged('eu-central-1', { fips: true })
  const message = await world.refusal(anIdentity(accessKeySource()), 'aws-unavailable', scope, logins)
  assert.match(message, /whether AWS has a FIPS endpoint there$/)
})

test('a configured endpoint is asked whatever the flags say', async (t) => {
  const aws = openAws(world.settings)
  t.after(() => aws.close())
  const scope = flagged('us-west-1', { fips: true, dualStack: true })
  const asked = () => world.mint(anIdentity(accessKeySource(), world.puller()), scope, world.logins({ aws }))
  assert.deepEqual(await front.hostsDuring(asked), [new URL(world.sandbox.url).host])
})
