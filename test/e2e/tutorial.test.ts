// This file is about docs/tutorial.md: every step is run as it is written, in a sandbox of its own.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { cacheFolder } from '../../sandbox/cache-folder.ts'
import { ensureParts } from '../../sandbox/parts/ensure.ts'
import { Sandbox } from '../../sandbox/sandbox.ts'
import { CHECKOUT, systemEnvironment } from '../support/everpull-process.ts'
import { type Shell, startShell, stepsOf } from '../support/how-to.ts'

describe('docs/tutorial.md', () => {
  let folder: string
  let cache: string
  let shell: Shell

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-tutorial-'))
    cache = join(folder, 'cache')
    const bin = join(folder, 'bin')
    for (const made of [cache, bin]) await mkdir(made)
    const { kubectl, helm } = await ensureParts(['kubectl', 'helm'])
    await symlink(kubectl, join(bin, 'kubectl'))
    await symlink(helm, join(bin, 'helm'))
    await symlink(join(cacheFolder(), 'parts'), join(cache, 'parts'))
    const environment = systemEnvironment()
    shell = startShell(CHECKOUT, {
      ...environment,
      PATH: `${bin}:${environment['PATH'] ?? ''}`,
      HOME: folder,
      TMPDIR: folder,
      EVERPULL_CACHE: cache,
      EVERPULL_METRICS_ADDRESS: '127.0.0.1:0',
      EVERPULL_HEALTH_ADDRESS: '127.0.0.1:0',
    })
  })

  after(async () => {
    shell.close()
    await Sandbox.down({ folder: join(cache, 'sandbox') })
    await rm(folder, { recursive: true, force: true })
  })

  for (const { title, script } of stepsOf('tutorial')) {
    test(title, { timeout: 120_000 }, () => shell.run(script))
  }

  test('nothing of the sandbox is left', () => {
    assert.ok(!existsSync(join(cache, 'sandbox')))
  })
})
