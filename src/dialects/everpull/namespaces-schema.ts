// This file is about choosing namespaces, as users write it.
import { z } from 'zod'
import { labelSelector, namePattern, ruled } from './fields.ts'

/** The namespaces chosen: by name or by label, and not excluded. */
export const namespaces = ruled(
  z
    .object({
      names: z.array(namePattern()).max(256).optional().describe('Names, in which * and ? are wildcards.'),
      selector: labelSelector()
        .optional()
        .describe('Labels of the namespaces; an empty selector chooses all.'),
      exclude: z
        .array(namePattern())
        .max(256)
        .optional()
        .describe('Names, with wildcards, of those not meant all the same.'),
    })
    .refine(({ names, selector }) => names !== undefined || selector !== undefined, 'give names or selector'),
  { rule: 'has(self.names) || has(self.selector)', message: 'give names or selector' },
)
export type NamespacesFields = z.infer<typeof namespaces>
