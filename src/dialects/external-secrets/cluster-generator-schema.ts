// This file is about the ClusterGenerator kind as users write it: one generator, for every namespace.
import { z } from 'zod'
import { NAMESPACED_GENERATORS } from './generator-kinds.ts'
import { ONE_PROPERTY } from './fields.ts'
import { ECRAuthorizationTokenSpec, STSSessionTokenSpec } from './generator-schema.ts'

/** Other generators are kept as they are: whoever serves them finds them unchanged. */
const generator = z
  .looseObject({
    ecrAuthorizationTokenSpec: ECRAuthorizationTokenSpec.optional().describe(
      'The spec of an ECRAuthorizationToken.',
    ),
    stsSessionTokenSpec: STSSessionTokenSpec.optional().describe('The spec of an STSSessionToken.'),
  })
  .meta(ONE_PROPERTY)

export const ClusterGeneratorSpec = z.object({
  kind: z.enum(NAMESPACED_GENERATORS).describe('The kind of the generator wrapped.'),
  generator: generator.describe('Its spec, under the one property that belongs to its kind.'),
})
export type ClusterGeneratorSpec = z.infer<typeof ClusterGeneratorSpec>

export const ClusterGenerator = z
  .object({ spec: ClusterGeneratorSpec.optional() })
  .describe(
    'A generator that objects of every namespace may use; what it refers to is read in the namespace of its user.',
  )
