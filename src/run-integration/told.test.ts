// This file is about testing what is told of an integration: its Secret that was not brought, and steps that nobody asked.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterView, StoredIntegration } from './cluster-view.ts'
import { shownOf, toldOf } from './told.ts'

const WORDS = 'SealedSecret everpull/ecr-one is not opened in this cluster'

const stored = (ready: 'True' | 'False', message: string): StoredIntegration => ({
  apiVersion: 'everpull.dev/v1alpha1',
  kind: 'EcrIntegration',
  metadata: { name: 'one', generation: 1 },
  spec: { region: 'eu-west-1', auth: { accessKey: { secretName: 'ecr-one' } } },
  status: {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: ready,
        reason: 'Tested',
        message,
        lastTransitionTime: '2026-05-04T10:00:00Z',
      },
    ],
    permissions: [{ name: 'ecr:PutImage', on: 'r', result: 'Passed', inferred: true }],
  },
})
const view = (one: StoredIntegration, complaints?: ReadonlyMap<string, string>): ClusterView => ({
  integrations: [one],
  record: undefined,
  ...(complaints === undefined ? {} : { complaints }),
})
const compared = (one: StoredIntegration) => {
  const folder = 'resources/all-runtimes-all-clusters/one'
  const object = { ...one, status: null }
  const integrations = [
    {
      name: 'one',
      placement: { is: 'all' },
      folder,
      objects: [{ path: `${folder}/i.yaml`, document: 0, object }],
    },
  ] as const
  return { tree: { integrations, runtimes: [], flaws: [], hasResources: true }, commit: 'c' }
}
const complaints = new Map([['one', WORDS]])

test('a key that the cluster cannot open is told before what lacks for it', () => {
  const { health } = toldOf(view(stored('False', 'Secret does not exist'), complaints), undefined, 'one')
  assert.deepEqual(health, { is: 'failing', because: `${WORDS}; Secret does not exist` })
})

test('a new key that the cluster cannot open is no synced one, though the one before works', () => {
  const one = stored('True', 'all is allowed')
  assert.equal(toldOf(view(one), compared(one), 'one').sync, 'synced')
  const { sync, syncNote, health } = toldOf(view(one, complaints), compared(one), 'one')
  assert.deepEqual([sync, syncNote, health.is], ['out-of-sync', WORDS, 'healthy'])
})

test('a step that was inferred says so', () => {
  const { steps } = shownOf(view(stored('True', 'all is allowed')), undefined, 'one')
  assert.deepEqual(steps, [{ name: 'ecr:PutImage', on: 'r', result: 'passed', inferred: true }])
})
