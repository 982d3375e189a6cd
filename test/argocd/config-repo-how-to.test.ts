// This file is about docs/how-to/integrations-by-argocd-or-flux.md: its steps for Argo CD are run with Argo CD itself.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ArgoCd } from '../support/argocd.ts'
import { GIT_READER, GitServer } from '../support/git-server.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'
import { Stage } from '../support/stage.ts'
import { userEnvironment } from '../support/user-environment.ts'

const STEPS = stepsOf('how-to/integrations-by-argocd-or-flux').filter(({ title }) => title !== 'With Flux')

describe('docs/how-to/integrations-by-argocd-or-flux.md', { timeout: 600_000 }, () => {
  let stage: Stage
  let git: GitServer
  let shell: Shell
  const ground = new AsyncDisposableStack()

  before(async () => {
    stage = ground.use(await Stage.open())
    git = ground.use(await GitServer.open({ files: repository(stage) }))
    ground.use(await ArgoCd.start(stage))
    const { HTTPS_PROXY, SSL_CERT_FILE } = stage.sandbox.proxyEnv
    const operator = await stage.startOperator([], {
      HTTPS_PROXY,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: SSL_CERT_FILE,
    })
    await operator.ready()
    await writeFile(join(stage.sandbox.folder, 'read-token'), GIT_READER.password)
    shell = startShell(stage.sandbox.folder, {
      ...(await userEnvironment(stage)),
      GIT_SSL_CAINFO: git.certificateAuthorityFile,
      EVERPULL_GIT_USERNAME: GIT_READER.username,
      EVERPULL_GIT_PASSWORD: GIT_READER.password,
    })
    ground.defer(() => shell.close())
  })
  after(() => ground.disposeAsync())

  const fitting = (script: string): string =>
    script
      .replace(/^CONFIG_REPO=.*$/m, `CONFIG_REPO=${git.url}`)
      .replace(/^SERVER=.*$/m, `SERVER=${stage.sandbox.controlPlane.url}`)
      .replace(/^GIT_USERNAME=.*$/m, `GIT_USERNAME=${GIT_READER.username}`)
      // No public authority signed the certificate of this server.
      .replace('  password: $GIT_PASSWORD', '  password: $GIT_PASSWORD\n  insecure: "true"')

  for (const { title, script } of STEPS) it(title, { timeout: 300_000 }, () => shell.run(fitting(script)))

  it('brings what is for everybody and for this runtime, and nothing else', async () => {
    const names = await stage.kubectl('get', 'ecrintegrations', '--output=jsonpath={.items[*].metadata.name}')
    assert.deepEqual(names.split(' ').toSorted(), ['for-all', 'for-here', 'for-us'])
  })
})

function repository({ sandbox }: Stage): Readonly<Record<string, string>> {
  const { roleArn } = sandbox.aws.principals.roles.reader
  const integration = (name: string): string =>
    JSON.stringify({
      apiVersion: 'everpull.dev/v1alpha1',
      kind: 'EcrIntegration',
      metadata: { name },
      spec: { region: 'us-east-2', auth: { iamRole: { roleArn } } },
    })
  return Object.fromEntries(
    [
      ['all-runtimes-all-clusters', 'for-all'],
      ['control-planes', 'for-here'],
      ['runtimes/default', 'for-us'],
      ['runtimes/other', 'for-others'],
    ].map(([folder = '', name = '']) => [`resources/${folder}/${name}/integration.yaml`, integration(name)]),
  )
}
