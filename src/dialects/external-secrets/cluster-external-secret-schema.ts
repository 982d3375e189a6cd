// This file is about the ClusterExternalSecret kind as users write it, in both of its versions.
import { z } from 'zod'
import { namespaceName, objectName } from '../name-fields.ts'
import { textMap } from './fields.ts'
import { externalSecretSpec } from './schema.ts'

const ATOMIC_LIST = { 'x-kubernetes-list-type': 'atomic' } as const

const requirement = z.object({
  key: z.string().describe('The label.'),
  operator: z.string().describe('In, NotIn, Exists or DoesNotExist.'),
  values: z.array(z.string()).optional().meta(ATOMIC_LIST).describe('For In and NotIn.'),
})

/** As everywhere in Kubernetes: all of it must hold; nothing in it selects everything. */
const labelSelector = z
  .object({
    matchLabels: textMap().optional().describe('Labels with their values.'),
    matchExpressions: z.array(requirement).optional().meta(ATOMIC_LIST).describe('Rules about labels.'),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' })

const clusterExternalSecretSpec = (filledIn: boolean) =>
  z.object({
    externalSecretSpec: externalSecretSpec(filledIn, 'unchecked').describe(
      'The spec of the ExternalSecrets written.',
    ),
    externalSecretName: objectName()
      .optional()
      .describe('Their name; the name of this object where not given.'),
    externalSecretMetadata: z
      .object({
        labels: textMap().optional().describe('Their labels.'),
        annotations: textMap().optional().describe('Their annotations.'),
      })
      .optional()
      .describe('Their metadata: whatever else they carry is taken off.'),
    namespaceSelectors: z
      .array(labelSelector)
      .optional()
      .describe('Which namespaces get one: those that any of the selectors matches.'),
    namespaceSelector: labelSelector
      .optional()
      .describe('Deprecated: one more selector; write it into namespaceSelectors.'),
    namespaces: z
      .array(namespaceName())
      .optional()
      .describe(
        'Deprecated: more namespaces, by name; select by the label kubernetes.io/metadata.name in namespaceSelectors.',
      ),
    refreshTime: z
      .string()
      .optional()
      .describe(
        'How often namespaces are looked through again, as a Go duration. Changes are noticed at once in any case.',
      ),
  })

export const ClusterExternalSecretSpec = clusterExternalSecretSpec(false)
export type ClusterExternalSecretSpec = z.infer<typeof ClusterExternalSecretSpec>

const status = z.object({
  externalSecretName: z.string().optional().describe('The name of the ExternalSecrets last written.'),
  provisionedNamespaces: z
    .array(z.string())
    .optional()
    .describe('Where an ExternalSecret of this object is.'),
  failedNamespaces: z
    .array(
      z.object({
        namespace: z.string().describe('The namespace.'),
        reason: z.string().optional().describe('Why it has none, or not the one wanted.'),
      }),
    )
    .optional()
    .describe('Where one should be and could not be written.'),
  conditions: z
    .array(
      z.object({
        type: z.string().describe('Ready.'),
        status: z.string().describe('True or False.'),
        message: z.string().optional().describe('Why.'),
      }),
    )
    .optional()
    .describe('How it fares.'),
})

/** `v1beta1` fills in more, as for ExternalSecret. */
export const ClusterExternalSecret = (version: 'v1' | 'v1beta1') =>
  z
    .object({
      spec: clusterExternalSecretSpec(version === 'v1beta1').optional(),
      status: status.optional(),
    })
    .describe('Keeps an ExternalSecret in every namespace selected.')
