// This file is about the two kinds of ecr.mobb.redhat.com: their fields as their users write them, and their definitions.
import { z } from 'zod'
import type { Column, Definition, Kind } from '../../model/kind.ts'

export const GROUP = 'ecr.mobb.redhat.com'
const VERSION = 'v1alpha1'

const frequency = z
  .string()
  .describe(
    'How often the login is renewed at least, as a Go duration: 10h, 1h30m. 0s means by its expiry alone.',
  )
const region = z.string().describe('The AWS region whose registries the login opens.')

export const pullSecretSpec = z
  .object({
    ecr_registry: z
      .string()
      .describe('The registry host: the key of the login in the docker config, as it stands.'),
    frequency,
    generated_secret_name: z.string().describe('The Secret to keep, in the same namespace.'),
    region,
  })
  .describe('Which registry, and which Secret of type kubernetes.io/dockerconfigjson holds its login.')

export const argoHelmRepoSecretSpec = z
  .object({
    frequency,
    generated_secret_name: z
      .string()
      .describe('The Secret to keep, in the same namespace, and the name of the repository in Argo CD.'),
    region,
    url: z.string().describe('The repository as Argo CD knows it, without a scheme: HOST or HOST/PATH.'),
  })
  .describe('Which Helm repository, and which Argo CD repository Secret holds its login.')

const time = z.string().meta({ format: 'date-time' })

export const condition = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().max(1024),
  message: z.string().max(32_768),
  lastTransitionTime: time.describe('When the status last changed.'),
  observedGeneration: z.int().min(0).optional().describe('The generation of the object this was said about.'),
})
export type Condition = z.infer<typeof condition>

export const status = z.object({
  phase: z.string().optional().describe('Updated, or Failed when the Secret could not be kept as asked.'),
  lastUpdatedTime: time.optional().describe('When the Secret was last written.'),
  expiresAt: time.optional().describe('When the login in the Secret dies.'),
  conditions: z
    .array(condition)
    .max(32)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
})
export type MobbStatus = z.infer<typeof status>

const after: readonly Column[] = [
  { name: 'Secret', type: 'string', jsonPath: '.spec.generated_secret_name' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Updated', type: 'date', jsonPath: '.status.lastUpdatedTime' },
  { name: 'Expires', type: 'string', jsonPath: '.status.expiresAt', priority: 1 },
  {
    name: 'Message',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Ready")].message',
    priority: 1,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
]

/** `spec` stays optional, as the originals' own samples leave it out; such an object is told so in its status. */
const definition = (kind: string, spec: z.ZodType, first: Column): Definition => ({
  singular: kind.toLowerCase(),
  listKind: `${kind}List`,
  shortNames: [],
  categories: [],
  versions: [
    {
      name: VERSION,
      storage: true,
      schema: z.object({ spec: spec.optional(), status: status.optional() }),
      columns: [first, ...after],
    },
  ],
})

const ordered = (kind: string, plural: string, definition: Definition): Kind => ({
  group: GROUP,
  kind,
  plural,
  namespaced: true,
  versions: [VERSION],
  use: 'ordered',
  reads: 'whole',
  definition,
})

export const PULL_SECRET = ordered(
  'Secret',
  'secrets',
  definition('Secret', pullSecretSpec, {
    name: 'Registry',
    type: 'string',
    jsonPath: '.spec.ecr_registry',
  }),
)

export const ARGO_HELM_REPO_SECRET = ordered(
  'ArgoHelmRepoSecret',
  'argohelmreposecrets',
  definition('ArgoHelmRepoSecret', argoHelmRepoSecretSpec, {
    name: 'URL',
    type: 'string',
    jsonPath: '.spec.url',
  }),
)
