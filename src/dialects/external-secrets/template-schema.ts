// This file is about `spec.target.template`: the blueprint of the Secret.
import { z } from 'zod'
import { dataKey, objectName } from '../name-fields.ts'
import { type Checking, TEMPLATE_RULES, withRules } from './admission-rules.ts'
import { textMap } from './fields.ts'

/**
 * More, and longer, than anybody writes: the API server wants to know how long its rules may take. Definitions other than
 * ours say nothing of it, so objects are read without.
 */
const MOST_SOURCES = { maxItems: 1000 } as const
const LONGEST_TARGET = { maxLength: 1024 } as const

const templateSource = z.object({
  name: objectName().describe('Its name, in the namespace of this object.'),
  items: z
    .array(
      z.object({
        key: dataKey().describe('A key in it whose value is a template.'),
        templateAs: z
          .enum(['Values', 'KeysAndValues'])
          .default('Values')
          .describe(
            'Values: what it renders is stored under that key. KeysAndValues: what it renders is YAML, keys and values.',
          ),
      }),
    )
    .describe('What is taken from it.'),
})

const templateFrom = z.object({
  configMap: templateSource.optional().describe('A ConfigMap that holds templates.'),
  secret: templateSource.optional().describe('A Secret that holds templates.'),
  literal: z.string().optional().describe('A template that renders YAML: keys and values.'),
  target: z
    .string()
    .default('Data')
    .meta(LONGEST_TARGET)
    .describe('What of the Secret is written: Data, Labels or Annotations, in any case.'),
  valuesDecodingStrategy: z
    .enum(['Auto', 'Base64', 'Base64URL', 'None'])
    .optional()
    .describe('How the values rendered are decoded before they are stored.'),
})

const fields = {
  type: z.string().optional().describe("The Secret's type."),
  engineVersion: z.enum(['v2']).default('v2').describe('The template language.'),
  mergePolicy: z
    .enum(['Replace', 'Merge'])
    .default('Replace')
    .describe('Merge: the values themselves are written too.'),
  metadata: z
    .object({
      labels: textMap().optional().describe('A template a label.'),
      annotations: textMap().optional().describe('A template an annotation.'),
      finalizers: z.array(z.string()).optional().describe('Set once, and never taken off again.'),
    })
    .optional()
    .describe("The Secret's labels and annotations, themselves templates."),
  data: textMap().optional().describe('A template a key.'),
  templateFrom: z
    .array(templateFrom)
    .optional()
    .meta(MOST_SOURCES)
    .describe('Templates kept elsewhere; later ones overwrite earlier ones, and data overwrites all.'),
}

export const template = (checking: Checking) => withRules(z.object(fields), TEMPLATE_RULES, checking)
export type Template = z.infer<ReturnType<typeof template>>
