// This file is about `everpull integration snippet`: what it asks for before it prints anything, and what it prints.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { aCommandLine } from '../../../test/support/command-line.ts'

async function run(...words: readonly string[]) {
  const commandLine = aCommandLine()
  const code = await commandLine.run('integration', 'snippet', ...words)
  return { code, ...commandLine.output }
}

const ENDPOINT = ['--endpoint', 'https://everpull.example.com/']

test('everything that is missing or wrong is named at once, and nothing is printed', async () => {
  const ended = await run(
    'Ecr_prod',
    '--access',
    'all',
    '--registry',
    'https://x',
    '--subject',
    'a b',
    '--ca-file',
    '$X',
  )
  assert.deepEqual([ended.code, ended.out], [2, ''])
  for (const named of [
    'NAME:',
    '--for is missing',
    '--endpoint is missing',
    '--access:',
    '--registry:',
    '--subject:',
    '--ca-file:',
  ])
    assert.ok(ended.err.includes(named), `${named} in ${ended.err}`)
})

test('the issuer is asked for where nobody can guess it', async () => {
  const missing = await run('a', '--for', 'jenkins', ...ENDPOINT)
  assert.deepEqual([missing.code, missing.out], [2, ''])
  assert.match(missing.err, /--issuer is missing: .*https:\/\/HOST\/oidc/)
  const told = await run('a', '--for', 'jenkins', ...ENDPOINT, '--issuer', 'https://ci.example.com/oidc')
  assert.equal(told.code, 0)
})

for (const [says, endpoint] of [
  ['in the clear', 'http://everpull.example.com'],
  ['with a password', 'https://a:b@everpull.example.com'],
  ['with a query', 'https://everpull.example.com/?a=b'],
  ['that the shell would take apart', 'https://everpull.example.com/$(id)'],
] as const)
  test(`an endpoint ${says} is refused`, async () => {
    const { code, out, err } = await run('a', '--for', 'github', '--endpoint', endpoint)
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, /--endpoint: /)
  })

test('the audience is that of the endpoint itself unless told, and pulling the access', async () => {
  const { out } = await run(
    'a',
    '--for',
    'gitlab',
    ...ENDPOINT,
    '--subject',
    'project_path:g/p:ref_type:tag:ref:*',
    '--rule',
  )
  assert.deepEqual(parse(out), [
    {
      issuer: 'https://gitlab.com',
      audience: 'everpull',
      subject: 'project_path:g/p:ref_type:tag:ref:*',
      access: 'pull',
    },
  ])
})

test('service accounts of the operator’s own cluster are told by their subject alone', async () => {
  const { out, err } = await run(
    'a',
    '--for',
    'tekton',
    ...ENDPOINT,
    '--access',
    'push',
    '--audience',
    'x',
    '--rule',
  )
  const [rule] = parse(out) as [object]
  assert.deepEqual(rule, {
    issuer: 'kubernetes',
    audience: 'x',
    subject: 'system:serviceaccount:<NAMESPACE>:<SERVICE-ACCOUNT>',
    access: 'push',
  })
  assert.match(err, /replace what is in angle brackets/)
})
