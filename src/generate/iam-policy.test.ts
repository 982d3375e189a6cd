// This file is about the documents that a connection's least policies come to.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TOKEN_ACTIONS } from '../model/ecr-actions.ts'
import type { CredentialSource } from '../model/identity.ts'
import { type Connection, leastPolicies, PLACEHOLDERS } from './iam-policy.ts'

const ACCOUNT = '123456789012'
const WEB: CredentialSource = {
  is: 'service-account',
  namespace: 'ci',
  name: 'builder',
  uid: 'u',
  audiences: ['sts.amazonaws.com'],
  roleArn: `arn:aws-cn:iam::${ACCOUNT}:role/web`,
  sessionName: 's',
}
const AMBIENT: CredentialSource = { is: 'ambient' }
const CHINA = { service: 'private', account: ACCOUNT, region: 'cn-north-1' } as const
const WEST = { service: 'private', account: ACCOUNT, region: 'us-west-1' } as const

const connection = (more: Partial<Connection>): Connection => ({
  identity: { source: AMBIENT, roles: [] },
  registries: [WEST],
  permissions: ['pull'],
  probes: false,
  ...more,
})

const summary = (more: Partial<Connection>): readonly string[] =>
  leastPolicies(connection(more)).map(({ kind, of }) => `${kind} ${of}`)

test('a service account’s role is allowed to pull and trusts the account, in its partition’s names', () => {
  const identity = { source: WEB, roles: [] }
  const [own, trust, ...more] = leastPolicies(
    connection({ identity, registries: [CHINA], issuer: 'https://oidc.example/id/A' }),
  )
  assert.deepEqual(more, [])
  assert.deepEqual(own, {
    kind: 'identity',
    of: WEB.roleArn,
    policy: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
        {
          Effect: 'Allow',
          Action: [
            'ecr:BatchCheckLayerAvailability',
            'ecr:BatchGetImage',
            'ecr:BatchImportUpstreamImage',
            'ecr:GetDownloadUrlForLayer',
            'ecr:ListImages',
          ],
          Resource: `arn:aws-cn:ecr:cn-north-1:${ACCOUNT}:repository/*`,
        },
      ],
    },
  })
  assert.deepEqual(trust, {
    kind: 'trust',
    of: WEB.roleArn,
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: `arn:aws-cn:iam::${ACCOUNT}:oidc-provider/oidc.example/id/A` },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            StringEquals: {
              'oidc.example/id/A:aud': 'sts.amazonaws.com',
              'oidc.example/id/A:sub': 'system:serviceaccount:ci:builder',
            },
          },
        },
      ],
    },
  })
})

test('sessions are told by the role they are of', () => {
  const callerArn = `arn:aws:sts::${ACCOUNT}:assumed-role/node/i-0123`
  assert.deepEqual(summary({ callerArn }), [`identity arn:aws:iam::${ACCOUNT}:role/node`])
})

test('what nobody has said has a placeholder', () => {
  assert.deepEqual(summary({}), [`identity ${PLACEHOLDERS.caller}`, `repository ${ACCOUNT}`])
  const [, trust] = leastPolicies(connection({ identity: { source: WEB, roles: [] } }))
  assert.match(JSON.stringify(trust), /oidc-provider\/ISSUER-OF-THE-CLUSTER/)
})

test('a chain has a policy and a trust for each step, and the last one asks', () => {
  const roles = [
    { roleArn: `arn:aws:iam::${ACCOUNT}:role/a`, externalId: 'x' },
    { roleArn: 'arn:aws:iam::210987654321:role/b' },
  ]
  const callerArn = `arn:aws:iam::${ACCOUNT}:user/bot`
  assert.deepEqual(summary({ identity: { source: AMBIENT, roles }, callerArn }), [
    `identity ${callerArn}`,
    `identity arn:aws:iam::${ACCOUNT}:role/a`,
    'identity arn:aws:iam::210987654321:role/b',
    `trust arn:aws:iam::${ACCOUNT}:role/a`,
    'trust arn:aws:iam::210987654321:role/b',
    `repository ${ACCOUNT}`,
  ])
})

test('registries of one account and region are one resource, and ECR Public is one of its own', () => {
  const callerArn = `arn:aws:iam::${ACCOUNT}:user/bot`
  const registries = [WEST, { ...WEST }, { ...WEST, region: 'us-gov-west-1' }, PUBLIC]
  const [own] = leastPolicies(connection({ callerArn, registries, permissions: ['push'], probes: true }))
  assert.deepEqual(
    own?.policy.Statement.map(({ Resource }) => Resource),
    [
      '*',
      [
        `arn:aws:ecr:us-west-1:${ACCOUNT}:repository/*`,
        `arn:aws-us-gov:ecr:us-gov-west-1:${ACCOUNT}:repository/*`,
      ],
      '*',
      `arn:aws:ecr-public::${ACCOUNT}:repository/*`,
    ],
  )
})
const PUBLIC = { service: 'public', region: 'us-east-1' } as const

test('pulling from ECR Public takes a login and nothing more', () => {
  const [own] = leastPolicies(connection({ registries: [PUBLIC] }))
  assert.deepEqual(own?.policy.Statement, [{ Effect: 'Allow', Action: TOKEN_ACTIONS.public, Resource: '*' }])
})

test('a login without registries takes a token, and no resource is left open', () => {
  const [own] = leastPolicies(connection({ registries: [] }))
  assert.deepEqual(own?.policy.Statement, [
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
  ])
})

test('behind an alias the registry is the caller’s own', () => {
  const callerArn = `arn:aws:iam::${ACCOUNT}:user/bot`
  const registries = [{ service: 'private', region: 'us-west-1' } as const]
  assert.deepEqual(summary({ callerArn, registries }), [`identity ${callerArn}`])
  assert.deepEqual(
    leastPolicies(connection({ callerArn, registries })),
    leastPolicies(connection({ callerArn })),
  )
})
