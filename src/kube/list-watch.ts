// This file is about the two requests every follower of a kind makes: a page of a list, and a watch.
import type { Clock } from '../base/clock.ts'
import { statusError } from './answer.ts'
import { breather } from './breath.ts'
import type { KubeClient, KubeRequest } from './client.ts'
import type { Status } from './error.ts'
import { KubeError } from './error.ts'
import { linesOf } from './lines.ts'
import type { ListMeta } from './list-reader.ts'
import { readList } from './list-reader.ts'
import type { KubeObject } from './resource.ts'

/** What is listed and watched. */
export interface Collection {
  readonly client: KubeClient
  readonly path: string
  readonly labelSelector: string | undefined
  readonly fieldSelector: string | undefined
  /** Ask for PartialObjectMetadata: metadata and nothing else. */
  readonly metadataOnly: boolean
  readonly clock: Clock
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  /** A bookmark's object has a resourceVersion and nothing else. */
  readonly object: KubeObject
}

const PAGE = '500'
/** What to accept for metadata and nothing else of each object. */
export const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
const WHOLE = 'application/json'

/** One page (or, unpaged, everything), object by object. Throws `KubeError`. */
export async function listPage(
  collection: Collection,
  { token, paged }: { readonly token: string | undefined; readonly paged: boolean },
  onItem: (item: KubeObject) => void,
  signal: AbortSignal,
): Promise<ListMeta> {
  const query = { limit: paged ? PAGE : undefined, continue: token }
  const accept = collection.metadataOnly ? PARTIAL_LIST : WHOLE
  const body = await collection.client.stream(requestFor(collection, query, accept, signal))
  return readList(body, onItem, breather(collection.clock))
}

export interface Watcher {
  /** The server has taken the watch. */
  readonly onOpen: () => void
  readonly onEvent: (event: WatchEvent) => void
}

/** Every event until the server ends the watch. Throws `KubeError`, also for what an ERROR event says. */
export async function watchFrom(
  collection: Collection,
  { from, seconds }: { readonly from: string; readonly seconds: number },
  { onOpen, onEvent }: Watcher,
  signal: AbortSignal,
): Promise<void> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: from,
    timeoutSeconds: String(seconds),
  }
  const accept = collection.metadataOnly ? PARTIAL : WHOLE
  const body = await collection.client.stream(requestFor(collection, query, accept, signal))
  onOpen()
  const breathe = breather(collection.clock)
  for await (const line of linesOf(body)) {
    onEvent(eventIn(line, collection.path))
    const breath = breathe()
    if (breath !== undefined) await breath
  }
}

function requestFor(
  { path, labelSelector, fieldSelector }: Collection,
  query: Record<string, string | undefined>,
  accept: string,
  signal: AbortSignal,
): KubeRequest {
  return { method: 'GET', path, query: { labelSelector, fieldSelector, ...query }, accept, signal }
}

function eventIn(line: Buffer, path: string): WatchEvent {
  const event = parsed(line) as WatchEvent | { readonly type: 'ERROR'; readonly object: Status }
  if (event.type !== 'ERROR') return event
  throw statusError(event.object, event.object.code ?? 500, { method: 'GET', path })
}

function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString())
  } catch {
    // The parser's own message quotes what it stumbled over, which may be a Secret's.
    throw new KubeError({ status: 0, reason: 'Malformed', message: 'a line of a watch is not JSON' })
  }
}
