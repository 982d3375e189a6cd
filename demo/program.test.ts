// This file is about programs that are run to their end, or called off.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../test/support/eventually.ts'
import { run } from './program.ts'

test('what a program printed is told, and how it ended otherwise', async () => {
  const shell = (script: string): Promise<string> => run(['sh', '-c', script], { env: {}, input: 'told' })
  assert.equal(await shell('cat'), 'told')
  await assert.rejects(shell('echo why >&2; exit 2'), { name: 'ProgramFailed', message: /ended with 2: why/ })
  await assert.rejects(run(['/no/such/program'], { env: {} }), { code: 'ENOENT' })
})

test('one that is called off has written its last when that is told', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'everpull-program-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const off = new AbortController()
  const script = 'trap "sleep 0.2; >$0/ended; exit 3" TERM; >$0/ready; while :; do sleep 0.05; done'
  const called = run(['sh', '-c', script, folder], { env: {}, signal: off.signal })
  await eventually('it runs', () => existsSync(join(folder, 'ready')))
  off.abort(new Error('enough'))
  await assert.rejects(called, { name: 'AbortError' })
  assert.ok(existsSync(join(folder, 'ended')))
})
