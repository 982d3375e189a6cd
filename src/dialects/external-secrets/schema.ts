// This file is about the ExternalSecret kind as users write it, whole, in both of its versions.
import { z } from 'zod'
import { objectName } from '../name-fields.ts'
import { type Checking, TARGET_RULES, withRules } from './admission-rules.ts'
import { keySet, singleKey, storeRef } from './source-schema.ts'
import { template } from './template-schema.ts'

const SCHEDULE =
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|@every \S+|\S+ +\S+ +\S+ +\S+ +\S+)$/

const targetFields = (checking: Checking) => ({
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
  template: template(checking).optional().describe('How the Secret is made from the values.'),
  manifest: z
    .object({
      apiVersion: z.string().describe('Its API and version.'),
      kind: z.string().describe('Its kind.'),
    })
    .optional()
    .describe('Writes another kind of object instead of a Secret.'),
})

const target = (checking: Checking) =>
  withRules(z.object(targetFields(checking)), TARGET_RULES, checking)
    .prefault({ creationPolicy: 'Owner', deletionPolicy: 'Retain' })
    .describe('The Secret to write.')

const syncWindows = z.object({
  kind: z.enum(['allow', 'deny']).describe('Whether refreshes happen inside the windows, or outside them.'),
  windows: z
    .array(
      z.object({
        schedule: z.string().regex(SCHEDULE).describe('When it opens, as a cron line, in UTC.'),
        duration: z.string().describe('How long it stays open, as a Go duration.'),
      }),
    )
    .min(1)
    .describe('The windows.'),
})

/** `filledIn`: as the older version. */
export function externalSecretSpec(filledIn: boolean, checking: Checking) {
  return z.object({
    secretStoreRef: storeRef.optional().describe('The store that data, extract and find read from.'),
    target: target(checking),
    refreshPolicy: z
      .enum(['CreatedOnce', 'Periodic', 'OnChange'])
      .optional()
      .describe('When the Secret is written anew; Periodic where not given.'),
    refreshInterval: z
      .string()
      .default('1h0m0s')
      .describe('How often at least, as a Go duration ("1h30m"); zero or less: never after the first time.'),
    syncWindows: syncWindows.optional().describe('When periodic refreshes may happen.'),
    data: z.array(singleKey(filledIn)).optional().describe('Single keys.'),
    dataFrom: z
      .array(keySet(filledIn, checking))
      .optional()
      .describe('Whole sets of keys; later ones overwrite earlier ones.'),
  })
}

export const ExternalSecretSpec = externalSecretSpec(false, 'checked')
export type ExternalSecretSpec = z.infer<typeof ExternalSecretSpec>

const dateTime = z.string().meta({ format: 'date-time' })

const status = z.object({
  refreshTime: dateTime.nullable().optional().describe('When the Secret was last refreshed.'),
  syncedResourceVersion: z.string().optional().describe('The generation and metadata last acted upon.'),
  binding: z
    .object({ name: z.string().default('').describe('Its name.') })
    .optional()
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .describe('The Secret written, as servicebinding.io names it.'),
  conditions: z
    .array(
      z.object({
        type: z.enum(['Ready', 'Deleted']).describe('What is told.'),
        status: z.string().describe('True, False or Unknown.'),
        reason: z.string().optional().describe('The cause, in one word.'),
        message: z.string().optional().describe('The cause, in words.'),
        lastTransitionTime: dateTime.optional().describe('Since when its status is this.'),
      }),
    )
    .optional()
    .describe('How it fares.'),
})

/** `v1beta1` knows every field of `v1` and fills in more: an edit through it loses nothing. */
export const ExternalSecret = (version: 'v1' | 'v1beta1') =>
  z
    .object({
      spec: externalSecretSpec(version === 'v1beta1', 'checked').optional(),
      status: status.optional(),
    })
    .describe('Keeps a Secret filled from generators or stores.')
