// This file is about the ExternalSecret kind as users write it, whole, in both of its versions.
import { z } from 'zod'
import { dataKey, exactlyOne, objectName, ONE_PROPERTY, textMap } from './fields.ts'
import { GENERATOR_KINDS } from './generator-kinds.ts'
import { template } from './template-schema.ts'

const SCHEDULE =
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every \S+|\S+ +\S+ +\S+ +\S+ +\S+)$/

const storeRef = z.object({
  name: objectName().optional().describe('The store.'),
  kind: z.enum(['SecretStore', 'ClusterSecretStore']).optional().describe('SecretStore where not given.'),
})

const generatorRef = z.object({
  apiVersion: z
    .string()
    .default('generators.external-secrets.io/v1alpha1')
    .describe('The API of the generator.'),
  kind: z.enum(GENERATOR_KINDS).describe('The kind of the generator.'),
  name: objectName().describe('The generator, in the namespace of this object.'),
})

const sourceRef = z
  .object({
    storeRef: storeRef.optional().describe('A store to read from.'),
    generatorRef: generatorRef.optional().describe('A generator, whose values are taken as they are.'),
  })
  .refine(exactlyOne, 'exactly one of storeRef and generatorRef must be given')
  .meta(ONE_PROPERTY)

/** The older version fills these in on admission, the newer leaves them to the reader. */
const policies = (filledIn: boolean) => {
  const conversion = z.enum(['Default', 'Unicode'])
  const decoding = z.enum(['Auto', 'Base64', 'Base64URL', 'None'])
  const metadata = z.enum(['None', 'Fetch'])
  return {
    conversionStrategy: filledIn ? conversion.default('Default') : conversion.optional(),
    decodingStrategy: filledIn ? decoding.default('None') : decoding.optional(),
    metadataPolicy: filledIn ? metadata.default('None') : metadata.optional(),
    nullBytePolicy: z.enum(['Ignore', 'Fail']).optional(),
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
    name: z.object({ regexp: z.string().optional() }).optional().describe('Finds by name.'),
    tags: textMap().optional().describe('Finds by tag.'),
    conversionStrategy,
    decodingStrategy,
    nullBytePolicy,
  })
}

const rewrite = z
  .object({
    regexp: z.object({ source: z.string(), target: z.string() }).optional(),
    transform: z.object({ template: z.string() }).optional(),
    merge: z
      .object({
        into: z.string().default(''),
        priority: z.array(z.string()).optional(),
        priorityPolicy: z.enum(['IgnoreNotFound', 'Strict']).default('Strict'),
        conflictPolicy: z.enum(['Ignore', 'Error']).default('Error'),
        strategy: z.enum(['Extract', 'JSON']).default('Extract'),
      })
      .optional(),
  })
  .refine(exactlyOne, 'exactly one of regexp, transform and merge must be given')
  .meta(ONE_PROPERTY)

const target = z
  .object({
    name: objectName().optional().describe('The Secret to write; the name of this object where not given.'),
    creationPolicy: z
      .enum(['Owner', 'Orphan', 'Merge', 'None', 'CreateOrMerge'])
      .default('Owner')
      .describe('Who creates the Secret, and who owns it.'),
    deletionPolicy: z
      .enum(['Delete', 'Merge', 'Retain'])
      .default('Retain')
      .describe('What becomes of the Secret when its source is gone.'),
    immutable: z.boolean().optional().describe('Makes the Secret immutable.'),
    template: template.optional().describe('How the Secret is made from the values.'),
    manifest: z
      .object({ apiVersion: z.string(), kind: z.string() })
      .optional()
      .describe('Writes another kind of object instead of a Secret.'),
  })
  .prefault({ creationPolicy: 'Owner', deletionPolicy: 'Retain' })

const syncWindows = z.object({
  kind: z.enum(['allow', 'deny']),
  windows: z.array(z.object({ schedule: z.string().regex(SCHEDULE), duration: z.string() })).min(1),
})

/** `filledIn`: as the older version. */
export function externalSecretSpec(filledIn: boolean) {
  return z.object({
    secretStoreRef: storeRef.optional().describe('The store that data, extract and find read from.'),
    target: target.describe('The Secret to write.'),
    refreshPolicy: z
      .enum(['CreatedOnce', 'Periodic', 'OnChange'])
      .optional()
      .describe('When the Secret is written anew; Periodic where not given.'),
    refreshInterval: z
      .string()
      .default('1h0m0s')
      .describe('How often at least, as a Go duration ("1h30m"); zero or less: never after the first time.'),
    syncWindows: syncWindows.optional().describe('When periodic refreshes may happen.'),
    data: z
      .array(
        z.object({
          secretKey: dataKey(),
          remoteRef: remoteRef(filledIn),
          sourceRef: sourceRef.optional(),
        }),
      )
      .optional()
      .describe('Single keys.'),
    dataFrom: z
      .array(
        z.object({
          sourceRef: sourceRef
            .optional()
            .describe('A generator, or the store that extract and find read from.'),
          extract: remoteRef(filledIn).optional(),
          find: find(filledIn).optional(),
          rewrite: z.array(rewrite).optional().describe('Renames keys.'),
        }),
      )
      .optional()
      .describe('Whole sets of keys; later ones overwrite earlier ones.'),
  })
}

export const ExternalSecretSpec = externalSecretSpec(false)
export type ExternalSecretSpec = z.infer<typeof ExternalSecretSpec>

const dateTime = z.string().meta({ format: 'date-time' })

const status = z.object({
  refreshTime: dateTime.nullable().optional().describe('When the Secret was last refreshed.'),
  syncedResourceVersion: z.string().optional().describe('The generation and metadata last acted upon.'),
  binding: z
    .object({ name: z.string().default('') })
    .optional()
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .describe('The Secret written, as servicebinding.io names it.'),
  conditions: z
    .array(
      z.object({
        type: z.enum(['Ready', 'Deleted']),
        status: z.string(),
        reason: z.string().optional(),
        message: z.string().optional(),
        lastTransitionTime: dateTime.optional(),
      }),
    )
    .optional(),
})

/** `v1beta1` knows every field of `v1` and fills in more: an edit through it loses nothing. */
export const ExternalSecret = (version: 'v1' | 'v1beta1') =>
  z
    .object({ spec: externalSecretSpec(version === 'v1beta1').optional(), status: status.optional() })
    .describe('Keeps a Secret filled from generators or stores.')
