// This file is about the kinds this dialect reads and the definitions it brings along.
import type { z } from 'zod'
import { type Column, type Kind, type KindVersion, NAMESPACE } from '../../model/kind.ts'
import { ClusterExternalSecret } from './cluster-external-secret-schema.ts'
import { ClusterGenerator } from './cluster-generator-schema.ts'
import { ECRAuthorizationToken, STSSessionToken } from './generator-schema.ts'
import { ExternalSecret } from './schema.ts'

export const GROUP = 'external-secrets.io'
export const GENERATOR_GROUP = 'generators.external-secrets.io'

/** Set by external-secrets itself on every ExternalSecret; nothing here needs it. */
export const CLEANUP_FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup'

/** Set by external-secrets itself on every ClusterExternalSecret. */
export const CLUSTER_CLEANUP_FINALIZER = 'externalsecrets.external-secrets.io/clusterexternalsecret-cleanup'

/** What external-secrets sets on every namespace it wrote to begins like this and ends with the name of the object. */
const NAMESPACE_FINALIZER_PREFIX = 'externalsecrets.external-secrets.io/ces-'

const LABELS = { 'external-secrets.io/component': 'controller' }

const text = (name: string, jsonPath: string): Column => ({ name, type: 'string', jsonPath })

const COLUMNS: readonly Column[] = [
  text('StoreType', '.spec.secretStoreRef.kind'),
  text('Store', '.spec.secretStoreRef.name'),
  text('Refresh Interval', '.spec.refreshInterval'),
  text('Status', '.status.conditions[?(@.type=="Ready")].reason'),
  text('Ready', '.status.conditions[?(@.type=="Ready")].status'),
  { name: 'Last Sync', type: 'date', jsonPath: '.status.refreshTime' },
]

const V1: KindVersion = {
  name: 'v1',
  storage: true,
  schema: ExternalSecret('v1'),
  columns: COLUMNS,
  selectableFields: [
    '.spec.secretStoreRef.name',
    '.spec.secretStoreRef.kind',
    '.spec.target.name',
    '.spec.refreshInterval',
  ],
}

const V1BETA1: KindVersion = {
  name: 'v1beta1',
  storage: false,
  deprecated: true,
  schema: ExternalSecret('v1beta1'),
  columns: COLUMNS,
}

export const EXTERNAL_SECRET: Kind = {
  group: GROUP,
  kind: 'ExternalSecret',
  plural: 'externalsecrets',
  namespaced: true,
  versions: ['v1', 'v1beta1'],
  use: 'ordered',
  reads: 'whole',
  definition: {
    singular: 'externalsecret',
    listKind: 'ExternalSecretList',
    shortNames: ['es'],
    categories: ['external-secrets'],
    labels: LABELS,
    versions: [V1, V1BETA1],
  },
  finalizers: [CLEANUP_FINALIZER],
  series: {
    controller: 'externalsecret',
    passes: 'externalsecret_sync_calls_total',
    failures: 'externalsecret_sync_calls_error',
    duration: 'externalsecret_reconcile_duration',
    condition: 'externalsecret_status_condition',
  },
}

const CLUSTER_COLUMNS: readonly Column[] = [
  text('Store', '.spec.externalSecretSpec.secretStoreRef.name'),
  text('Refresh Interval', '.spec.refreshTime'),
  text('Ready', '.status.conditions[?(@.type=="Ready")].status'),
]

export const CLUSTER_EXTERNAL_SECRET: Kind = {
  group: GROUP,
  kind: 'ClusterExternalSecret',
  plural: 'clusterexternalsecrets',
  namespaced: false,
  versions: ['v1', 'v1beta1'],
  use: 'ordered',
  reads: 'whole',
  definition: {
    singular: 'clusterexternalsecret',
    listKind: 'ClusterExternalSecretList',
    shortNames: ['ces'],
    categories: ['external-secrets'],
    labels: LABELS,
    versions: [
      { name: 'v1', storage: true, schema: ClusterExternalSecret('v1'), columns: CLUSTER_COLUMNS },
      {
        name: 'v1beta1',
        storage: false,
        deprecated: true,
        schema: ClusterExternalSecret('v1beta1'),
        columns: CLUSTER_COLUMNS,
      },
    ],
  },
  series: {
    controller: 'clusterexternalsecret',
    duration: 'clusterexternalsecret_reconcile_duration',
    condition: 'clusterexternalsecret_status_condition',
  },
  finalizers: [CLUSTER_CLEANUP_FINALIZER],
  children: [EXTERNAL_SECRET],
  leaves: { on: NAMESPACE, finalizerPrefix: NAMESPACE_FINALIZER_PREFIX },
}

const generator = (kind: string, scope: 'Namespaced' | 'Cluster', schema: z.ZodType): Kind => ({
  group: GENERATOR_GROUP,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced: scope === 'Namespaced',
  versions: ['v1alpha1'],
  use: 'referred',
  reads: 'whole',
  definition: {
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: [],
    categories: ['external-secrets', 'external-secrets-generators'],
    labels: LABELS,
    versions: [{ name: 'v1alpha1', storage: true, schema, columns: [] }],
  },
})

export const ECR_AUTHORIZATION_TOKEN: Kind = generator(
  'ECRAuthorizationToken',
  'Namespaced',
  ECRAuthorizationToken,
)

export const STS_SESSION_TOKEN: Kind = generator('STSSessionToken', 'Namespaced', STSSessionToken)

export const CLUSTER_GENERATOR: Kind = generator('ClusterGenerator', 'Cluster', ClusterGenerator)
