// This file is about testing the marks, which other readers know to the byte.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anExternalSecret } from './fixtures/resources.ts'
import { createdBy, fieldManager, syncedVersion } from './marks.ts'

test('a field manager is plain up to 63 characters, and hashed beyond', () => {
  const plain = 'a'.repeat(27)
  assert.equal(fieldManager(plain), `externalsecrets.external-secrets.io/${plain}`)
  assert.equal(
    fieldManager('a'.repeat(28)),
    'externalsecrets.external-secrets.io/sha3/52a6f48b37cd3535ef771a530c08d9cc4b78350ccdd33f2405e22ebb',
  )
})

test('the owner label is a hash of namespace and name', () => {
  assert.equal(createdBy(anExternalSecret().ref), '53ec9ee8a0e349f857c94c7d2b741db22afe566eefdc1e3a4f1fa6cc')
})

test('the synced version is the generation and a hash of labels and annotations, in whatever order they stand', () => {
  const one = anExternalSecret({}, { labels: { a: '1', b: '2' }, annotations: { c: 'd' } })
  const other = anExternalSecret({}, { labels: { b: '2', a: '1' }, annotations: { c: 'd' } })
  assert.match(syncedVersion(one), /^3-[0-9a-f]{56}$/)
  assert.equal(syncedVersion(one), syncedVersion(other))
  const changed = [
    anExternalSecret({}, { labels: { a: '1', b: '2' } }),
    { ...one, generation: 4 },
    { ...one, labels: { a: '1' } },
  ]
  for (const resource of changed) assert.notEqual(syncedVersion(one), syncedVersion(resource))
})

test('of the synced version, the hash tells labels and annotations alone', () => {
  const hashOf = (object: Parameters<typeof anExternalSecret>[1], spec: object = {}): string =>
    syncedVersion(anExternalSecret(spec, object)).split('-')[1] ?? ''
  const noted = { labels: { a: '1' }, annotations: { c: 'd' } }
  assert.equal(hashOf(noted), hashOf({ ...noted, generation: 9 }, { refreshInterval: '2h' }))
  assert.notEqual(hashOf(noted), hashOf({ ...noted, annotations: { c: 'e' } }))
  assert.notEqual(hashOf(noted), hashOf({ ...noted, labels: {} }))
})

test('the synced version of an object without labels and annotations is the one external-secrets writes', () => {
  assert.equal(
    syncedVersion(anExternalSecret()),
    '3-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2',
  )
})
