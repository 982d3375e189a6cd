// This file is about ports that are free when chosen and the same ever after.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { seededRandom } from '../src/base/random.ts'
import { isFree, portsFor } from './ports.ts'

describe('ports', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'everpull-ports-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test('are kept, and new names get new ones', async () => {
    const first = await portsFor(folder, ['etcd', 'aws'])
    const later = await portsFor(folder, ['aws', 'registry', 'etcd'])
    assert.equal(later.etcd, first.etcd)
    assert.equal(later.aws, first.aws)
    assert.equal(new Set(Object.values(later)).size, 3)
  })

  test('are never taken from somebody who listens there', async () => {
    const { etcd } = await portsFor(folder, ['etcd'], seededRandom(1))
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(etcd, '127.0.0.1', resolve))
    assert.equal(await isFree(etcd), false)
    const elsewhere = await mkdtemp(join(tmpdir(), 'everpull-ports-'))
    const other = await portsFor(elsewhere, ['etcd'], seededRandom(1))
    assert.notEqual(other.etcd, etcd)
    await rm(elsewhere, { recursive: true, force: true })
    await new Promise((resolve) => server.close(resolve))
  })
})
