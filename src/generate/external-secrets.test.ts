// This file is about testing the definitions of external-secrets: the fields, choices and defaults that manifests rely on.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { externalSecrets } from '../dialects/external-secrets/dialect.ts'
import {
  CLUSTER_EXTERNAL_SECRET,
  CLUSTER_GENERATOR,
  ECR_AUTHORIZATION_TOKEN,
  EXTERNAL_SECRET,
  STS_SESSION_TOKEN,
} from '../dialects/external-secrets/kinds.ts'
import type { Kind, KindVersion } from '../model/kind.ts'
import { crdObjects } from './crds.ts'
import { type Field, kindFields } from './kind-fields.ts'

const versionOf = (kind: Kind, name: string): KindVersion => {
  const version = kind.definition?.versions.find((each) => each.name === name)
  assert.ok(version !== undefined)
  return version
}

/** Those that hold a value themselves: `path: choices = default`, `!` where it must be given. */
function lineOf({ path, type, isRequired, choices, filledIn }: Field): string {
  const what = choices?.join('|') ?? type
  const given = filledIn === undefined ? '' : ` = ${JSON.stringify(filledIn)}`
  return `${path}${isRequired ? '!' : ''}: ${what}${given}`
}

const isLeaf = ({ type, filledIn }: Field): boolean =>
  !type.endsWith('object') || type === 'map of object' || filledIn !== undefined

const linesOf = (kind: Kind, version: string): readonly string[] =>
  kindFields(versionOf(kind, version)).filter(isLeaf).map(lineOf).toSorted()

const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .toSorted()

const below = (path: string, text: string): string =>
  lines(text)
    .map((line) => `${path}.${line}`)
    .join('\n')

const AUTH = `
  auth.jwt.serviceAccountRef.audiences: array of string
  auth.jwt.serviceAccountRef.name!: string
  auth.jwt.serviceAccountRef.namespace: string
  auth.secretRef.accessKeyIDSecretRef.key: string
  auth.secretRef.accessKeyIDSecretRef.name: string
  auth.secretRef.accessKeyIDSecretRef.namespace: string
  auth.secretRef.secretAccessKeySecretRef.key: string
  auth.secretRef.secretAccessKeySecretRef.name: string
  auth.secretRef.secretAccessKeySecretRef.namespace: string
  auth.secretRef.sessionTokenSecretRef.key: string
  auth.secretRef.sessionTokenSecretRef.name: string
  auth.secretRef.sessionTokenSecretRef.namespace: string
`
const ECR = `${AUTH}
  region!: string
  role: string
  scope: string
`
const STS = `${AUTH}
  region!: string
  requestParameters.serialNumber: string
  requestParameters.sessionDuration: integer
  requestParameters.tokenCode: string
  role: string
`

const GENERATORS =
  'ACRAccessToken|BeyondtrustWorkloadCredentialsDynamicSecret|CloudsmithAccessToken|ECRAuthorizationToken|Fake|GCRAccessToken|GithubAccessToken|GitlabDeployToken|QuayAccessToken|Password|SSHKey|STSSessionToken|UUID|VaultDynamicSecret|Webhook|Grafana|MFA'

const STORE_REF = `
  kind: SecretStore|ClusterSecretStore
  name: string
`
const SOURCE_REF = `
  generatorRef.apiVersion: string = "generators.external-secrets.io/v1alpha1"
  generatorRef.kind!: ClusterGenerator|${GENERATORS}
  generatorRef.name!: string
  ${below('storeRef', STORE_REF)}
`
const FIND = (filledIn: boolean): string => `
  conversionStrategy: Default|Unicode${filledIn ? ' = "Default"' : ''}
  decodingStrategy: Auto|Base64|Base64URL|None${filledIn ? ' = "None"' : ''}
  nullBytePolicy: Ignore|Fail
`
const REMOTE_REF = (filledIn: boolean): string => `${FIND(filledIn)}
  key!: string
  metadataPolicy: None|Fetch${filledIn ? ' = "None"' : ''}
  property: string
  version: string
`
const TEMPLATE_SOURCE = `
  items[].key!: string
  items[].templateAs: Values|KeysAndValues = "Values"
  name!: string
`
const SPEC = (filledIn: boolean): string => `
  ${below('secretStoreRef', STORE_REF)}
  refreshInterval: string = "1h0m0s"
  refreshPolicy: CreatedOnce|Periodic|OnChange
  syncWindows.kind!: allow|deny
  syncWindows.windows[].duration!: string
  syncWindows.windows[].schedule!: string
  target: object = {"creationPolicy":"Owner","deletionPolicy":"Retain"}
  target.creationPolicy: Owner|Orphan|Merge|None|CreateOrMerge = "Owner"
  target.deletionPolicy: Delete|Merge|Retain = "Retain"
  target.immutable: boolean
  target.manifest.apiVersion!: string
  target.manifest.kind!: string
  target.name: string
  target.template.data: map of string
  target.template.engineVersion: v2 = "v2"
  target.template.mergePolicy: Replace|Merge = "Replace"
  target.template.metadata.annotations: map of string
  target.template.metadata.finalizers: array of string
  target.template.metadata.labels: map of string
  target.template.type: string
  ${below('target.template.templateFrom[].configMap', TEMPLATE_SOURCE)}
  ${below('target.template.templateFrom[].secret', TEMPLATE_SOURCE)}
  target.template.templateFrom[].literal: string
  target.template.templateFrom[].target: string = "Data"
  target.template.templateFrom[].valuesDecodingStrategy: Auto|Base64|Base64URL|None
  data[].secretKey!: string
  ${below('data[].remoteRef', REMOTE_REF(filledIn))}
  ${below('data[].sourceRef', SOURCE_REF)}
  ${below('dataFrom[].extract', REMOTE_REF(filledIn))}
  ${below('dataFrom[].find', FIND(filledIn))}
  dataFrom[].find.name.regexp: string
  dataFrom[].find.path: string
  dataFrom[].find.tags: map of string
  ${below('dataFrom[].sourceRef', SOURCE_REF)}
  dataFrom[].rewrite[].merge.conflictPolicy: Ignore|Error = "Error"
  dataFrom[].rewrite[].merge.into: string = ""
  dataFrom[].rewrite[].merge.priority: array of string
  dataFrom[].rewrite[].merge.priorityPolicy: IgnoreNotFound|Strict = "Strict"
  dataFrom[].rewrite[].merge.strategy: Extract|JSON = "Extract"
  dataFrom[].rewrite[].regexp.source!: string
  dataFrom[].rewrite[].regexp.target!: string
  dataFrom[].rewrite[].transform.template!: string
`
const STATUS = `
  status.binding.name: string = ""
  status.conditions[].lastTransitionTime: string
  status.conditions[].message: string
  status.conditions[].reason: string
  status.conditions[].status!: string
  status.conditions[].type!: Ready|Deleted
  status.refreshTime: string
  status.syncedResourceVersion: string
`
const SELECTOR = `
  matchExpressions[].key!: string
  matchExpressions[].operator!: string
  matchExpressions[].values: array of string
  matchLabels: map of string
`
const CLUSTER_SPEC = (filledIn: boolean): string => `
  ${below('externalSecretSpec', SPEC(filledIn))}
  externalSecretMetadata.annotations: map of string
  externalSecretMetadata.labels: map of string
  externalSecretName: string
  ${below('namespaceSelector', SELECTOR)}
  ${below('namespaceSelectors[]', SELECTOR)}
  namespaces: array of string
  refreshTime: string
`
const CLUSTER_STATUS = `
  status.conditions[].message: string
  status.conditions[].status!: string
  status.conditions[].type!: string
  status.externalSecretName: string
  status.failedNamespaces[].namespace!: string
  status.failedNamespaces[].reason: string
  status.provisionedNamespaces: array of string
`

describe('the definition of', () => {
  const rows: readonly [Kind, string, string][] = [
    [ECR_AUTHORIZATION_TOKEN, 'v1alpha1', below('spec', ECR)],
    [STS_SESSION_TOKEN, 'v1alpha1', below('spec', STS)],
    [
      CLUSTER_GENERATOR,
      'v1alpha1',
      `spec.kind!: ${GENERATORS}
       ${below('spec.generator.ecrAuthorizationTokenSpec', ECR)}
       ${below('spec.generator.stsSessionTokenSpec', STS)}`,
    ],
    [EXTERNAL_SECRET, 'v1', `${below('spec', SPEC(false))}${STATUS}`],
    [EXTERNAL_SECRET, 'v1beta1', `${below('spec', SPEC(true))}${STATUS}`],
    [CLUSTER_EXTERNAL_SECRET, 'v1', `${below('spec', CLUSTER_SPEC(false))}${CLUSTER_STATUS}`],
    [CLUSTER_EXTERNAL_SECRET, 'v1beta1', `${below('spec', CLUSTER_SPEC(true))}${CLUSTER_STATUS}`],
  ]
  for (const [kind, version, expected] of rows) {
    test(`${kind.kind} ${version} has upstream's fields, choices and defaults`, () => {
      assert.deepEqual(linesOf(kind, version), lines(expected))
    })
    test(`${kind.kind} ${version} says what each field is for`, () => {
      const silent = kindFields(versionOf(kind, version)).filter(({ path, description }) => {
        const isRoot = path === 'spec' || path === 'status'
        return !isRoot && description === ''
      })
      assert.deepEqual(
        silent.map(({ path }) => path),
        [],
      )
    })
  }
})

test('the dialect brings all five kinds', () => {
  const names = (crdObjects(externalSecrets.kinds) as { metadata: { name: string } }[]).map(
    ({ metadata }) => metadata.name,
  )
  assert.deepEqual(names.toSorted(), [
    'clusterexternalsecrets.external-secrets.io',
    'clustergenerators.generators.external-secrets.io',
    'ecrauthorizationtokens.generators.external-secrets.io',
    'externalsecrets.external-secrets.io',
    'stssessiontokens.generators.external-secrets.io',
  ])
})

test('kinds carry the scope, names and categories of upstream', () => {
  const kinds = [
    ECR_AUTHORIZATION_TOKEN,
    STS_SESSION_TOKEN,
    CLUSTER_GENERATOR,
    EXTERNAL_SECRET,
    CLUSTER_EXTERNAL_SECRET,
  ]
  const found = crdObjects(kinds) as {
    metadata: { labels: object }
    spec: { group: string; scope: string; names: Record<string, unknown> }
  }[]
  const generator = (kind: string, scope: string) => ({
    group: 'generators.external-secrets.io',
    scope,
    names: {
      kind,
      listKind: `${kind}List`,
      plural: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
      categories: ['external-secrets', 'external-secrets-generators'],
    },
  })
  const secret = (kind: string, scope: string, shortName: string) => ({
    group: 'external-secrets.io',
    scope,
    names: {
      kind,
      listKind: `${kind}List`,
      plural: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
      shortNames: [shortName],
      categories: ['external-secrets'],
    },
  })
  assert.deepEqual(
    found.map(({ spec: { group, scope, names } }) => ({ group, scope, names })),
    [
      generator('ECRAuthorizationToken', 'Namespaced'),
      generator('STSSessionToken', 'Namespaced'),
      generator('ClusterGenerator', 'Cluster'),
      secret('ExternalSecret', 'Namespaced', 'es'),
      secret('ClusterExternalSecret', 'Cluster', 'ces'),
    ],
  )
  for (const { metadata } of found) {
    assert.deepEqual(metadata.labels, { 'external-secrets.io/component': 'controller' })
  }
})
