// This file is about the kinds this dialect reads and the definitions it brings along.
import type { Column, Kind, KindVersion } from '../../model/kind.ts'
import { ECRAuthorizationToken } from './generator-schema.ts'
import { ExternalSecret } from './schema.ts'

export const GROUP = 'external-secrets.io'
export const GENERATOR_GROUP = 'generators.external-secrets.io'

/** Set by external-secrets itself on every ExternalSecret; nothing here needs it. */
export const CLEANUP_FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup'

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
}

export const ECR_AUTHORIZATION_TOKEN: Kind = {
  group: GENERATOR_GROUP,
  kind: 'ECRAuthorizationToken',
  plural: 'ecrauthorizationtokens',
  namespaced: true,
  versions: ['v1alpha1'],
  use: 'referred',
  reads: 'whole',
  definition: {
    singular: 'ecrauthorizationtoken',
    listKind: 'ECRAuthorizationTokenList',
    shortNames: [],
    categories: ['external-secrets', 'external-secrets-generators'],
    labels: LABELS,
    versions: [{ name: 'v1alpha1', storage: true, schema: ECRAuthorizationToken, columns: [] }],
  },
}
