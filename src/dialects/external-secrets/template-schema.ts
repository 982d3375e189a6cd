// This file is about `spec.target.template`: the blueprint of the Secret.
import { z } from 'zod'
import { dataKey, objectName, textMap } from './fields.ts'

const templateSource = z.object({
  name: objectName(),
  items: z.array(
    z.object({ key: dataKey(), templateAs: z.enum(['Values', 'KeysAndValues']).default('Values') }),
  ),
})

const templateFrom = z.object({
  configMap: templateSource.optional(),
  secret: templateSource.optional(),
  literal: z.string().optional(),
  target: z.string().default('Data'),
  valuesDecodingStrategy: z.enum(['Auto', 'Base64', 'Base64URL', 'None']).optional(),
})

export const template = z.object({
  type: z.string().optional().describe("The Secret's type."),
  engineVersion: z.enum(['v2']).default('v2').describe('The template language.'),
  mergePolicy: z
    .enum(['Replace', 'Merge'])
    .default('Replace')
    .describe('Merge: the values themselves are written too.'),
  metadata: z
    .object({
      labels: textMap().optional(),
      annotations: textMap().optional(),
      finalizers: z.array(z.string()).optional(),
    })
    .optional()
    .describe("The Secret's labels and annotations, themselves templates."),
  data: textMap().optional().describe('A template a key.'),
  templateFrom: z.array(templateFrom).optional().describe('Templates kept elsewhere.'),
})
export type Template = z.infer<typeof template>
