// This file is about what is remembered of an object in the cluster that carries the mark of a sync.
import { canonicalJson, shortDigest } from '../base/canonical-json.ts'
import { MARK_LABEL, PATH_ANNOTATION } from '../config-repo/sync-record.ts'
import type { KubeObject } from '../kube/resource.ts'

export interface Seen {
  readonly uid: string
  /** Whose it says it is; absent: nobody's. */
  readonly mark: string | undefined
  readonly path: string | undefined
  /** It is being deleted. */
  readonly isLeaving: boolean
  /** Digests labels and annotations, which others may add to. */
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** Digest of everything it says but metadata and status. */
  readonly stored: string
  /** What its status says of where it came from: commit and path. */
  readonly source: string | undefined
}

export function seenOf(object: KubeObject): Seen {
  const { apiVersion: _, kind: _kind, metadata, status, ...content } = object
  const { uid = '', labels = {}, annotations = {}, deletionTimestamp } = metadata
  return {
    uid,
    mark: labels[MARK_LABEL],
    path: annotations[PATH_ANNOTATION],
    isLeaving: deletionTimestamp !== undefined,
    labels,
    annotations,
    stored: shortDigest(canonicalJson(content)),
    source: sourceIn(status),
  }
}

export const sameSeen = (a: Seen, b: Seen): boolean => canonicalJson(a) === canonicalJson(b)

export const sourceText = (source: { readonly commit: string; readonly path: string }): string =>
  `${source.commit} ${source.path}`

function sourceIn(status: unknown): string | undefined {
  if (typeof status !== 'object' || status === null) return undefined
  const { source } = status as { readonly source?: { readonly commit?: unknown; readonly path?: unknown } }
  if (typeof source?.commit !== 'string' || typeof source.path !== 'string') return undefined
  return sourceText({ commit: source.commit, path: source.path })
}
