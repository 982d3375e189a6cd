// This file is about the EcrIntegration kind: its definition, its columns, and what may hold one back.
import { shortDigest } from '../../base/canonical-json.ts'
import type { Column, Kind } from '../../model/kind.ts'
import { EcrIntegration } from './integration-schema.ts'
import { AGE_COLUMN, GROUP, MESSAGE_COLUMN, READY_COLUMN, text, VERSION } from './kinds.ts'

/** Held while objects are served through it. */
export const INTEGRATION_FINALIZER = 'everpull.dev/ecr-integration'

/** On what is made to test a connection, with value "true": it is tested thoroughly, and goes by itself after a while. */
export const TEST_LABEL = 'everpull.dev/test'
/** Begins the names of those, so that no other object is taken for one. */
export const TEST_PREFIX = 'test-'

/** The API server takes no longer one, its prefix not counted. */
const LONGEST_NAME = 63

/** An installation's own: one that nobody uses here may be in use elsewhere. */
export function finalizerOf(runtime: string): string {
  if (runtime === 'default') return INTEGRATION_FINALIZER
  const own = `${INTEGRATION_FINALIZER}-${runtime}`
  const { length } = own.slice(own.indexOf('/') + 1)
  return length > LONGEST_NAME ? `${INTEGRATION_FINALIZER}-${shortDigest(runtime)}` : own
}

const COLUMNS: readonly Column[] = [
  READY_COLUMN,
  text('Identity', '.status.identity.arn'),
  text('Region', '.spec.region'),
  // A date column shows no time that is still to come.
  text('Expires', '.status.expiresAt'),
  { name: 'In Use', type: 'integer', jsonPath: '.status.usedBy.count' },
  { name: 'Tested', type: 'date', jsonPath: '.status.lastTestedAt' },
  AGE_COLUMN,
  MESSAGE_COLUMN,
]

export const ECR_INTEGRATION: Kind = {
  group: GROUP,
  kind: 'EcrIntegration',
  plural: 'ecrintegrations',
  namespaced: false,
  versions: [VERSION],
  use: 'ordered',
  reads: 'whole',
  lends: true,
  tests: { label: TEST_LABEL, namePrefix: TEST_PREFIX },
  definition: {
    singular: 'ecrintegration',
    listKind: 'EcrIntegrationList',
    shortNames: ['ecri'],
    categories: ['everpull'],
    versions: [{ name: VERSION, storage: true, schema: EcrIntegration, columns: COLUMNS }],
  },
  finalizers: [INTEGRATION_FINALIZER],
}
