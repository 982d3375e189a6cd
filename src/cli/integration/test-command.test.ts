// This file is about testing what `everpull integration test` asks for, and how it tells what came of it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aCommandLine, type CommandLineParts } from '../../../test/support/command-line.ts'
import type { ConnectionTold, TestAsked } from '../../operator/commands/integrations.ts'

const ROLE = 'arn:aws:iam::123456789012:role/ecr-read'
const KEY_ID = 'AKIAIOSFODNN7EXAMPLE'

const PASSED: ConnectionTold = {
  isPassed: true,
  arn: 'arn:aws:iam::123456789012:user/bot',
  steps: [
    { name: 'login', on: 'eu-west-1', result: 'passed', tookMs: 14, requestId: 'request-1' },
    { name: 'ecr:PutImage', on: 'host', result: 'passed', inferred: true, message: 'inferred, not asked' },
  ],
  policies: [
    { name: 'AmazonEC2ContainerRegistryReadOnly', held: 'yes', missing: [] },
    { name: 'AmazonEC2ContainerRegistryFullAccess', held: 'no', missing: ['ecr:GetRegistryPolicy'] },
  ],
  purposes: [{ purpose: 'pushing', allowed: 'yes', missing: [], unknown: ['ecr:PutImage'] }],
}
const DENIED: ConnectionTold = {
  isPassed: false,
  steps: [{ name: 'role 1', on: ROLE, result: 'denied', message: 'not allowed', remedy: 'Add to it:\n{\n}' }],
  policies: [],
  purposes: [],
}

interface Run {
  readonly asked?: Omit<TestAsked, 'onProgress'>
  readonly code: number
  readonly out: string
  readonly err: string
}

async function run(line: string, told = PASSED, parts: CommandLineParts = {}): Promise<Run> {
  let asked: Omit<TestAsked, 'onProgress'> | undefined
  const commandLine = aCommandLine({
    integrations: async () => ({ presets: async () => ({ region: 'us-east-1' }) }) as never,
    testIntegration: async (_config, { onProgress, ...rest }) => {
      asked = rest
      onProgress?.('asking')
      return told
    },
    ...parts,
  })
  const code = await commandLine.run('integration', 'test', ...line.split(' ').filter((word) => word !== ''))
  return { ...(asked === undefined ? {} : { asked }), code, ...commandLine.output }
}

describe('integration test', () => {
  it('has the operator test an integration of the cluster', async () => {
    const { asked, code, err } = await run('ecr-prod')
    assert.deepEqual(asked, { tested: { is: 'integration', name: 'ecr-prod' }, from: 'cluster', push: false })
    assert.deepEqual([code, err], [0, 'asking\n'])
  })

  it('tests settings that nobody has saved, from here where it is told to', async () => {
    const { asked } = await run(`--role ${ROLE} --external-id agreed --here --push -n everpull`)
    const access = { is: 'role', role: ROLE, externalId: 'agreed' }
    assert.deepEqual(asked, {
      tested: {
        is: 'settings',
        settings: { name: 'test', runtimes: { is: 'all' }, access, region: 'us-east-1', registries: [] },
      },
      from: 'here',
      push: true,
      operatorNamespace: 'everpull',
    })
  })

  it('takes a secret from a file or the environment, and tells it to nobody', async () => {
    const secret = 'a-secret-that-nobody-may-see'
    const line = `--access-key-id ${KEY_ID} --region eu-west-1`
    const ways: readonly (readonly [string, CommandLineParts])[] = [
      [`${line} --secret-access-key-file key`, { files: { key: `${secret}\n` } }],
      [line, { environment: { EVERPULL_SECRET_ACCESS_KEY: secret } }],
    ]
    for (const [words, parts] of ways) {
      const { asked, out, err } = await run(words, PASSED, parts)
      assert.ok(asked?.tested.is === 'settings' && asked.tested.settings.access.is === 'access-key')
      const { secret: part } = asked.tested.settings.access
      assert.ok(part.is === 'sealed' && part.secretAccessKey.reveal() === secret)
      assert.ok(!`${out}${err}${JSON.stringify(asked)}`.includes(secret))
    }
  })

  it('means an integration by its name, whatever secret is still in the environment', async () => {
    const environment = { EVERPULL_SECRET_ACCESS_KEY: 'x', EVERPULL_SESSION_TOKEN: 'y' }
    const { asked } = await run('ecr-prod', PASSED, { environment })
    assert.deepEqual(asked?.tested, { is: 'integration', name: 'ecr-prod' })
  })

  it('has no flag for a secret', async () => {
    const { code, err } = await run(`--access-key-id ${KEY_ID} --secret-access-key x`)
    assert.equal(code, 2)
    assert.match(err, /unknown option '--secret-access-key'/)
  })

  it('names what is missing where nobody can be asked', async () => {
    const { asked, code, err } = await run(`--access-key-id ${KEY_ID}`)
    assert.equal(code, 2)
    assert.equal(asked, undefined)
    assert.match(err, /^everpull: missing: --secret-access-key-file FILE/)
    const nothing = await run('')
    assert.match(nothing.err, /^everpull: missing: --mode iam-role, access-key or ambient/)
  })

  it('is JSON in a pipe, and ends with 1 where something is denied', async () => {
    const { code, out } = await run('ecr-prod', DENIED)
    assert.equal(code, 1)
    assert.deepEqual(JSON.parse(out), DENIED)
  })

  it('tells people each step, what helps, and which policies are held', async () => {
    const { out } = await run('ecr-prod', PASSED, { isWatched: true })
    assert.match(out, /^STEP +ON +RESULT +TOOK +REQUEST +WHY\nlogin +eu-west-1 +passed +14 ms +request-1\n/)
    assert.match(out, /ecr:PutImage +host +passed \(inferred\) +inferred, not asked\n/)
    assert.match(out, /pushing +yes +ecr:PutImage\n/)
    assert.match(out, /AmazonEC2ContainerRegistryFullAccess +no +ecr:GetRegistryPolicy\n/)
    assert.match(out, /\nthe connection works as arn:aws:iam::123456789012:user\/bot\n$/)
    const refused = await run('ecr-prod', DENIED, { isWatched: true })
    assert.match(refused.out, /\nrole 1 on arn:.*:\nAdd to it:\n\{\n\}\nthe connection does not work\n$/)
  })
})
