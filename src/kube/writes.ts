// This file is about changing what the API server holds: each verb, and what it must carry so as not to undo others' work.
//
// Which verb when:
// - apply: our own API. Field ownership is per field; what we stop applying is removed by the server.
// - mergePatch: where `Update` must show in managedFields, and status. Removes only what is named with null.
// - put: replaces the object. It must carry the resourceVersion it replaces, or it would undo writes it never saw.
// A resourceVersion (optimistic lock) or uid (same incarnation) that does not match is a conflict (`isConflict`).
import type { KubeClient, KubeRequest } from './client.ts'
import type { KubeObject, ObjectMeta, ObjectName, ResourceType } from './resource.ts'
import { apiVersionOf, collectionPath, objectPath } from './resource.ts'

/** What every write may say. `fieldManager` is the name in managedFields. */
export interface WriteOptions {
  readonly fieldManager: string
  /** 'Strict' makes unknown fields an error (400); the server's default is to warn. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined
  /** Goes through admission and validation, changes nothing. */
  readonly dryRun?: boolean | undefined
  /** Answer with metadata alone: what was sent need not come back, be parsed and thrown away. */
  readonly metadataOnly?: boolean | undefined
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What the object must still be for the write to happen; nothing given means whatever it is now. */
export interface Precondition {
  readonly resourceVersion?: string | undefined
  readonly uid?: string | undefined
}

const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json;q=0.5'
const MERGE_PATCH = 'application/merge-patch+json'
const JSON_PATCH = 'application/json-patch+json'
/** JSON is YAML; sending it saves the server nothing but us a printer. */
const APPLY_PATCH = 'application/apply-patch+yaml'

function writing(options: WriteOptions): Pick<KubeRequest, 'query' | 'accept' | 'timeoutMs' | 'signal'> {
  return {
    query: {
      fieldManager: options.fieldManager,
      fieldValidation: options.fieldValidation,
      dryRun: options.dryRun === true ? 'All' : undefined,
    },
    accept: options.metadataOnly === true ? METADATA_ONLY : undefined,
    timeoutMs: options.timeoutMs,
    signal: options.signal,
  }
}

const nameOf = (object: KubeObject): ObjectName => object.metadata

/** Reads one object, or throws (404 included). */
export function getObject<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: ObjectName,
  options: Pick<KubeRequest, 'timeoutMs' | 'signal'> = {},
): Promise<T> {
  return client.request<T>({ method: 'GET', path: objectPath(type, object), ...options })
}

/** POST: fails with AlreadyExists where the name is taken. */
export function createObject<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: T,
  options: WriteOptions,
): Promise<T> {
  const path = collectionPath(type, object.metadata.namespace)
  return client.request<T>({ method: 'POST', path, body: object, ...writing(options) })
}

/** PUT of the whole object over the version it names. */
export function putObject<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: T,
  options: WriteOptions,
): Promise<T> {
  if (object.metadata.resourceVersion === undefined) {
    throw new TypeError(
      `replacing ${type.kind} ${object.metadata.name} needs the resourceVersion it replaces`,
    )
  }
  const path = objectPath(type, nameOf(object))
  return client.request<T>({ method: 'PUT', path, body: object, ...writing(options) })
}

type Json = Readonly<Record<string, unknown>>

function withPrecondition(patch: Json, only: Precondition): Json {
  if (only.resourceVersion === undefined && only.uid === undefined) return patch
  const metadata = { ...(patch['metadata'] as Json | undefined) }
  if (only.resourceVersion !== undefined) metadata['resourceVersion'] = only.resourceVersion
  if (only.uid !== undefined) metadata['uid'] = only.uid
  return { ...patch, metadata }
}

/** RFC 7396: members are set, null removes, lists are replaced whole. Never creates: 404 where there is nothing. */
export function mergePatch<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: ObjectName,
  patch: Json,
  options: WriteOptions & { readonly only?: Precondition; readonly subresource?: string },
): Promise<T> {
  return client.request<T>({
    method: 'PATCH',
    path: objectPath(type, object, options.subresource),
    contentType: MERGE_PATCH,
    body: withPrecondition(patch, options.only ?? {}),
    ...writing(options),
  })
}

/** Merge patch of `/status`. Conditions are a list: give all of them, and the resourceVersion they were read at. */
export function statusPatch<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: ObjectName,
  status: unknown,
  options: WriteOptions & { readonly only?: Precondition },
): Promise<T> {
  return mergePatch<T>(client, type, object, { status }, { ...options, subresource: 'status' })
}

export interface JsonPatchStep {
  readonly op: 'add' | 'remove' | 'replace' | 'test'
  readonly path: string
  readonly value?: unknown
}

/** RFC 6902. A failed `test` is answered 422 Invalid. */
export function jsonPatch<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: ObjectName,
  steps: readonly JsonPatchStep[],
  options: WriteOptions & { readonly subresource?: string },
): Promise<T> {
  const path = objectPath(type, object, options.subresource)
  return client.request<T>({
    method: 'PATCH',
    path,
    contentType: JSON_PATCH,
    body: steps,
    ...writing(options),
  })
}

/** What is applied: identity and the fields we want to own. managedFields must not be in it. */
export interface Applied {
  readonly metadata: Omit<ObjectMeta, 'managedFields'>
  readonly [member: string]: unknown
}

/**
 * Server-side apply. Creates what is missing, unless `metadata.uid` is set: then it only updates that incarnation and
 * answers 409 otherwise. Fields of other managers conflict (409 naming them) unless `force` takes them over. Fields we
 * applied before and leave out now are removed. Applying what is already there changes no resourceVersion.
 */
export function applyObject<T extends KubeObject>(
  client: KubeClient,
  type: ResourceType,
  object: Applied,
  options: WriteOptions & { readonly force?: boolean; readonly subresource?: string },
): Promise<T> {
  const base = writing(options)
  return client.request<T>({
    method: 'PATCH',
    path: objectPath(type, object.metadata, options.subresource),
    contentType: APPLY_PATCH,
    body: { apiVersion: apiVersionOf(type), kind: type.kind, ...object },
    ...base,
    query: { ...base.query, force: options.force === true ? 'true' : undefined },
  })
}

export interface DeleteOptions {
  readonly only?: Precondition
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan'
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Deletes what still matches `only`; 404 where there is nothing, 409 where it is another one. */
export async function deleteObject(
  client: KubeClient,
  type: ResourceType,
  object: ObjectName,
  options: DeleteOptions = {},
): Promise<void> {
  const { only, propagation, timeoutMs, signal } = options
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(only === undefined ? {} : { preconditions: only }),
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
  }
  await client.request({ method: 'DELETE', path: objectPath(type, object), body, timeoutMs, signal })
}
