// This file is about processes that outlive their starter: records, signals, ends, strays.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  type Command,
  lastWords,
  logFile,
  runningProcess,
  signalProcess,
  startProcess,
  stopAllProcesses,
  stopProcess,
  stopStrays,
} from './process.ts'
import { isAlive } from './process-identity.ts'
import { waitFor } from './wait.ts'

describe('a process of the sandbox', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-process-'))
  })
  afterEach(async () => {
    await stopAllProcesses(folder, 0)
    await rm(folder, { recursive: true, force: true })
  })

  const shell = (script: string): Command => ({ name: 'part', file: '/bin/sh', args: ['-c', script] })
  const sleeper = shell('echo up; exec sleep 1000')
  const saysUp = (): Promise<true> =>
    waitFor(() => readFileSync(logFile(folder, 'part'), 'utf8').includes('up\n'), {
      what: 'it is up',
      limitMs: 20_000,
    })

  test('is known by its record, and stopped by it', async () => {
    const started = await startProcess(folder, sleeper)
    assert.deepEqual(runningProcess(folder, 'part'), started)
    await stopProcess(folder, 'part')
    assert.equal(isAlive(started), false)
    assert.equal(runningProcess(folder, 'part'), undefined)
  })

  test('is killed when it does not heed SIGTERM', async () => {
    const started = await startProcess(folder, shell("trap '' TERM; echo up; while :; do sleep 1; done"))
    await saysUp()
    await stopProcess(folder, 'part', 50)
    assert.equal(isAlive(started), false)
  })

  test('is stopped although it hangs', async () => {
    const started = await startProcess(folder, sleeper)
    signalProcess(folder, 'part', 'SIGSTOP')
    await stopProcess(folder, 'part')
    assert.equal(isAlive(started), false)
  })

  test('is found by its environment when its record is lost', async () => {
    const stray = await startProcess(folder, sleeper)
    await rm(join(folder, 'run'), { recursive: true })
    await stopStrays(folder)
    assert.equal(isAlive(stray), false)
  })

  test('is no stray while it has its record', async () => {
    const started = await startProcess(folder, sleeper)
    await stopStrays(folder)
    assert.equal(isAlive(started), true)
  })

  test('gets nothing of our environment but PATH', async () => {
    process.env['EVERPULL_TEST_MARK'] = 'ours'
    try {
      await startProcess(folder, shell('env; echo up; exec sleep 1000'))
    } finally {
      delete process.env['EVERPULL_TEST_MARK']
    }
    await saysUp()
    assert.doesNotMatch(readFileSync(logFile(folder, 'part'), 'utf8'), /EVERPULL_TEST_MARK/)
  })

  test('leaves its last words', async () => {
    // It may be gone before its record is written, which startProcess reports.
    await startProcess(folder, shell('echo "no such flag" >&2; exit 2')).catch(() => undefined)
    await waitFor(() => runningProcess(folder, 'part') === undefined, { what: 'it ends', limitMs: 20_000 })
    assert.equal(lastWords(folder, 'part'), 'no such flag')
  })
})
