// This file is about the annotation a delivery leaves on its target.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveryAnnotation } from './delivery.ts'

const REF = { group: 'external-secrets.io', kind: 'ExternalSecret', namespace: 'argocd', name: 'repo' }

test('the annotation is the same for the same orderer, now and after a restart', () => {
  assert.equal(deliveryAnnotation(REF), 'everpull.dev/delivery-c8aa4cb0dd7fa3a6')
  assert.equal(deliveryAnnotation(REF), deliveryAnnotation({ ...REF }))
})

test('another orderer has another', () => {
  for (const change of [{ group: '' }, { kind: 'Secret' }, { namespace: 'a' }, { name: 'b' }]) {
    assert.notEqual(deliveryAnnotation({ ...REF, ...change }), deliveryAnnotation(REF))
  }
})
