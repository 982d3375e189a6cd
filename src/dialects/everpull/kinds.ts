// This file is about the kinds of logins that this API has, and the definitions it brings along.
import { z } from 'zod'
import type { Column, Kind } from '../../model/kind.ts'
import { ClusterRegistryLoginSpec, RegistryLoginSpec } from './login-spec-schema.ts'
import { clusterRegistryLoginStatus, registryLoginStatus } from './login-status-schema.ts'

export const GROUP = 'everpull.dev'
export const VERSION = 'v1alpha1'

export const text = (name: string, jsonPath: string): Column => ({ name, type: 'string', jsonPath })

export const READY_COLUMN = text('Ready', '.status.conditions[?(@.type=="Ready")].status')
/** For `--output wide`. */
export const MESSAGE_COLUMN: Column = {
  ...text('Message', '.status.conditions[?(@.type=="Ready")].message'),
  priority: 1,
}
export const AGE_COLUMN: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

/** Times as texts: kubectl shows a date that is still to come as `<invalid>`. */
const COLUMNS: readonly Column[] = [
  READY_COLUMN,
  text('Expires', '.status.expiresAt'),
  text('Renews', '.status.renewsAt'),
  text('Targets', '.status.targets'),
  AGE_COLUMN,
  MESSAGE_COLUMN,
]

const wanted = <T extends z.ZodType>(spec: T): T => spec.describe('Which logins are wanted, and where.')
const fares = <T extends z.ZodType>(status: T): z.ZodOptional<T> =>
  status.optional().describe('How that fares; written by the operator.')

const ordered = (kind: string, namespaced: boolean, shortName: string, schema: z.ZodType): Kind => ({
  group: GROUP,
  kind,
  plural: `${kind.toLowerCase()}s`,
  namespaced,
  versions: [VERSION],
  use: 'ordered',
  reads: 'whole',
  links: true,
  definition: {
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: [shortName],
    categories: ['everpull'],
    versions: [{ name: VERSION, storage: true, schema, columns: COLUMNS }],
  },
})

export const REGISTRY_LOGIN = ordered(
  'RegistryLogin',
  true,
  'rlogin',
  z
    .object({ spec: wanted(RegistryLoginSpec), status: fares(registryLoginStatus) })
    .describe('Keeps logins of Amazon ECR fresh in Secrets of its namespace.'),
)

/** Held so that its Secrets, links and merged hosts are taken away in every namespace before it goes. */
export const CLUSTER_REGISTRY_LOGIN_FINALIZER = 'everpull.dev/cluster-registry-login'

export const CLUSTER_REGISTRY_LOGIN: Kind = {
  ...ordered(
    'ClusterRegistryLogin',
    false,
    'crlogin',
    z
      .object({ spec: wanted(ClusterRegistryLoginSpec), status: fares(clusterRegistryLoginStatus) })
      .describe('Keeps logins of Amazon ECR fresh in Secrets of many namespaces.'),
  ),
  finalizers: [CLUSTER_REGISTRY_LOGIN_FINALIZER],
}
