// This file is about what a cluster keeps of integrations: Codefresh's labelled objects, and ours. No value of a Secret leaves it.
import { ENTITY } from '../config-repo/codefresh-objects.ts'
import type { WrittenObject } from '../config-repo/tree.ts'
import type { KubeClient } from '../kube/client.ts'
import { KubeError } from '../kube/error.ts'
import {
  apiVersionOf,
  collectionPath,
  CONFIG_MAPS,
  type KubeObject,
  type ResourceType,
  SECRETS,
} from '../kube/resource.ts'
import { INTEGRATIONS } from '../run-integration-test/tested-spec.ts'

const SEALED_SECRETS: ResourceType = {
  group: 'bitnami.com',
  version: 'v1alpha1',
  plural: 'sealedsecrets',
  kind: 'SealedSecret',
  namespaced: true,
}

export interface ClusterObjects {
  readonly objects: readonly WrittenObject[]
  /** What could not be looked at, and why. */
  readonly said: readonly string[]
}

/** Of all namespaces unless told; what may not be listed, or is not served, is left out, ConfigMaps excepted. */
export async function codefreshObjectsIn(
  client: KubeClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ClusterObjects> {
  const labelled = { namespace, labelSelector: `${ENTITY} in (integration-config,integration-secret)` }
  const [configs, ...others] = await Promise.all([
    listed(client, CONFIG_MAPS, labelled, signal),
    listedIfAllowed(client, SECRETS, labelled, signal),
    listedIfAllowed(client, SEALED_SECRETS, labelled, signal),
  ])
  return {
    objects: [...configs, ...others.flatMap(({ objects }) => objects)].map(withoutValues),
    said: others.flatMap(({ said }) => said),
  }
}

/** Our own integrations, and what is sealed for them. */
export async function ownObjectsIn(
  client: KubeClient,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<ClusterObjects> {
  const integrations = await listed(client, INTEGRATIONS, { namespace }, signal)
  const sealed = await listedIfAllowed(client, SEALED_SECRETS, { namespace }, signal)
  return { objects: [...integrations, ...sealed.objects], said: sealed.said }
}

interface Asked {
  /** Absent: all of them. */
  readonly namespace: string | undefined
  readonly labelSelector?: string
}

async function listedIfAllowed(
  client: KubeClient,
  type: ResourceType,
  asked: Asked,
  signal: AbortSignal,
): Promise<ClusterObjects> {
  try {
    return { objects: await listed(client, type, asked, signal), said: [] }
  } catch (error) {
    if (!(error instanceof KubeError) || (error.status !== 404 && error.status !== 403)) throw error
    return {
      objects: [],
      said: error.status === 404 ? [] : [`${type.kind}s may not be listed: none is known`],
    }
  }
}

async function listed(
  client: KubeClient,
  type: ResourceType,
  asked: Asked,
  signal: AbortSignal,
): Promise<readonly WrittenObject[]> {
  const { items } = await client.request<{ readonly items: readonly KubeObject[] }>({
    method: 'GET',
    path: collectionPath(type, asked.namespace),
    query: { labelSelector: asked.labelSelector },
    signal,
  })
  // Lists say neither of their items.
  return items.map((item) => ({ ...item, apiVersion: apiVersionOf(type), kind: type.kind }))
}

/** The names of its keys are all that is asked for. */
function withoutValues(object: WrittenObject): WrittenObject {
  if (object.kind !== SECRETS.kind) return object
  const { apiVersion, kind, metadata, data } = object
  const { labels, annotations: _maybeApplied, name, namespace } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
    },
    data: Object.fromEntries(Object.keys(data ?? {}).map((key) => [key, ''])),
  }
}
