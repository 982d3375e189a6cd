// This file is about what is kept of an object as the API server sends it, and above all what is not.
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { describe, it } from 'node:test'
import { instant } from '../base/clock.ts'
import type { KubeObject, ManagedFieldsEntry } from '../kube/resource.ts'
import { asChosen, asResource, asSecretRecord } from './raw-object.ts'

const WISH = { group: 'example.com', kind: 'Wish' }
const at = (text: string) => instant(Date.parse(text))

const raw = (metadata: Partial<KubeObject['metadata']> = {}, members = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Wish',
  metadata: { name: 'one', namespace: 'a', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
  ...members,
})
const kept = (object: KubeObject) => asResource(WISH, 'example.com/v1', object)

describe('an object', () => {
  it('keeps what dialects may look at', () => {
    const object = raw(
      {
        uid: 'u',
        resourceVersion: '7',
        generation: 3,
        labels: { l: '1' },
        annotations: { a: '1' },
        finalizers: ['f'],
        deletionTimestamp: '2026-01-02T00:00:00Z',
      },
      { spec: { size: 1 }, status: { phase: 'x' } },
    )
    assert.deepEqual(kept(object), {
      ref: { ...WISH, namespace: 'a', name: 'one' },
      apiVersion: 'example.com/v1',
      uid: 'u',
      resourceVersion: '7',
      generation: 3,
      createdAt: at('2026-01-01T00:00:00Z'),
      changedAt: at('2026-01-01T00:00:00Z'),
      deletingSince: at('2026-01-02T00:00:00Z'),
      labels: { l: '1' },
      annotations: { a: '1' },
      finalizers: ['f'],
      statusWriters: [],
      spec: { size: 1 },
      status: { phase: 'x' },
    })
  })

  it('of a cluster-scoped kind has no namespace', () => {
    const { namespace: _none, ...metadata } = raw().metadata
    assert.equal(kept({ ...raw(), metadata }).ref.namespace, '')
  })

  it('read by metadata alone has neither spec nor status', () => {
    assert.deepEqual(
      Object.keys(kept(raw())).filter((key) => key === 'spec' || key === 'status'),
      [],
    )
  })

  const entry = (time: string, change: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
    manager: 'kubectl',
    operation: 'Update',
    time,
    fieldsV1: { 'f:spec': {} },
    ...change,
  })
  const written = (...managedFields: readonly ManagedFieldsEntry[]) => kept(raw({ managedFields }))

  it('tells who wrote its status and when, as a subresource or not', () => {
    const { statusWriters } = written(
      entry('2026-01-01T01:00:00Z'),
      entry('2026-01-01T02:00:00Z', { manager: 'a', subresource: 'status' }),
      entry('2026-01-01T03:00:00Z', { manager: 'b', fieldsV1: { 'f:status': {} } }),
    )
    assert.deepEqual(statusWriters, [
      { manager: 'a', at: at('2026-01-01T02:00:00Z') },
      { manager: 'b', at: at('2026-01-01T03:00:00Z') },
    ])
  })

  it('tells when anything but its status was last written', () => {
    const { changedAt } = written(
      entry('2026-01-01T01:00:00Z'),
      entry('2026-01-01T02:00:00Z'),
      entry('2026-01-01T03:00:00Z', { subresource: 'status' }),
    )
    assert.equal(changedAt, at('2026-01-01T02:00:00Z'))
  })

  it('is not changed by who only put a finalizer or an owner on it', () => {
    const owning = (fields: object) => ({ fieldsV1: { 'f:metadata': fields } })
    const { changedAt } = written(
      entry('2026-01-01T01:00:00Z', owning({ 'f:annotations': {}, 'f:finalizers': {} })),
      entry('2026-01-01T02:00:00Z', owning({ 'f:finalizers': {} })),
      entry('2026-01-01T03:00:00Z', owning({ 'f:ownerReferences': {} })),
    )
    assert.equal(changedAt, at('2026-01-01T01:00:00Z'))
  })

  it('is changed by who owns its spec, whatever else they own', () => {
    const fieldsV1 = { 'f:metadata': { 'f:finalizers': {} }, 'f:spec': {} }
    const { changedAt } = written(entry('2026-01-01T01:00:00Z', { fieldsV1 }))
    assert.equal(changedAt, at('2026-01-01T01:00:00Z'))
  })

  it('survives entries that say nothing', () => {
    const { statusWriters, changedAt } = written({}, { subresource: 'status' })
    assert.deepEqual([statusWriters, changedAt], [[], at('2026-01-01T00:00:00Z')])
  })
})

describe('a Secret', () => {
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      namespace: 'a',
      uid: 'u',
      resourceVersion: '7',
      labels: { l: 'hunter22' },
      annotations: {
        'everpull.dev/delivery-0123456789abcdef': 'hunter22',
        'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"hunter22"}}',
      },
    },
    data: { password: 'aHVudGVyMjI=' },
  }

  it('is remembered by its version, its incarnation and the marks on it', () => {
    assert.deepEqual(asSecretRecord(secret), {
      uid: 'u',
      resourceVersion: '7',
      marks: ['everpull.dev/delivery-0123456789abcdef'],
    })
  })

  it('is remembered without any value', () => {
    assert.doesNotMatch(inspect(asSecretRecord(secret), { depth: 10 }), /hunter22|aHVudGVyMjI=|last-applied/)
  })

  it('that is an order is seen by the keys that are no secrets, and by annotations of ours', () => {
    const annotations = { ...secret.metadata.annotations, 'everpull.dev/integration': 'prod' }
    const url = Buffer.from('registry.example').toString('base64')
    const labelled: KubeObject = { ...secret, metadata: { ...secret.metadata, annotations } }
    const data = { url, password: 'aHVudGVyMjI=' }
    const rule = { within: 'argocd', labelSelector: 'l', dataKeys: ['url', 'type'] } as const
    assert.equal(asChosen({ ...labelled, data }, { ...rule, optIn: { l: 'yes' } }), undefined)
    const chosen = asChosen({ ...labelled, data }, { ...rule, optIn: { other: 'x', l: 'hunter22' } })
    assert.ok(chosen !== undefined, 'its label is its consent')
    const seen = asResource({ group: '', kind: 'Secret' }, 'v1', chosen)
    assert.deepEqual(seen.spec, { data: { url: 'registry.example' } })
    assert.deepEqual(seen.annotations, { 'everpull.dev/integration': 'prod' })
    assert.doesNotMatch(inspect(seen.spec, { depth: 10 }), /hunter22|aHVudGVyMjI=/)
  })

  it('is remembered by the labels asked for, and no others', () => {
    const { marks } = asSecretRecord({ ...secret, metadata: { ...secret.metadata, annotations: {} } }, [
      'l',
      'm',
    ])
    assert.deepEqual(marks, ['l=hunter22'])
  })

  it('without annotations has no marks', () => {
    assert.deepEqual(asSecretRecord(raw()).marks, [])
  })
})
