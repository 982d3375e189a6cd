// This file is about the marks this API leaves on objects: labels, annotations, hashes, the field manager.
import { createHash } from 'node:crypto'
import type { Ref } from '../../model/ref.ts'
import type { Resource } from '../../model/resource.ts'

export const MANAGED_LABEL = 'reconcile.external-secrets.io/managed'
/** Names the ExternalSecret that owns the Secret, by hash. */
export const CREATED_BY_LABEL = 'reconcile.external-secrets.io/created-by'
export const DATA_HASH_ANNOTATION = 'reconcile.external-secrets.io/data-hash'

/** What a ClusterExternalSecret hands down to its ExternalSecrets. */
export const HANDED_DOWN_ANNOTATION = 'external-secrets.io/force-sync'
/** Each new value asks for a fresh login: what users write, what is handed down, our own. */
export const FORCE_ANNOTATIONS = ['force-sync', HANDED_DOWN_ANNOTATION] as const
export const OWN_FORCE_ANNOTATION = 'everpull.dev/force-sync'

const sha3 = (text: string): string => createHash('sha3-224').update(text).digest('hex')

/** Managers above 63 characters would be refused; 27 are left for the name. */
const LONGEST_MANAGER = 63

export function fieldManager(name: string): string {
  const plain = `externalsecrets.external-secrets.io/${name}`
  return plain.length <= LONGEST_MANAGER ? plain : `externalsecrets.external-secrets.io/sha3/${sha3(name)}`
}

export const createdBy = ({ namespace, name }: Ref): string => sha3(`${namespace}/${name}`)

/** Go's `%+v` of a map of texts. */
function goMap(map: Readonly<Record<string, string>>): string {
  const members = Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `map[${members.map(([key, value]) => `${key}:${value}`).join(' ')}]`
}

/** `<generation>-<hash of labels and annotations>`, as `status.syncedResourceVersion` holds it. */
export function syncedVersion({
  generation,
  labels,
  annotations,
}: Pick<Resource, 'generation' | 'labels' | 'annotations'>): string {
  return `${generation}-${sha3(`{annotations:${goMap(annotations)} labels:${goMap(labels)}}`)}`
}
