// This file is about the EcrIntegration kind: its definition, its columns, and what may hold one back.
import type { Column, Kind } from '../../model/kind.ts'
import { GROUP } from './kinds.ts'
import { EcrIntegration } from './integration-schema.ts'

/** Held while objects are served through it. */
export const INTEGRATION_FINALIZER = 'everpull.dev/ecr-integration'

const text = (name: string, jsonPath: string, priority?: number): Column => ({
  name,
  type: 'string',
  jsonPath,
  ...(priority === undefined ? {} : { priority }),
})

const COLUMNS: readonly Column[] = [
  text('Ready', '.status.conditions[?(@.type=="Ready")].status'),
  text('Identity', '.status.identity.arn'),
  text('Region', '.spec.region'),
  // A date column shows no time that is still to come.
  text('Expires', '.status.expiresAt'),
  { name: 'In Use', type: 'integer', jsonPath: '.status.usedBy.count' },
  { name: 'Tested', type: 'date', jsonPath: '.status.lastTestedAt' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  text('Message', '.status.conditions[?(@.type=="Ready")].message', 1),
]

export const ECR_INTEGRATION: Kind = {
  group: GROUP,
  kind: 'EcrIntegration',
  plural: 'ecrintegrations',
  namespaced: false,
  versions: ['v1alpha1'],
  use: 'ordered',
  reads: 'whole',
  lends: true,
  definition: {
    singular: 'ecrintegration',
    listKind: 'EcrIntegrationList',
    shortNames: ['ecri'],
    categories: ['everpull'],
    versions: [{ name: 'v1alpha1', storage: true, schema: EcrIntegration, columns: COLUMNS }],
  },
  finalizers: [INTEGRATION_FINALIZER],
}
