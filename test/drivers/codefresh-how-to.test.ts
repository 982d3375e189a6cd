// This file is about the page that moves from Codefresh: every step is run as it is written, on repositories of a Git server.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { filesOf } from '../../src/config-repo/codefresh-fixture.ts'
import { CHECKOUT, systemEnvironment } from '../support/everpull-process.ts'
import { GIT_WRITER, GitServer } from '../support/git-server.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'

const PAGE = 'how-to/move-from-codefresh'
const YOURS = 'Say what you have'

describe('moving from Codefresh', { timeout: 300_000 }, () => {
  let theirs: GitServer
  let ours: GitServer
  let folder: string
  let shell: Shell
  before(async () => {
    const files = filesOf('codefresh-all-runtimes').map(({ path, text }) => [path, text ?? ''] as const)
    theirs = await GitServer.open({ files: Object.fromEntries(files) })
    ours = await GitServer.open()
    folder = await mkdtemp(join(tmpdir(), 'everpull-codefresh-'))
    await mkdir(join(folder, 'bin'))
    await symlink(join(CHECKOUT, 'bin', 'everpull.js'), join(folder, 'bin', 'everpull'))
    const environment = systemEnvironment()
    shell = startShell(folder, {
      ...environment,
      PATH: `${join(folder, 'bin')}:${environment['PATH'] ?? ''}`,
      HOME: folder,
      KUBECONFIG: join(folder, 'none'),
      EVERPULL_GIT_USERNAME: GIT_WRITER.username,
      EVERPULL_GIT_PASSWORD: GIT_WRITER.password,
      EVERPULL_GIT_CA_FILE: ours.certificateAuthorityFile,
    })
    // Of the two only one is trusted, so the other is read on this disk.
    await shell.run(`THEIRS='${theirs.bare}?ref=main' OURS='${ours.url}' ACCOUNT=123456789012`)
  })
  after(async () => {
    shell?.close()
    await theirs?.[Symbol.asyncDispose]()
    await ours?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const steps = stepsOf(PAGE)
  for (const { title, script } of steps) if (title !== YOURS) it(title, () => shell.run(script))

  it('leaves what the page says it does', async () => {
    assert.equal(steps.length, 4)
    const become = await readFile(join(folder, 'become.yaml'), 'utf8')
    assert.match(become, /kind: EcrIntegration/)
    const kept = Object.keys(await ours.files()).filter((path) => path !== 'README.md')
    assert.deepEqual(kept, [
      'resources/all-runtimes-all-clusters/ecr-user/integration.yaml',
      'resources/all-runtimes-all-clusters/ecr-user/secret.yaml',
      'runtimes/production/everpull.yaml',
    ])
    const back = join(folder, 'isc', 'resources', 'all-runtimes-all-clusters', 'ecr-user')
    assert.match(await readFile(join(back, 'integration.config.yaml'), 'utf8'), /region: us-east-2/)
    assert.match(await readFile(join(back, 'integration.secret.yaml'), 'utf8'), /secret_access_key: AgBy3i4/)
  })
})
