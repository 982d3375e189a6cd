// This file is about tests of IAM's decisions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requestContext } from './condition.ts'
import { decideAccess, type Policies } from './evaluate.ts'
import type { PolicyDocument, Statement } from './policy-document.ts'
import type { Principal } from './principal.ts'

const ME = 'arn:aws:iam::123456789012:user/bot'
const REPOSITORY = 'arn:aws:ecr:us-west-1:123456789012:repository/apps/demo'
const policy = (...Statement: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })
const allow = (Action: string | string[], Resource: string | string[] = '*'): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
})
const deny = (Action: string | string[], Resource: string | string[] = '*'): Statement => ({
  Effect: 'Deny',
  Action,
  Resource,
})
const grant = (principal: string): PolicyDocument =>
  policy({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'ecr:BatchGetImage' })

const principal: Principal = { is: 'user', arn: ME, holder: ME, account: '123456789012', userId: 'AIDA' }

interface Row {
  readonly policies: Policies
  readonly owner?: string
  readonly expected: 'allowed' | RegExp
}

const rows: Record<string, Row> = {
  'nothing said is a denial': {
    policies: { identity: [] },
    expected: /because no identity-based policy allows the ecr:BatchGetImage action$/,
  },
  'an action may be allowed by name whatever its case': {
    policies: { identity: [policy(allow('ECR:batchgetimage'))] },
    expected: 'allowed',
  },
  'an action may be allowed by wildcard': {
    policies: { identity: [policy(allow('ecr:Batch*'))] },
    expected: 'allowed',
  },
  'a question mark stands for one character': {
    policies: { identity: [policy(allow('ecr:BatchGetImag?', REPOSITORY))] },
    expected: 'allowed',
  },
  'another resource is not meant': {
    policies: { identity: [policy(allow('ecr:*', 'arn:aws:ecr:us-east-1:*:repository/*'))] },
    expected: /no identity-based policy/,
  },
  'a dot in a pattern is only a dot': {
    policies: { identity: [policy(allow('ecr:*', REPOSITORY.replace('apps/demo', 'apps.demo')))] },
    expected: /no identity-based policy/,
  },
  'an explicit deny beats every allow': {
    policies: { identity: [policy(allow('*'), deny('ecr:BatchGetImage'))] },
    expected: /with an explicit deny in an identity-based policy$/,
  },
  'what NotAction leaves out is meant': {
    policies: { identity: [policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })] },
    expected: 'allowed',
  },
  'what NotResource names is not meant': {
    policies: { identity: [policy({ Effect: 'Allow', Action: '*', NotResource: REPOSITORY })] },
    expected: /no identity-based policy/,
  },
  'a session policy narrows': {
    policies: { identity: [policy(allow('*'))], session: [policy(allow('ecr:GetAuthorizationToken'))] },
    expected: /because no session policy allows/,
  },
  'a session policy cannot widen': {
    policies: { identity: [], session: [policy(allow('*'))] },
    expected: /no identity-based policy/,
  },
  'a session policy may deny': {
    policies: { identity: [policy(allow('*'))], session: [policy(allow('*'), deny('ecr:*'))] },
    expected: /with an explicit deny in a session policy$/,
  },
  'within an account the repository policy alone is enough': {
    policies: { identity: [], resource: grant(ME) },
    expected: 'allowed',
  },
  'a repository policy that trusts the account delegates to its identity policies': {
    policies: { identity: [], resource: grant('arn:aws:iam::123456789012:root') },
    expected: /no identity-based policy/,
  },
  'across accounts the identity policy alone is not enough': {
    policies: { identity: [policy(allow('*'))] },
    owner: '210987654321',
    expected: /because no resource-based policy allows/,
  },
  'across accounts the repository policy alone is not enough': {
    policies: { identity: [], resource: grant(ME) },
    owner: '210987654321',
    expected: /no identity-based policy/,
  },
  'across accounts both together are enough': {
    policies: { identity: [policy(allow('*'))], resource: grant('123456789012') },
    owner: '210987654321',
    expected: 'allowed',
  },
  'a condition must hold': {
    policies: {
      identity: [
        policy({ ...allow('*'), Condition: { StringEquals: { 'aws:PrincipalAccount': '210987654321' } } }),
      ],
    },
    expected: /no identity-based policy/,
  },
}

for (const [name, { policies, owner, expected }] of Object.entries(rows)) {
  test(name, () => {
    const context = requestContext({ 'aws:PrincipalAccount': '123456789012' })
    const access = { action: 'ecr:BatchGetImage', resource: REPOSITORY, context }
    const verdict = decideAccess(principal, access, owner ?? '123456789012', policies)
    if (expected === 'allowed') assert.deepEqual(verdict, { is: 'allowed' })
    else assert.match(verdict.is === 'denied' ? verdict.because : 'allowed', expected)
  })
}
