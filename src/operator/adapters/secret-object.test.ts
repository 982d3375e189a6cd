// This file is about Secrets on the wire: nothing that was read is lost, and nothing is sent that the server keeps itself.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { textData } from '../../../test/support/builders.ts'
import type { SecretWrite } from '../../engine/ports.ts'
import type { SecretObject } from '../../kube/resource.ts'
import { asCurrent, asObject, isAltered, ownedBy } from './secret-object.ts'

const OWNER = { apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'u', controller: true }
const wanted: SecretWrite = {
  ref: { namespace: 'a', name: 'one' },
  fieldManager: 'm',
  type: 'Opaque',
  immutable: false,
  labels: {},
  annotations: { a: '1' },
  owners: [],
  finalizers: [],
  data: textData({ k: 'v' }),
}
const READ: SecretObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    namespace: 'a',
    name: 'one',
    uid: 'u',
    resourceVersion: '7',
    labels: { l: '1' },
    annotations: { a: '1' },
    ownerReferences: [OWNER],
    finalizers: ['f'],
    managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { 'f:data': { 'f:k': {} } } }],
  },
  type: 'kubernetes.io/basic-auth',
  immutable: true,
  data: { k: Buffer.from([0xff, 0x00]).toString('base64') },
}

describe('a Secret that was read', () => {
  it('is all there, bytes as bytes', () => {
    const current = asCurrent(READ)
    assert.deepEqual([...current.data.reveal()], [['k', Buffer.from([0xff, 0x00])]])
    assert.deepEqual(current.ownedBy('m').data, new Set(['k']))
    assert.deepEqual(
      { ...current, data: undefined, ownedBy: undefined },
      {
        is: 'secret',
        ref: { namespace: 'a', name: 'one' },
        uid: 'u',
        resourceVersion: '7',
        type: 'kubernetes.io/basic-auth',
        immutable: true,
        deleting: false,
        labels: { l: '1' },
        annotations: { a: '1' },
        owners: [OWNER],
        finalizers: ['f'],
        data: undefined,
        ownedBy: undefined,
      },
    )
  })

  it('may be as bare as the server allows', () => {
    const bare = asCurrent({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one', namespace: 'a' } })
    assert.deepEqual(
      [bare.type, bare.immutable, bare.labels, bare.annotations, bare.owners, bare.data.keys],
      ['Opaque', false, {}, {}, [], []],
    )
  })

  it('is seen to be leaving', () => {
    const metadata = { ...READ.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' }
    assert.equal(asCurrent({ ...READ, metadata }).deleting, true)
  })
})

describe('a Secret that is wanted', () => {
  it('is sent whole, without what is not there', () => {
    assert.deepEqual(asObject(wanted), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'one', namespace: 'a', labels: {}, annotations: { a: '1' } },
      type: 'Opaque',
      data: { k: 'dg==' },
    })
  })

  it('names the version it replaces', () => {
    const { metadata } = asObject({ ...wanted, replaces: { uid: 'u', resourceVersion: '7' } })
    assert.deepEqual([metadata.uid, metadata.resourceVersion], ['u', '7'])
  })

  it('sent as it was read is what was read, save managedFields', () => {
    const current = asCurrent(READ)
    const { managedFields: _kept, ...metadata } = READ.metadata
    const replaces = { uid: current.uid, resourceVersion: current.resourceVersion }
    assert.deepEqual(asObject({ ...current, fieldManager: 'm', replaces }), { ...READ, metadata })
  })
})

describe('a Secret that was written', () => {
  const dressed: SecretWrite = {
    ...wanted,
    labels: { ours: '1' },
    owners: [OWNER],
    finalizers: ['example.com/ours'],
  }
  const { metadata } = asObject(dressed)

  it('is not altered where it has what was wanted, or less', () => {
    assert.equal(isAltered(dressed, { metadata }), false)
    assert.equal(isAltered(dressed, { metadata: { name: 'one' } }), false)
  })

  const ALTERED = {
    label: { labels: { theirs: '1' } },
    annotation: { annotations: { theirs: '1' } },
    owner: { ownerReferences: [{ ...OWNER, uid: 'another' }] },
    finalizer: { finalizers: ['example.com/theirs'] },
  }
  for (const [what, theirs] of Object.entries(ALTERED)) {
    it(`is altered by a foreign ${what}`, () => {
      assert.equal(isAltered(dressed, { metadata: { ...metadata, ...theirs } }), true)
    })
  }
})

describe('what a manager owns', () => {
  const entries = [
    {
      manager: 'm',
      operation: 'Update' as const,
      fieldsV1: {
        'f:data': { '.': {}, 'f:password': {} },
        'f:metadata': {
          'f:labels': { '.': {}, 'f:l': {} },
          'f:annotations': { 'f:example.com/a': {} },
          'f:ownerReferences': { 'k:{"uid":"u"}': {} },
        },
      },
    },
    { manager: 'm', operation: 'Apply' as const, fieldsV1: { 'f:data': { 'f:.dockerconfigjson': {} } } },
    { manager: 'm', subresource: 'status', fieldsV1: { 'f:data': { 'f:status': {} } } },
    { manager: 'other', fieldsV1: { 'f:data': { 'f:theirs': {} } } },
    { manager: 'm' },
  ]

  it('is named in all of its entries, save those of a subresource', () => {
    assert.deepEqual(ownedBy(entries, 'm'), {
      data: new Set(['password', '.dockerconfigjson']),
      labels: new Set(['l']),
      annotations: new Set(['example.com/a']),
    })
  })

  it('is nothing for one who never wrote', () => {
    assert.deepEqual(ownedBy(entries, 'nobody'), {
      data: new Set(),
      labels: new Set(),
      annotations: new Set(),
    })
  })
})
