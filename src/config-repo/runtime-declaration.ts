// This file is about `runtimes/<name>/everpull.yaml`: what a runtime says of itself in the repository.
import { z } from 'zod'
import { parseVersion } from './version.ts'

const version = (): z.ZodString =>
  z.string().refine((text) => parseVersion(text) !== undefined, 'must be a semantic version such as 0.1.27')

export const RuntimeManifest = z
  .strictObject({
    apiVersion: z.literal('everpull.dev/v1alpha1').describe('The version of this format.'),
    kind: z.literal('Runtime').describe('What it is.'),
    metadata: z
      .object({ name: z.string().optional().describe('The name of the folder it lies in.') })
      .optional()
      .describe('As every object of Kubernetes has it; may be left out.'),
    spec: z
      .strictObject({
        hosted: z
          .boolean()
          .default(false)
          .describe(
            'true: run by somebody else, in an AWS account of theirs, where no role of yours can be assumed.',
          ),
        version: version().optional().describe('The version that runs there.'),
        accessKeySince: version()
          .optional()
          .describe(
            'The least version that takes integrations with an access key; any does where not given.',
          ),
      })
      .default({ hosted: false })
      .describe('What it is like.'),
  })
  .describe('One runtime: an installation that integrations can be meant for.')
export type RuntimeManifest = z.infer<typeof RuntimeManifest>
