// This file is about what a RegistryLogin and a ClusterRegistryLogin tell of themselves: nothing of it is secret.
import { z } from 'zod'
import { conditions, time } from './conditions.ts'
import { SHAPES } from './output-schema.ts'

/** As many are told; the rest is counted. */
export const MOST_NAMES = 20
export const LONGEST_REASON = 200

const names = () => z.array(z.string()).max(MOST_NAMES)

const registry = z.object({
  host: z.string().describe('The host.'),
  expiresAt: time.optional().describe('When the first of the logins written for it dies.'),
  renewsAt: time.optional().describe('When the next of them is renewed.'),
})

const linked = z.object({
  as: z.array(z.string()).max(2).describe('The lists that name the Secret.'),
  count: z.int().min(0).describe('How many service accounts name it.'),
  serviceAccounts: names().describe('The first of them by name.'),
  missing: names()
    .optional()
    .describe('Service accounts that are named and not there; they are linked when they appear.'),
})

const output = {
  secretName: z.string().describe('The Secret.'),
  shape: z.enum(SHAPES).describe('The form of the logins in it.'),
  type: z.string().describe('The type of the Secret.'),
  access: z.enum(['pull', 'push', 'unscoped']).describe('What its login is narrowed to.'),
  hosts: z.array(z.string()).max(64).describe('The registries that it holds a login for.'),
  keys: z.array(z.string()).max(64).describe('The keys that are written.'),
}

/** What is told of one output. */
export const written = z.object({
  ...output,
  state: z
    .enum(['Written', 'Serving', 'Failed', 'Unknown'])
    .describe('Serving: renewing it fails, and it still opens its registries.'),
  writtenAt: time.optional().describe('When it was last written.'),
  expiresAt: time.optional().describe('When the first of its logins dies.'),
  message: z.string().optional().describe('Why it is not written.'),
  links: linked.optional().describe('The service accounts that name it.'),
})
export type OutputStatus = z.infer<typeof written>

const outputOfMany = z.object(output)

const byKey = (key: string) => ({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [key] })

const common = {
  observedGeneration: z.int().min(0).optional().describe('The generation of the object this was said about.'),
  conditions: conditions.optional().describe('Ready, Serving, Reconciling and Stalled.'),
  targets: z
    .string()
    .optional()
    .describe('How many of its targets hold a valid login, and how many there are.'),
  expiresAt: time.optional().describe('When the first of the logins written dies.'),
  renewsAt: time.optional().describe('When the next login is renewed.'),
  registries: z.array(registry).max(64).meta(byKey('host')).optional().describe('How each registry fares.'),
}

export const registryLoginStatus = z.object({
  ...common,
  outputs: z.array(written).max(32).meta(byKey('secretName')).optional().describe('What was written.'),
})

const failing = z.object({
  namespace: z.string().describe('The namespace.'),
  since: time.describe('Since when it fails, as far as known.'),
  reason: z.string().describe('Why, in one word.'),
  message: z.string().max(LONGEST_REASON).describe('Why, cut where it is long.'),
})
export type FailingNamespace = z.infer<typeof failing>

export const clusterRegistryLoginStatus = z.object({
  ...common,
  outputs: z
    .array(outputOfMany)
    .max(32)
    .meta(byKey('secretName'))
    .optional()
    .describe('What is written in each namespace.'),
  namespaces: z
    .object({
      selected: z.int().min(0).describe('How many are chosen.'),
      serving: z.int().min(0).describe('How many of them hold valid logins.'),
      failing: z.int().min(0).describe('How many of them fail.'),
      pending: z.int().min(0).describe('How many of them have not had their turn yet.'),
    })
    .optional()
    .describe('How the namespaces fare.'),
  failing: z
    .array(failing)
    .max(MOST_NAMES)
    .optional()
    .describe('The namespaces that have failed longest; `everpull explain` tells all of them.'),
})
