// This file is about whom the operator's flags admit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ambientRefusal, type IdentityPolicy, serviceAccountRefusal } from './identity-policy.ts'

const policy = (part: Partial<IdentityPolicy>): IdentityPolicy => ({
  ambient: { is: 'deny' },
  serviceAccounts: { is: 'none' },
  apiAudiences: async () => [],
  ...part,
})

const ambient: readonly { name: string; ambient: IdentityPolicy['ambient']; told?: RegExp }[] = [
  { name: 'allow admits everybody', ambient: { is: 'allow' } },
  { name: 'a list admits its namespaces', ambient: { is: 'namespaces', namespaces: ['b', 'a'] } },
  { name: 'deny admits nobody', ambient: { is: 'deny' }, told: /--ambient-credentials=namespaces=a$/ },
  {
    name: 'a list admits no other namespace, and the flag is told whole',
    ambient: { is: 'namespaces', namespaces: ['b', 'c'] },
    told: /--ambient-credentials=namespaces=b,c,a$/,
  },
]
for (const { name, ambient: is, told } of ambient) {
  test(name, () => {
    const refused = ambientRefusal(policy({ ambient: is }), 'a')
    assert.equal(refused?.code, told === undefined ? undefined : 'ambient-denied')
    if (told !== undefined) assert.match(refused?.message ?? '', told)
  })
}

test('the Secret that holds the operator’s identity is named where it is refused', () => {
  const keptIn = { namespace: 'everpull', name: 'aws-ecr-cloud-credentials' }
  assert.equal(
    ambientRefusal(policy({}), 'a', keptIn)?.message,
    "namespace a may not use the operator's own AWS identity (Secret everpull/aws-ecr-cloud-credentials): start the operator with --ambient-credentials=namespaces=a",
  )
})

const account = {
  is: 'service-account',
  namespace: 'a',
  name: 'sa',
  uid: 'u',
  audiences: ['sts.amazonaws.com'],
  roleArn: 'r',
  sessionName: 's',
} as const
type Rule = IdentityPolicy['serviceAccounts']
const accounts: readonly { name: string; rule: Rule; audiences?: string[]; told?: RegExp }[] = [
  { name: 'the flag alone admits every service account', rule: { is: 'all' } },
  {
    name: 'a named service account is admitted',
    rule: { is: 'named', accounts: [{ namespace: 'a', name: 'sa' }] },
  },
  { name: 'without the flag none is', rule: { is: 'none' }, told: /--service-account-identities=a\/sa$/ },
  {
    name: 'another namespace’s account of that name is not',
    rule: { is: 'named', accounts: [{ namespace: 'b', name: 'sa' }] },
    told: /--service-account-identities=b\/sa,a\/sa$/,
  },
  {
    name: 'the API server’s usual audience is refused',
    rule: { is: 'all' },
    audiences: ['https://kubernetes.default.svc'],
    told: /could be used against this cluster$/,
  },
  {
    name: 'the API server’s own audience is refused beside another',
    rule: { is: 'all' },
    audiences: ['sts.amazonaws.com', 'https://issuer'],
    told: /audience "https:\/\/issuer"/,
  },
  {
    name: 'no audience would be the API server’s',
    rule: { is: 'all' },
    audiences: [],
    told: /no audience is named$/,
  },
]
for (const { name, rule, audiences, told } of accounts) {
  test(name, async () => {
    const asked = { ...account, ...(audiences === undefined ? {} : { audiences }) }
    const refused = await serviceAccountRefusal(
      policy({ serviceAccounts: rule, apiAudiences: async () => ['https://issuer'] }),
      asked,
    )
    if (told === undefined) return assert.equal(refused, undefined)
    assert.match(refused?.message ?? '', told)
  })
}
