// This file is about how often Secrets with credentials are read, and by whom.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CurrentSecret, Glance } from '../../engine/ports.ts'
import { aSecret, textData } from '../../../test/support/builders.ts'
import { type CredentialStore, secretReader } from './secret-reader.ts'

const REF = { namespace: 'a', name: 's' }
const never = new AbortController().signal

const secret = (resourceVersion: string): CurrentSecret =>
  aSecret({ ref: REF, resourceVersion, data: textData({ k: `v${resourceVersion}` }) })

interface Scene extends CredentialStore {
  seen: Glance
  there: CurrentSecret | 'absent'
  reads: number
}

function aScene(seen: Glance, there: CurrentSecret | 'absent'): Scene {
  const scene: Scene = {
    seen,
    there,
    reads: 0,
    glance: () => scene.seen,
    async read(_, signal) {
      scene.reads += 1
      await new Promise(setImmediate)
      signal.throwIfAborted()
      return scene.there
    },
  }
  return scene
}

const at = (resourceVersion: string): Glance => ({ resourceVersion, annotations: [] })

async function valueOf(reader: ReturnType<typeof secretReader>, signal = never): Promise<string | undefined> {
  const reading = await reader.read(REF, signal)
  assert.ok(reading !== 'absent' && reading.is === 'values')
  return reading.get('k')?.reveal()
}

test('readers at the same time share one request', async () => {
  const scene = aScene('unknown', secret('1'))
  const reader = secretReader(scene)
  assert.deepEqual(await Promise.all([valueOf(reader), valueOf(reader)]), ['v1', 'v1'])
  assert.equal(scene.reads, 1)
})

test('what was read is kept while the watch shows that version, and read again when it shows another', async () => {
  const scene = aScene(at('1'), secret('1'))
  const reader = secretReader(scene)
  await valueOf(reader)
  await valueOf(reader)
  assert.equal(scene.reads, 1)
  scene.seen = at('2')
  scene.there = secret('2')
  assert.equal(await valueOf(reader), 'v2')
  assert.equal(scene.reads, 2)
})

test('what the watch has not seen yet is read again once it has', async () => {
  const scene = aScene(at('1'), secret('2'))
  const reader = secretReader(scene)
  assert.equal(await valueOf(reader), 'v2')
  scene.seen = at('2')
  await valueOf(reader)
  assert.equal(scene.reads, 1)
})

test('a Secret that is absent for the watch and for the API server is asked for once', async () => {
  const scene = aScene('absent', 'absent')
  const reader = secretReader(scene)
  assert.equal(await reader.read(REF, never), 'absent')
  assert.equal(await reader.read(REF, never), 'absent')
  assert.equal(scene.reads, 1)
})

test('one who waits for a reading that somebody else called off reads for himself', async () => {
  const scene = aScene('unknown', secret('1'))
  const reader = secretReader(scene)
  const stop = new AbortController()
  const first = valueOf(reader, stop.signal)
  const second = valueOf(reader)
  stop.abort(new Error('off'))
  await assert.rejects(first, /off/)
  assert.equal(await second, 'v1')
})

test('values do not print', async () => {
  const reading = await secretReader(aScene('unknown', secret('1'))).read(REF, never)
  assert.doesNotMatch(JSON.stringify(reading), /v1/)
})
