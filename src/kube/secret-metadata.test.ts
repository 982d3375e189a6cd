// This file is about what is remembered of a Secret, and above all what is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SecretObject } from './resource.ts'
import { secretRecord } from './secret-metadata.ts'

const secret: SecretObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 's',
    namespace: 'n',
    uid: 'u',
    resourceVersion: '7',
    deletionTimestamp: '2024-05-01T00:00:00Z',
    labels: { a: 'b' },
    annotations: {
      'ours/x': '1',
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"hunter22"}}',
    },
    managedFields: [
      {
        manager: 'm',
        operation: 'Apply',
        time: 't',
        fieldsV1: {
          'f:data': { '.': {}, 'f:password': {}, 'f:.dockerconfigjson': {} },
          'f:metadata': {
            'f:labels': { 'f:a': {} },
            'f:annotations': { 'f:ours/x': {} },
            'f:ownerReferences': { 'k:{"uid":"1"}': {} },
          },
        },
      },
      {},
    ],
  },
  data: { password: 'aHVudGVyMjI=' },
}

test('names and owners are kept; values and foreign annotations are not', () => {
  const record = secretRecord(secret, { keepsAnnotation: (key) => key.startsWith('ours/') })
  assert.deepEqual(record, {
    namespace: 'n',
    name: 's',
    uid: 'u',
    resourceVersion: '7',
    isDeleting: true,
    labels: { a: 'b' },
    annotations: { 'ours/x': '1' },
    owners: [],
    owned: [
      {
        manager: 'm',
        operation: 'Apply',
        time: 't',
        data: ['password', '.dockerconfigjson'],
        labels: ['a'],
        annotations: ['ours/x'],
      },
      { manager: '', operation: 'Update', time: undefined, data: [], labels: [], annotations: [] },
    ],
  })
  assert.doesNotMatch(JSON.stringify(record), /hunter22|aHVudGVyMjI=/)
})
