// This file is about whose credentials Secrets may be used by whom.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { SecretText } from '../../base/secret-text.ts'
import { hours, minutes } from '../../base/duration.ts'
import type { Fault } from '../../model/fault.ts'
import type { CredentialSource, Identity, RoleStep } from '../../model/identity.ts'
import { credentialReader } from './credentials.ts'
import type { IdentityPolicy } from './identity-policy.ts'
import type { Material } from './material.ts'

const KEYS: ReadonlyMap<string, SecretText> = new Map([
  ['aws_access_key_id', new SecretText('AKIAIOSFODNN7EXAMPLE')],
  ['aws_secret_access_key', new SecretText('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')],
])

function read(identity: Identity, policy: Partial<IdentityPolicy> = {}): Promise<Material | Fault> {
  const reader = credentialReader({
    secrets: { read: async () => ({ is: 'values', get: (key) => KEYS.get(key) }) },
    policy: {
      ambient: { is: 'deny' },
      serviceAccounts: { is: 'none' },
      apiAudiences: async () => [],
      ...policy,
    },
    environment: {},
    clock: new ManualClock(),
  })
  return reader.read(identity, new AbortController().signal)
}

const LENT: CredentialSource = {
  is: 'credentials-secret',
  secret: { namespace: 'everpull', name: 'aws-ecr-cloud-credentials' },
}

/** What Secret everpull/aws-ecr-cloud-credentials comes to for an object of that namespace. */
const lentTo = (onBehalfOf: string, ambient: IdentityPolicy['ambient']): Promise<Material | Fault> =>
  read({ source: LENT, roles: [], onBehalfOf }, { ambient })

const rows: readonly { says: string; for: string; ambient: IdentityPolicy['ambient']; is: string }[] = [
  { says: 'by default everybody may', for: 'apps', ambient: { is: 'allow' }, is: 'keys' },
  { says: 'where it is denied nobody else may', for: 'apps', ambient: { is: 'deny' }, is: 'ambient-denied' },
  {
    says: 'a namespace that is not named may not',
    for: 'apps',
    ambient: { is: 'namespaces', namespaces: ['platform'] },
    is: 'ambient-denied',
  },
  {
    says: 'a namespace that is named may',
    for: 'apps',
    ambient: { is: 'namespaces', namespaces: ['apps'] },
    is: 'keys',
  },
  { says: 'its own namespace always may', for: 'everpull', ambient: { is: 'deny' }, is: 'keys' },
]
for (const { says, for: namespace, ambient, is } of rows) {
  test(`of the operator’s credentials Secret: ${says}`, async () => {
    const material = await lentTo(namespace, ambient)
    assert.equal(material.is === 'fault' ? material.code : material.is, is)
  })
}

const ACCOUNT: CredentialSource = {
  is: 'service-account',
  namespace: 'apps',
  name: 'builder',
  uid: 'u',
  audiences: ['sts.amazonaws.com'],
  roleArn: 'arn:aws:iam::123456789012:role/web',
  sessionName: 's',
}

const THROUGH = { group: 'everpull.dev', kind: 'EcrIntegration', namespace: '', name: 'ecr-prod' }
for (const source of [{ is: 'ambient' }, LENT] as const) {
  test(`what an integration lends is nothing the flag says more about: ${source.is}`, async () => {
    const asked = { source, roles: [], onBehalfOf: 'apps' }
    assert.equal((await read(asked)).is, 'fault')
    assert.notEqual((await read({ ...asked, through: THROUGH })).is, 'fault')
  })
}

test('what an integration lends of a service account is still the flag’s to allow', async () => {
  const refused = await read({ source: ACCOUNT, roles: [], onBehalfOf: 'apps', through: THROUGH })
  assert.equal(refused.is === 'fault' && refused.code, 'service-account-denied')
})

const INLINE: CredentialSource = {
  is: 'access-key',
  accessKeyId: { text: 'AKIAIOSFODNN7EXAMPLE' },
  secretAccessKey: { namespace: 'apps', name: 'keys', key: 'aws_secret_access_key' },
}
const role = (duration?: RoleStep['duration']): RoleStep => ({
  roleArn: 'arn:aws:iam::123456789012:role/r',
  ...(duration === undefined ? {} : { duration }),
})

test('an access key id may be written out', async () => {
  const keys = await read({ source: INLINE, roles: [], onBehalfOf: 'apps' })
  assert.ok(keys.is === 'keys')
  assert.equal(keys.accessKeyId.reveal(), 'AKIAIOSFODNN7EXAMPLE')
})

const lives: readonly { says: string; source: CredentialSource; roles: RoleStep[]; refused: boolean }[] = [
  { says: 'keys give a role its own longest life', source: INLINE, roles: [role(hours(12))], refused: false },
  { says: 'a role gives another an hour', source: INLINE, roles: [role(), role(hours(1))], refused: false },
  {
    says: 'a role gives another no more than that',
    source: INLINE,
    roles: [role(), role(minutes(61))],
    refused: true,
  },
  { says: 'a web identity is a role too', source: ACCOUNT, roles: [role(hours(2))], refused: true },
  {
    says: 'of its own identity the operator does not know',
    source: { is: 'ambient' },
    roles: [role(hours(2))],
    refused: false,
  },
]
for (const { says, source, roles, refused } of lives) {
  test(`of chained lives: ${says}`, async () => {
    const policy = { ambient: { is: 'allow' }, serviceAccounts: { is: 'all' } } as const
    const material = await read({ source, roles, onBehalfOf: 'apps' }, policy)
    if (!refused) return assert.notEqual(material.is, 'fault')
    assert.deepEqual(material, {
      is: 'fault',
      code: 'spec-invalid',
      message:
        'the session of role arn:aws:iam::123456789012:role/r is asked for too long: AWS gives an hour at most to a role that is assumed by another role',
    })
  })
}
