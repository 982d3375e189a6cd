// This file is about testing what of a file is applied, and what would reach further than it may.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { WrittenObject } from '../config-repo/tree.ts'
import { admit } from './admission.ts'

const OWN = 'everpull'
const BOUNDS = { ownNamespace: OWN, reservedSecrets: ['git-credentials'] }

type Json = Readonly<Record<string, unknown>>

const written = (apiVersion: string, kind: string, spec: unknown, metadata: Json = {}): WrittenObject => ({
  apiVersion,
  kind,
  metadata: { name: 'ecr', ...metadata },
  spec,
})
const integration = (spec: Json = {}, metadata: Json = {}): WrittenObject =>
  written(
    'everpull.dev/v1alpha1',
    'EcrIntegration',
    { region: 'eu-west-1', auth: { ambient: {} }, ...spec },
    metadata,
  )
const sealed = (spec: Json = {}, metadata: Json = {}): WrittenObject =>
  written('bitnami.com/v1alpha1', 'SealedSecret', { encryptedData: { key: 'AgA' }, ...spec }, metadata)
const external = (spec: Json = {}, metadata: Json = {}): WrittenObject =>
  written(
    'external-secrets.io/v1',
    'ExternalSecret',
    { secretStoreRef: { name: 'vault' }, ...spec },
    metadata,
  )

const keyIn = (secretNamespace: string): Json => ({
  auth: { accessKey: { secretName: 'key', secretNamespace } },
})
const SECRET_TYPE = { labels: { 'argocd.argoproj.io/secret-type': 'repository' } }
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const on = (...hosts: readonly string[]): Json => ({ registries: hosts.map((host) => ({ host })) })
const fromGenerator = (generatorRef: Json): Json => ({ dataFrom: [{ sourceRef: { generatorRef } }] })

describe('is taken:', () => {
  const rows: readonly (readonly [string, WrittenObject])[] = [
    ['an integration', integration()],
    ['an integration whose key lies where the operator is', integration(keyIn(OWN))],
    ['a SealedSecret without a namespace', sealed()],
    [
      'a SealedSecret for the namespace of the operator',
      sealed({ template: { metadata: { namespace: OWN } } }, { namespace: OWN }),
    ],
    ['an ExternalSecret of an earlier version', { ...external(), apiVersion: 'external-secrets.io/v1beta1' }],
    [
      'an ExternalSecret from a generator beside it',
      external(fromGenerator({ kind: 'ECRAuthorizationToken', name: 'g' })),
    ],
    [
      'an integration of registries of ECR',
      integration({ registries: [{ host: ECR }, { account: '123456789012', region: 'eu-west-1' }] }),
    ],
    ['a SealedSecret of the usual type', sealed({ template: { type: 'Opaque', metadata: { name: 'ecr' } } })],
    [
      'an ExternalSecret for a Secret of another name',
      external({ target: { name: 'key', template: { templateFrom: [{ target: 'Data' }] } } }),
    ],
    [
      'an object as kubectl prints it',
      integration(
        {},
        { uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: 'x', managedFields: [] },
      ),
    ],
  ]
  for (const [what, object] of rows) {
    it(what, () => assert.equal(admit(object, BOUNDS).is, 'admitted'))
  }
})

describe('is refused:', () => {
  const rows: readonly (readonly [string, WrittenObject, RegExp])[] = [
    ['a Secret in the clear', written('v1', 'Secret', {}), /only EcrIntegration/],
    ['a ClusterExternalSecret', { ...external(), kind: 'ClusterExternalSecret' }, /only EcrIntegration/],
    [
      'an integration of another group',
      { ...integration(), apiVersion: 'example.com/v1alpha1' },
      /only EcrIntegration/,
    ],
    [
      'an integration of a version that nobody serves',
      { ...integration(), apiVersion: 'everpull.dev/v9' },
      /only EcrIntegration/,
    ],
    ['an integration with a namespace', integration({}, { namespace: OWN }), /leave it out/],
    [
      'an integration with a key elsewhere',
      integration(keyIn('kube-system')),
      /accessKey\.secretNamespace is kube-system/,
    ],
    [
      'an integration with a host that is none of ECR',
      integration(on(ECR, 'registry.example.com')),
      /registries\[1\]\.host is no Amazon ECR host: .* in the cluster itself/,
    ],
    [
      'an integration with a host that only looks like one',
      integration(on(`${ECR}.example.com`)),
      /registries\[0\]\.host is no Amazon ECR host/,
    ],
    [
      'a SealedSecret named as a Secret of ours',
      sealed({}, { name: 'git-credentials' }),
      /Secret git-credentials is the operator's own/,
    ],
    [
      'a SealedSecret with a template named so',
      sealed({ template: { metadata: { name: 'git-credentials' } } }),
      /Secret git-credentials is the operator's own/,
    ],
    [
      'a SealedSecret that Argo CD would take for its own',
      sealed({ template: { metadata: SECRET_TYPE } }),
      /label argocd\.argoproj\.io\/secret-type/,
    ],
    ['a SealedSecret of a whole Secret in one text', sealed({ data: 'AgA' }), /spec\.data hides/],
    [
      'an ExternalSecret named as a Secret of ours',
      external({}, { name: 'git-credentials' }),
      /Secret git-credentials is the operator's own/,
    ],
    [
      'an ExternalSecret for a Secret of ours',
      external({ target: { name: 'git-credentials', creationPolicy: 'Merge' } }),
      /Secret git-credentials is the operator's own/,
    ],
    [
      'an ExternalSecret that Argo CD would take for its own',
      external({ target: { template: { metadata: SECRET_TYPE } } }),
      /label argocd\.argoproj\.io\/secret-type/,
    ],
    [
      'an ExternalSecret that hands its own labels on to what Argo CD takes',
      external({}, SECRET_TYPE),
      /label argocd\.argoproj\.io\/secret-type/,
    ],
    [
      'an ExternalSecret that computes labels',
      external({ target: { template: { templateFrom: [{ target: 'Labels', literal: 'a: b' }] } } }),
      /templateFrom\[0\]\.target/,
    ],
    [
      'an ExternalSecret of a type that others read',
      external({ target: { template: { type: 'kubernetes.io/tls' } } }),
      /kubernetes\.io\/tls.*only Opaque/,
    ],
    [
      'a SealedSecret elsewhere',
      sealed({}, { namespace: 'kube-system' }),
      /metadata\.namespace is kube-system/,
    ],
    [
      'a SealedSecret with a template elsewhere',
      sealed({ template: { metadata: { namespace: 'b' } } }),
      /template\.metadata\.namespace is b/,
    ],
    [
      'a SealedSecret that would hold a token',
      sealed({ template: { type: 'kubernetes.io/service-account-token' } }),
      /only Opaque/,
    ],
    [
      'an ExternalSecret from a store of the cluster',
      external({ secretStoreRef: { name: 'v', kind: 'ClusterSecretStore' } }),
      /spec\.secretStoreRef is a ClusterSecretStore/,
    ],
    [
      'an ExternalSecret with one value from a store of the cluster',
      external({ data: [{ sourceRef: { storeRef: { name: 'v', kind: 'ClusterSecretStore' } } }] }),
      /spec\.data\[0\]\.sourceRef\.storeRef/,
    ],
    [
      'an ExternalSecret from a generator of the cluster',
      external(fromGenerator({ kind: 'ClusterGenerator', name: 'g' })),
      /ClusterGenerator/,
    ],
    [
      'an ExternalSecret from a store elsewhere',
      external({ secretStoreRef: { name: 'v', namespace: 'b' } }),
      /namespace may not be set/,
    ],
    [
      'an ExternalSecret that would hold a token',
      external({ target: { template: { type: 'bootstrap.kubernetes.io/token' } } }),
      /only Opaque/,
    ],
    [
      'an ExternalSecret that makes something else',
      external({ target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } } }),
      /makes no Secret/,
    ],
    ['an object with an owner', integration({}, { ownerReferences: [] }), /metadata\.ownerReferences/],
    ['an object with a finalizer', sealed({}, { finalizers: ['x'] }), /metadata\.finalizers/],
    ['an object named by the server', integration({}, { generateName: 'x-' }), /metadata\.generateName/],
    ['an object with more than a spec', { ...integration(), data: {} }, /data is no field/],
    ['an object without a spec', written('everpull.dev/v1alpha1', 'EcrIntegration', undefined), /no spec/],
    ['a name that leads elsewhere', integration({}, { name: '../x' }), /no name/],
    ['labels that are no texts', integration({}, { labels: { a: 1 } }), /texts/],
  ]
  for (const [what, object, because] of rows) {
    it(what, () => {
      const read = admit(object, BOUNDS)
      assert.ok(read.is === 'refused', 'it is taken')
      assert.match(read.because, because)
    })
  }
})

it('marks of ours are not taken from a file, and status is left out', () => {
  const own = { 'everpull.dev/config-repo': 'x', team: 'a' }
  const annotations = {
    'everpull.dev/config-repo-adopt': 'true',
    'everpull.dev/config-repo-path': 'x',
    note: 'b',
  }
  const read = admit({ ...sealed({}, { labels: own, annotations }), status: {} }, BOUNDS)
  assert.deepEqual(read.is === 'admitted' && [read.labels, read.annotations, read.namespace], [
    { team: 'a' },
    { note: 'b' },
    OWN,
  ])
})
