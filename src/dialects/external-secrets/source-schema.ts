// This file is about where the values of an ExternalSecret come from: `spec.data` and `spec.dataFrom`.
import { z } from 'zod'
import { dataKey, objectName } from '../name-fields.ts'
import { type Checking, ENTRY_RULES, withRules } from './admission-rules.ts'
import { atMostOne, exactlyOne, ONE_PROPERTY, textMap } from './fields.ts'
import { GENERATOR_KINDS } from './generator-kinds.ts'

export const storeRef = z.object({
  name: objectName().optional().describe('The store.'),
  kind: z.enum(['SecretStore', 'ClusterSecretStore']).optional().describe('SecretStore where not given.'),
})

const generatorRef = z.object({
  apiVersion: z
    .string()
    .default('generators.external-secrets.io/v1alpha1')
    .describe('The API of the generator.'),
  // Later releases of upstream know more kinds: under their definitions such an object is told that they are not served.
  kind: z.string().meta({ enum: GENERATOR_KINDS }).describe('The kind of the generator.'),
  name: objectName().describe('The generator, in the namespace of this object.'),
})

const source = z
  .object({
    storeRef: storeRef.optional().describe('A store to read from.'),
    generatorRef: generatorRef.optional().describe('A generator, whose values are taken as they are.'),
  })
  .meta(ONE_PROPERTY)

const singleSource = source.refine(exactlyOne, 'exactly one of storeRef and generatorRef must be given')
/** That it names one at all is a rule of admission, with a text of its own. */
const wholeSource = source.refine(atMostOne, 'exactly one of storeRef and generatorRef must be given')

/** The older version fills these in on admission, the newer leaves them to the reader. */
const policies = (filledIn: boolean) => {
  const conversion = z.enum(['Default', 'Unicode'])
  const decoding = z.enum(['Auto', 'Base64', 'Base64URL', 'None'])
  const metadata = z.enum(['None', 'Fetch'])
  return {
    conversionStrategy: (filledIn ? conversion.default('Default') : conversion.optional()).describe(
      'How names that are no keys are made into keys; Default where not given.',
    ),
    decodingStrategy: (filledIn ? decoding.default('None') : decoding.optional()).describe(
      'How values are decoded; None where not given.',
    ),
    metadataPolicy: (filledIn ? metadata.default('None') : metadata.optional()).describe(
      'Fetch: tags and labels are read instead of the value; None where not given.',
    ),
    nullBytePolicy: z
      .enum(['Ignore', 'Fail'])
      .optional()
      .describe('Fail: a value that holds NUL bytes is an error.'),
  }
}

function remoteRef(filledIn: boolean) {
  return z.object({
    key: z.string().describe("The secret's name at the provider."),
    property: z.string().optional().describe('One member of it.'),
    version: z.string().optional().describe('One version of it.'),
    ...policies(filledIn),
  })
}

function find(filledIn: boolean) {
  const { conversionStrategy, decodingStrategy, nullBytePolicy } = policies(filledIn)
  return z.object({
    path: z.string().optional().describe('Where the search begins.'),
    name: z
      .object({ regexp: z.string().optional().describe('A regular expression in RE2 syntax.') })
      .optional()
      .describe('Finds by name.'),
    tags: textMap().optional().describe('Finds by tag.'),
    conversionStrategy,
    decodingStrategy,
    nullBytePolicy,
  })
}

const rewrite = z
  .object({
    regexp: z
      .object({
        source: z.string().describe('A regular expression in RE2 syntax.'),
        target: z.string().describe('What takes the place of each match: $1 or ${name} stand for groups.'),
      })
      .optional()
      .describe('Replaces what matches in every key.'),
    transform: z
      .object({ template: z.string().describe('A template in which .value is the key.') })
      .optional()
      .describe('Renders every key anew.'),
    merge: z
      .object({
        into: z.string().default('').describe('With strategy JSON: the key of the merged object.'),
        priority: z
          .array(z.string())
          .optional()
          .describe('Keys merged last, in this order: they win over the others.'),
        priorityPolicy: z
          .enum(['IgnoreNotFound', 'Strict'])
          .default('Strict')
          .describe('Strict: a key of priority that is not there is an error.'),
        conflictPolicy: z
          .enum(['Ignore', 'Error'])
          .default('Error')
          .describe('Error: no two values may hold the same inner key.'),
        strategy: z
          .enum(['Extract', 'JSON'])
          .default('Extract')
          .describe('Extract: the inner keys take the place of all keys. JSON: one more key holds them all.'),
      })
      .optional()
      .describe('Merges values that are JSON objects.'),
  })
  .refine(exactlyOne, 'exactly one of regexp, transform and merge must be given')
  .meta(ONE_PROPERTY)

export const singleKey = (filledIn: boolean) =>
  z.object({
    secretKey: dataKey().describe('The key of the Secret.'),
    remoteRef: remoteRef(filledIn).describe('What is read.'),
    sourceRef: singleSource.optional().describe('The store to read from instead of secretStoreRef.'),
  })

export const keySet = (filledIn: boolean, checking: Checking) =>
  withRules(
    z.object({
      sourceRef: wholeSource
        .optional()
        .describe('A generator, or the store that extract and find read from.'),
      extract: remoteRef(filledIn).optional().describe('All keys of one secret of a store.'),
      find: find(filledIn).optional().describe('All secrets of a store that match.'),
      rewrite: z.array(rewrite).optional().describe('Renames keys, one step after the other.'),
    }),
    ENTRY_RULES,
    checking,
  )
