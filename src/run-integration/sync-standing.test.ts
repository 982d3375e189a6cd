// This file is about testing whether an integration is synced, where nobody wrote down what was: by comparing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IntegrationFolder, WrittenObject } from '../config-repo/tree.ts'
import type { ClusterView, StoredIntegration } from './cluster-view.ts'
import { standingOf } from './sync-standing.ts'

const spec = { region: 'eu-west-1', auth: { ambient: {} }, sharing: { namespaces: { names: ['a', 'b'] } } }

const object: WrittenObject = {
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'one' },
  spec,
}

const folder: IntegrationFolder = {
  name: 'one',
  placement: { is: 'all' },
  folder: 'resources/all-runtimes-all-clusters/one',
  objects: [{ path: 'resources/all-runtimes-all-clusters/one/integration.yaml', document: 0, object }],
}

const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Tested',
  message: 'all is allowed',
  lastTransitionTime: '2026-05-04T10:00:00Z',
} as const

const stored = (changed: object = {}, observedGeneration = 1): StoredIntegration => ({
  ...object,
  metadata: { name: 'one', generation: 1 },
  spec: { ...spec, probe: { interval: '1h' }, ...changed },
  status: { observedGeneration, conditions: [READY] },
})

const stateOf = (view: Partial<ClusterView>, folders: readonly IntegrationFolder[] = [folder]): string =>
  standingOf({ integrations: [], record: undefined, ...view }, folders, 'commit').state

test('what stands in the cluster with what the API server adds is synced', () => {
  assert.equal(stateOf({ integrations: [stored()] }), 'synced')
})

test('what no operator has looked at yet is syncing', () => {
  assert.equal(stateOf({ integrations: [stored({}, 0)] }), 'syncing')
})

test('what is missing, or says something else, is out of sync', () => {
  assert.equal(stateOf({}), 'out-of-sync')
  assert.equal(stateOf({ integrations: [stored({ region: 'us-east-1' })] }), 'out-of-sync')
  assert.equal(
    stateOf({ integrations: [stored({ sharing: { namespaces: { names: ['a'] } } })] }),
    'out-of-sync',
  )
})

test('what is in the cluster alone is out of sync', () => {
  assert.equal(stateOf({ integrations: [stored()] }, []), 'out-of-sync')
})

test('of a cluster that cannot be asked nothing is known', () => {
  assert.equal(stateOf({ unknown: 'it does not answer' }), 'unknown')
})
