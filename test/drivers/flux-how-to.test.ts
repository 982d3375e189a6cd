// This file is about what docs/how-to/integrations-by-argocd-or-flux.md says for Flux: its own definitions take it as it is.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { ECR_INTEGRATION } from '../../src/dialects/everpull/integration-kind.ts'
import { crdYaml } from '../../src/generate/crds.ts'
import { startControlPlane, type TestControlPlane } from '../support/control-plane.ts'
import { established } from '../support/established.ts'
import { systemEnvironment } from '../support/everpull-process.ts'
import { fluxDefinitions } from '../support/flux-definitions.ts'
import { startShell, stepsOf } from '../support/how-to.ts'

const run = promisify(execFile)

let plane: TestControlPlane
let kubectlFile = ''
before(async () => {
  plane = await startControlPlane()
  kubectlFile = (await ensureParts(['kubectl'])).kubectl
  const files = (await fluxDefinitions(plane.folder)).flatMap((file) => ['--filename', file])
  const ours = join(plane.folder, 'definitions.yaml')
  await writeFile(ours, crdYaml([ECR_INTEGRATION]))
  await kubectl('apply', '--server-side', '--filename', ours, ...files)
  await established(kubectl)
  await kubectl('create', 'namespace', 'everpull')
})
after(() => plane.stop())

const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await run(kubectlFile, ['--kubeconfig', plane.kubeconfig, ...args])).stdout

test('every field it sets is one of theirs, and the account it acts as has no right beyond', async () => {
  const bin = join(plane.folder, 'bin')
  await mkdir(bin)
  await symlink(kubectlFile, join(bin, 'kubectl'))
  await writeFile(join(plane.folder, 'read-token'), 'a-token')
  const environment = systemEnvironment()
  const shell = startShell(plane.folder, {
    ...environment,
    PATH: `${bin}:${environment['PATH'] ?? ''}`,
    KUBECONFIG: plane.kubeconfig,
  })
  try {
    for (const { title, script } of stepsOf('how-to/integrations-by-argocd-or-flux'))
      if (['Say what you have', 'With Flux'].includes(title)) await shell.run(script)
  } finally {
    shell.close()
  }
  const account = '--as=system:serviceaccount:everpull:ecr-integrations'
  const may = (...words: readonly string[]): Promise<boolean> =>
    kubectl('auth', 'can-i', ...words, account).then(
      () => true,
      () => false,
    )
  assert.deepEqual(
    [await may('create', 'ecrintegrations.everpull.dev'), await may('get', 'secrets', '-n', 'everpull')],
    [true, false],
  )
})
