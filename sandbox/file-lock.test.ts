// This file is about one process at a time: who waits, and who need not.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { withLock } from './file-lock.ts'
import { identify } from './process-identity.ts'

const noOneHoldsIt = (pid: number): never => assert.fail(`process ${pid} is said to hold it`)

describe('a file lock', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-lock-'))
    file = join(folder, 'deep', 'lock')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('lets the second work only after the first', async () => {
    const order: string[] = []
    const first = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    const one = withLock(
      file,
      () => (held.resolve(), first.promise.then(() => void order.push('first'))),
      noOneHoldsIt,
    )
    await held.promise
    const two = withLock(
      file,
      () => Promise.resolve(void order.push('second')),
      (pid) => {
        assert.equal(pid, process.pid)
        first.resolve()
      },
    )
    await Promise.all([one, two])
    assert.deepEqual(order, ['first', 'second'])
  })

  test('is gone after the work, also when that failed', async () => {
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error('broken')), noOneHoldsIt),
      /broken/,
    )
    assert.equal(existsSync(file), false)
  })

  for (const [name, content] of [
    ['a holder that is dead', JSON.stringify({ pid: 2 ** 30, mark: 'x' })],
    ['a holder whose pid another process has now', JSON.stringify({ pid: process.pid, mark: 'earlier' })],
    ['a holder that died before it wrote its name', ''],
  ] as const)
    test(`does not wait for ${name}`, async () => {
      await withLock(file, () => Promise.resolve(), noOneHoldsIt)
      await writeFile(file, content)
      assert.equal(await withLock(file, () => Promise.resolve('done'), noOneHoldsIt), 'done')
    })

  test('tells a living process from one that had its pid before', () => {
    assert.equal(identify(process.pid)?.pid, process.pid)
    assert.equal(identify(2 ** 30), undefined)
  })
})
