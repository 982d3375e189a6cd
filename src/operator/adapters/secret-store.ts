// This file is about the engine's Secret store on the real API server: point reads, and writes of exactly the version they are for.
import type { CurrentSecret, Moved, SecretStore, SecretWrite, Written } from '../../engine/ports.ts'
import type { KubeClient } from '../../kube/client.ts'
import { isAlreadyExists, isConflict, isInvalid, isNotFound } from '../../kube/error.ts'
import { SECRETS, type SecretObject } from '../../kube/resource.ts'
import { createObject, deleteObject, getObject, putObject } from '../../kube/writes.ts'
import type { Fault } from '../../model/fault.ts'
import type { SecretRef } from '../../model/ref.ts'
import type { SecretIndex } from '../secret-index.ts'
import { faultOfKube } from './faults.ts'
import { asCurrent, asObject, isAltered } from './secret-object.ts'

const MOVED: Moved = { is: 'moved' }

/** `client` is the gated one: a write is refused from the lease's renew deadline on. */
export function kubeSecretStore(client: KubeClient, index: SecretIndex): SecretStore {
  return {
    glance: (ref) => index.glance(ref),
    marks: () => index.marks(),
    carrying: (annotation) => index.carrying(annotation),
    labelled: (label, value, namespace) => index.labelled(label, value, namespace),
    read: (ref, signal) => read(client, ref, signal),
    write: (wanted, signal) => write(client, wanted, signal),
    remove: (secret, signal) => remove(client, secret, signal),
  }
}

const where = (ref: SecretRef): string => `Secret ${ref.namespace}/${ref.name}`

async function read(
  client: KubeClient,
  ref: SecretRef,
  signal: AbortSignal,
): Promise<CurrentSecret | 'absent' | Fault> {
  try {
    return asCurrent(await getObject<SecretObject>(client, SECRETS, ref, { signal }))
  } catch (error) {
    return isNotFound(error) ? 'absent' : faultOfKube(error, `reading ${where(ref)}`)
  }
}

async function write(
  client: KubeClient,
  wanted: SecretWrite,
  signal: AbortSignal,
): Promise<Written | Moved | Fault> {
  const options = { fieldManager: wanted.fieldManager, metadataOnly: true, signal }
  const change = wanted.replaces === undefined ? createObject : putObject
  try {
    const { metadata } = await change<SecretObject>(client, SECRETS, asObject(wanted), options)
    const { resourceVersion = '' } = metadata
    return { is: 'written', resourceVersion, isAltered: isAltered(wanted, { metadata }) }
  } catch (error) {
    return isOvertaken(wanted, error) ? MOVED : faultOfKube(error, `writing ${where(wanted.ref)}`)
  }
}

function isOvertaken({ replaces }: SecretWrite, error: unknown): boolean {
  if (replaces === undefined) return isAlreadyExists(error)
  const isUnread = replaces.uid === undefined
  return isConflict(error) || isNotFound(error) || (isUnread && isInvalid(error))
}

async function remove(
  client: KubeClient,
  secret: CurrentSecret,
  signal: AbortSignal,
): Promise<'removed' | Moved | Fault> {
  const only = { uid: secret.uid, resourceVersion: secret.resourceVersion }
  try {
    await deleteObject(client, SECRETS, secret.ref, { only, signal })
    return 'removed'
  } catch (error) {
    if (isNotFound(error)) return 'removed'
    return isConflict(error) ? MOVED : faultOfKube(error, `deleting ${where(secret.ref)}`)
  }
}
