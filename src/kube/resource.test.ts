// This file is about the paths objects live at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiVersionOf, collectionPath, LEASES, NAMESPACES, objectPath, SECRETS } from './resource.ts'

test('core and grouped kinds, namespaced or not, have the paths the API server knows', () => {
  assert.equal(collectionPath(SECRETS), '/api/v1/secrets')
  assert.equal(collectionPath(SECRETS, 'a'), '/api/v1/namespaces/a/secrets')
  assert.equal(collectionPath(NAMESPACES, 'a'), '/api/v1/namespaces')
  const lease = { namespace: 'a', name: 'b' }
  assert.equal(objectPath(LEASES, lease), '/apis/coordination.k8s.io/v1/namespaces/a/leases/b')
  assert.equal(objectPath(NAMESPACES, { name: 'a' }, 'status'), '/api/v1/namespaces/a/status')
  assert.deepEqual([apiVersionOf(SECRETS), apiVersionOf(LEASES)], ['v1', 'coordination.k8s.io/v1'])
})

test('a name cannot lead to another path, and a missing one is refused', () => {
  assert.equal(
    objectPath(SECRETS, { namespace: 'a', name: '../../x' }),
    '/api/v1/namespaces/a/secrets/..%2F..%2Fx',
  )
  assert.throws(() => objectPath(SECRETS, { name: 'b' }), TypeError)
  assert.throws(() => objectPath(SECRETS, { namespace: 'a', name: '' }), TypeError)
})
