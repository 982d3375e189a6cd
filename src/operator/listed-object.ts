// This file is about asking the API server for one object by listing it: whoever follows a kind may list it, and need not get.
import type { KubeClient } from '../kube/client.ts'
import { PARTIAL_LIST } from '../kube/list-watch.ts'
import { collectionPath, type ObjectMeta, type ResourceType } from '../kube/resource.ts'
import type { Ref } from '../model/ref.ts'

interface Listed {
  readonly items: readonly { readonly metadata: ObjectMeta }[]
}

/** Its metadata as it is now, whatever a watch has shown; undefined where it is not there. Throws `KubeError`. */
export async function metadataNow(
  client: KubeClient,
  type: ResourceType,
  { namespace, name }: Pick<Ref, 'namespace' | 'name'>,
  signal: AbortSignal,
): Promise<ObjectMeta | undefined> {
  const { items } = await client.request<Listed>({
    method: 'GET',
    path: collectionPath(type, type.namespaced ? namespace : undefined),
    query: { fieldSelector: `metadata.name=${name}` },
    accept: PARTIAL_LIST,
    signal,
  })
  return items[0]?.metadata
}
