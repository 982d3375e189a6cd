// This file is about why the Secret of an integration is not as the repository has it: what those say who were to bring it.
import { z } from 'zod'
import { KubeError } from '../kube/error.ts'
import type { KubeClient } from '../kube/client.ts'
import { collectionPath, type ResourceType } from '../kube/resource.ts'

/** An integration as far as it says where its key is kept. */
export interface Keyed {
  readonly metadata: { readonly name: string }
  readonly [member: string]: unknown
}

interface Bringer {
  readonly type: ResourceType
  /** Of the condition that says whether it brought the Secret. */
  readonly condition: string
  readonly told: (integration: string, words: string) => string
}

const BRINGERS: readonly Bringer[] = [
  {
    type: {
      group: 'bitnami.com',
      version: 'v1alpha1',
      plural: 'sealedsecrets',
      kind: 'SealedSecret',
      namespaced: true,
    },
    condition: 'Synced',
    told: (integration, words) =>
      `is not opened in this cluster (${words}): where it was sealed for another one, seal it anew with the certificate of this, by integration edit ${integration} --secret-access-key-file FILE`,
  },
  {
    type: {
      group: 'external-secrets.io',
      version: 'v1',
      plural: 'externalsecrets',
      kind: 'ExternalSecret',
      namespaced: true,
    },
    condition: 'Ready',
    told: (_integration, words) => `does not fetch the key (${words}): put right what it names`,
  },
]

const Spec = z.object({
  auth: z.object({
    accessKey: z.object({ secretName: z.string(), secretNamespace: z.string().optional() }),
  }),
})

/** Others write these, and leave out what they like. */
const Bringing = z.object({
  metadata: z.object({ name: z.string() }),
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
        .optional(),
    })
    .optional(),
})

/** By the name of the integration. What may not be looked at, or is not there, says nothing. */
export async function complaintsOf(
  client: Pick<KubeClient, 'request'>,
  integrations: readonly Keyed[],
  operatorNamespace: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const keyed = integrations.flatMap((one): readonly (readonly [string, string])[] => {
    const accessKey = Spec.safeParse(one['spec']).data?.auth.accessKey
    const namespace = accessKey?.secretNamespace ?? operatorNamespace
    return accessKey === undefined || namespace !== operatorNamespace
      ? []
      : [[one.metadata.name, accessKey.secretName]]
  })
  if (keyed.length === 0) return new Map()
  const failing = await Promise.all(
    BRINGERS.map(async (bringer) => ({
      bringer,
      words: await failingOf(client, bringer, operatorNamespace, signal),
    })),
  )
  return new Map(
    keyed.flatMap(([integration, secret]) => {
      const said = failing.flatMap(({ bringer: { type, told }, words }) => {
        const word = words.get(secret)
        return word === undefined
          ? []
          : [`${type.kind} ${operatorNamespace}/${secret} ${told(integration, word)}`]
      })
      return said.length === 0 ? [] : [[integration, said.join('; ')] as const]
    }),
  )
}

async function failingOf(
  client: Pick<KubeClient, 'request'>,
  { type, condition }: Bringer,
  namespace: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const items = await listed(client, type, namespace, signal)
  return new Map(
    items.flatMap((item) => {
      const { metadata, status } = Bringing.safeParse(item).data ?? {}
      const found = status?.conditions?.find((one) => one.type === condition)
      if (metadata === undefined || found?.status !== 'False') return []
      return [[metadata.name, found.message ?? 'without a word why'] as const]
    }),
  )
}

async function listed(
  client: Pick<KubeClient, 'request'>,
  type: ResourceType,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  try {
    const path = collectionPath(type, namespace)
    return (await client.request<{ readonly items: readonly unknown[] }>({ method: 'GET', path, signal }))
      .items
  } catch (error) {
    if (error instanceof KubeError) return []
    throw error
  }
}
