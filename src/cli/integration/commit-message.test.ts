// This file is about testing what a commit says of a change: what it is, how it was tested, and nothing secret.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretText } from '../../base/secret-text.ts'
import type { IntegrationSettings } from '../../operator/commands/integrations.ts'
import { commitMessage } from './commit-message.ts'
import { diffText } from './diff-text.ts'

const settings: IntegrationSettings = {
  name: 'ecr-ci',
  runtimes: { is: 'selected', names: ['staging', 'production'] },
  access: {
    is: 'access-key',
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secret: { is: 'sealed', secretAccessKey: new SecretText('a-secret') },
  },
  region: 'eu-west-1',
  registries: [],
  namespaces: ['team-*'],
}

test('a change is told with all that can be seen of it', () => {
  const tested = { is: 'passed', from: 'cluster', arn: 'arn:aws:iam::123456789012:user/ci' } as const
  assert.equal(
    commitMessage({ is: 'create', settings }, tested),
    `Create the ECR integration ecr-ci

Runtimes: staging, production
Access: access key AKIAIOSFODNN7EXAMPLE, its secret sealed in the repository
Region: eu-west-1
Shared with: team-*
Connection: tested by the operator as arn:aws:iam::123456789012:user/ci, passed
`,
  )
})

test('a test that was left out is told', () => {
  assert.match(
    commitMessage({ is: 'edit', settings }, { is: 'skipped' }),
    /^Change the ECR integration ecr-ci\n[^]*\nConnection: not tested \(--skip-test\)\n$/,
  )
})

test('a deletion is told in one line', () => {
  assert.equal(
    commitMessage({ is: 'delete', name: 'ecr-ci' }, { is: 'not-needed' }),
    'Delete the ECR integration ecr-ci\n',
  )
})

test('a diff has colours where somebody looks, and none elsewhere', () => {
  const diff = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n'
  assert.equal(diffText(diff, false), diff)
  const coloured = diffText(diff, true)
  assert.match(coloured, /\u001b\[31m-old\u001b\[39m\n\u001b\[32m\+new\u001b\[39m\n same\n$/)
  assert.match(coloured, /^\u001b\[1mdiff/)
})
