// This file is about testing the record of a Git sync: written for people and machines, read back, and what it tells of one integration.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { markOf, objectDigest, readSyncRecord, syncRecordData, type SyncRecord } from './sync-record.ts'
import { syncStateOf } from './sync-state.ts'
import type { IntegrationFolder } from './tree.ts'

const HEAD = 'c0ffee'
const source = { url: 'https://git.example.com/config.git', path: 'ecr', branch: '', runtime: 'blue' }

const object = {
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'prod' },
  spec: { region: 'eu-west-1' },
}
const folder: IntegrationFolder = {
  name: 'prod',
  placement: { is: 'all' },
  folder: 'resources/all-runtimes-all-clusters/prod',
  objects: [{ path: 'resources/all-runtimes-all-clusters/prod/i.yaml', document: 0, object }],
}
const kept = {
  group: 'everpull.dev',
  version: 'v1alpha1',
  kind: 'EcrIntegration',
  name: 'prod',
  path: 'resources/all-runtimes-all-clusters/prod/i.yaml',
  uid: 'u',
  mark: markOf(source),
  digest: objectDigest(object),
  stored: 's',
  commit: HEAD,
}
const record: SyncRecord = {
  source,
  commit: HEAD,
  syncedAt: '2026-01-01T00:00:00Z',
  problems: [{ path: 'resources/control-planes/x/i.yaml', because: 'is broken' }],
  moreProblems: 1,
  objects: [kept],
}

describe('the record', () => {
  it('is read as it was written', () => assert.deepEqual(readSyncRecord(syncRecordData(record)), record))

  it('tells people what is wrong', () => {
    const data = syncRecordData(record)
    assert.equal(data['repository'], 'https://git.example.com/config.git/ecr')
    assert.equal(data['problems'], 'resources/control-planes/x/i.yaml: is broken\nand 1 more\n')
  })

  for (const [what, text] of [
    ['it is no JSON', '{'],
    ['it is something else', '{"objects":[]}'],
    ['an object in it is none', JSON.stringify({ ...record, objects: [{ name: 'x' }] })],
    ['a problem in it is none', JSON.stringify({ ...record, problems: [null] })],
  ] as const) {
    it(`is none where ${what}`, () => assert.equal(readSyncRecord({ 'record.json': text }), undefined))
  }

  it('is none where there is nothing', () => assert.equal(readSyncRecord(undefined), undefined))

  it('carries another mark for another branch, folder or runtime', () => {
    const marks = [
      source,
      { ...source, branch: 'b' },
      { ...source, path: '' },
      { ...source, runtime: 'green' },
    ]
    assert.equal(new Set(marks.map(markOf)).size, marks.length)
  })
})

describe('an integration is', () => {
  const failure = { reason: 'RepositoryUnreachable', message: 'cannot be reached', since: '' }
  const flaw = { path: kept.path, because: 'is broken' }
  const here: IntegrationFolder = { ...folder, placement: { is: 'runtime', runtime: 'green' } }
  const rows: readonly (readonly [
    string,
    SyncRecord | undefined,
    IntegrationFolder,
    string,
    string | undefined,
  ])[] = [
    ['synced where it is kept as it is written', record, folder, 'synced', undefined],
    ['unknown without a record', undefined, folder, 'unknown', undefined],
    [
      'unknown where it is for another runtime',
      record,
      here,
      'unknown',
      "meant for runtime green; this cluster is blue's",
    ],
    [
      'out of sync where it has a problem',
      { ...record, problems: [flaw] },
      folder,
      'out-of-sync',
      `${kept.path}: is broken`,
    ],
    [
      'out of sync where the same commit left it out',
      { ...record, objects: [] },
      folder,
      'out-of-sync',
      undefined,
    ],
    [
      'syncing where its commit was not seen yet',
      { ...record, commit: 'old', objects: [] },
      folder,
      'syncing',
      undefined,
    ],
    [
      'out of sync where the repository cannot be read',
      { ...record, commit: 'old', objects: [], failure },
      folder,
      'out-of-sync',
      'cannot be reached',
    ],
    [
      'syncing where it is about to be made',
      { ...record, commit: 'old', objects: [{ ...kept, uid: '' }].map(({ uid: _uid, ...rest }) => rest) },
      folder,
      'syncing',
      undefined,
    ],
  ]
  for (const [what, given, asked, state, note] of rows) {
    it(what, () => {
      const standing = syncStateOf(given, asked, HEAD)
      assert.deepEqual([standing.state, standing.note], [state, note])
    })
  }
})
