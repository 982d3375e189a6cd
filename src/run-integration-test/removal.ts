// This file is about removing what a test of a connection made, and telling of what is still there.
import { isForbidden, isNotFound } from '../kube/error.ts'
import { type ResourceType, SECRETS } from '../kube/resource.ts'
import { deleteObject } from '../kube/writes.ts'
import type { TestOptions } from '../operator/commands/integrations.ts'
import type { LentKey } from './lent-key.ts'
import { type Home, INTEGRATIONS } from './tested-spec.ts'

/** What removing takes at most, whatever the cluster does. */
const REMOVAL_MS = 15_000

/**
 * The Secret first: without the integration nobody finds it any more. `made` is what is known to have been made: what
 * may be neither made nor deleted is not there, and nothing is said of it. Never throws.
 */
export async function remove(
  {
    client,
    operatorNamespace: namespace,
    secretName: name,
  }: Pick<Home, 'client' | 'operatorNamespace' | 'secretName'>,
  {
    lent,
    made,
  }: { readonly lent: Pick<LentKey, 'type'> | undefined; readonly made: ReadonlySet<ResourceType> },
  { onProgress }: Pick<TestOptions, 'onProgress'>,
): Promise<void> {
  const signal = AbortSignal.timeout(REMOVAL_MS)
  for (const type of [...(lent === undefined ? [] : new Set([lent.type, SECRETS])), INTEGRATIONS]) {
    const object = type.namespaced ? { namespace, name } : { name }
    try {
      await deleteObject(client, type, object, { signal })
    } catch (error) {
      if (isNotFound(error) || (isForbidden(error) && !made.has(type))) continue
      const where = type.namespaced ? `${namespace}/${name}` : name
      onProgress?.(`${type.kind} ${where} is still there: delete it (${String(error)})`)
    }
  }
}
