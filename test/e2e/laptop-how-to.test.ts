// This file is about docs/how-to/log-in-from-a-laptop.md: every step is run as it is written, with crane for docker.
import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { CHECKOUT } from '../support/everpull-process.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { Stage } from '../support/stage.ts'
import { userEnvironment } from '../support/user-environment.ts'

const HOST = '123456789012.dkr.ecr.us-east-2.amazonaws.com'

const INTEGRATION = JSON.stringify({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'default' },
  spec: {
    region: 'us-east-2',
    auth: { ambient: {} },
    registries: [{ host: HOST }],
    sharing: { namespaces: { names: ['builds'] } },
  },
})

describe('docs/how-to/log-in-from-a-laptop.md', { timeout: 300_000 }, () => {
  let stage: Stage
  let shell: Shell

  before(async () => {
    stage = await Stage.open()
    await stage.namespace('builds')
    await stage.apply(INTEGRATION)
    const environment = await userEnvironment(stage)
    const bin = join(stage.sandbox.folder, 'bin')
    const { crane } = await ensureParts(['crane'])
    await symlink(crane, join(bin, 'crane'))
    await symlink(
      join(CHECKOUT, 'bin', 'docker-credential-everpull.js'),
      join(bin, 'docker-credential-everpull'),
    )
    const { accessKeyId, secretAccessKey } = stage.sandbox.aws.principals.bot
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    shell = startShell(stage.sandbox.folder, {
      ...environment,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      HTTPS_PROXY,
      NO_PROXY: '127.0.0.1',
      SSL_CERT_FILE,
      NODE_EXTRA_CA_CERTS: SSL_CERT_FILE,
    })
  })
  after(async () => {
    shell.close()
    await stage[Symbol.asyncDispose]()
  })

  for (const { title, script } of stepsOf('how-to/log-in-from-a-laptop')) {
    test(title, async () => shell.run(script))
  }

  test('nothing that opens a registry lies on the disk', async () => {
    await assert.doesNotReject(shell.run('test "$(cat ~/.docker/config.json | grep -c auth)" = 0'))
  })
})
