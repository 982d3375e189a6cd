// This file is about whose credentials Secrets may be used by whom.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { SecretText } from '../../base/secret-text.ts'
import type { Fault } from '../../model/fault.ts'
import { credentialReader } from './credentials.ts'
import type { IdentityPolicy } from './identity-policy.ts'
import type { Material } from './material.ts'

const KEYS: ReadonlyMap<string, SecretText> = new Map([
  ['aws_access_key_id', new SecretText('AKIAIOSFODNN7EXAMPLE')],
  ['aws_secret_access_key', new SecretText('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')],
])

/** What Secret everpull/aws-ecr-cloud-credentials comes to for an object of that namespace. */
function lentTo(onBehalfOf: string, ambient: IdentityPolicy['ambient']): Promise<Material | Fault> {
  const reader = credentialReader({
    secrets: { read: async () => ({ is: 'values', get: (key) => KEYS.get(key) }) },
    policy: { ambient, serviceAccounts: { is: 'none' }, apiAudiences: async () => [] },
    environment: {},
    clock: new ManualClock(),
  })
  const secret = { namespace: 'everpull', name: 'aws-ecr-cloud-credentials' }
  const identity = { source: { is: 'credentials-secret', secret }, roles: [], onBehalfOf } as const
  return reader.read(identity, new AbortController().signal)
}

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
