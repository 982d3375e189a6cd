// This file is about what a RegistryLogin and a ClusterRegistryLogin ask for: which registries, who asks, which Secrets.
import { z } from 'zod'
import { hours, seconds } from '../../base/duration.ts'
import { goDuration } from './fields.ts'
import { assumeRoles, clusterIdentity, identity } from './identity-schema.ts'
import { namespaces } from './namespaces-schema.ts'
import { outputs } from './output-schema.ts'
import { registries } from './registry-schema.ts'

const places = registries().describe('The registries to log in to; a docker config holds them all.')

const common = {
  assumeRoles: assumeRoles(),
  outputs: outputs(),
  refreshInterval: goDuration(seconds(1), hours(24 * 365))
    .optional()
    .describe(
      'How often logins are renewed, as a Go duration: 6h, 90m. Never later than at two thirds of their life, which is when they are renewed where it is not given.',
    ),
  suspend: z
    .boolean()
    .optional()
    .describe('true: nothing is renewed, written or taken away until it is false again.'),
}

export const RegistryLoginSpec = z.object({ registries: places, identity: identity.optional(), ...common })

export const ClusterRegistryLoginSpec = z.object({
  namespaces: namespaces.describe(
    'Where the Secrets are kept. A namespace with the annotation everpull.dev/opt-out: "true" is left out.',
  ),
  registries: places,
  identity: clusterIdentity.optional(),
  ...common,
})
export type ClusterRegistryLoginSpec = z.infer<typeof ClusterRegistryLoginSpec>

/** What both ask for. */
export type LoginSpec = Omit<ClusterRegistryLoginSpec, 'namespaces'>
