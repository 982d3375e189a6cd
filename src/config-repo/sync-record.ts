// This file is about what an operator writes down of its Git sync: what it keeps in line, up to which commit, what is wrong.
//
// It stands in one ConfigMap, for people, for `everpull integration list`, and for whoever leads next.
import { canonicalJson, shortDigest } from '../base/canonical-json.ts'
import type { WrittenObject } from './tree.ts'

/** The ConfigMap, in the operator's own namespace. */
export const SYNC_RECORD = 'everpull-config-repo'
/** Label of everything that came from a repository; its value is the mark of the sync. */
export const MARK_LABEL = 'everpull.dev/config-repo'
/** The file it came from. */
export const PATH_ANNOTATION = 'everpull.dev/config-repo-path'
/** On an object that somebody else made: "true" lets the repository have it from now on. */
export const ADOPT_ANNOTATION = 'everpull.dev/config-repo-adopt'
/** On the ConfigMap: the commit whose pruning was held back, and may go on. */
export const PRUNE_ANNOTATION = 'everpull.dev/prune'

/** So many problems are written down; of the others their number. */
export const MOST_PROBLEMS = 50
/** Bytes of names and paths and what goes with them: a ConfigMap takes 1 MiB, and holds problems and leftovers too. */
export const LARGEST_RECORD = 700_000

const KEY = 'record.json'

/** What is kept in line with what. */
export interface SyncSource {
  readonly url: string
  readonly path: string
  /** Empty: the one that the remote stands on. */
  readonly branch: string
  readonly runtime: string
}

/** One object that the sync applied, or is about to. */
export interface KeptObject {
  readonly group: string
  readonly version: string
  readonly kind: string
  /** Absent: outside of namespaces. */
  readonly namespace?: string
  readonly name: string
  readonly path: string
  /** Absent: about to be made. */
  readonly uid?: string
  readonly mark: string
  /** Of the object as written, see `objectDigest`. */
  readonly digest: string
  /** Of what the API server made of it. */
  readonly stored?: string
  /** The one in which it last changed here. */
  readonly commit: string
}

export interface SyncProblem {
  readonly path: string
  readonly because: string
}

const LONGEST_PATH = 300
const LONGEST_BECAUSE = 800

/** Enough to find it by: a file may hold names as long as itself, and one of them would leave the record no room. */
export const brief = ({ path, because }: SyncProblem): SyncProblem => ({
  path: cut(path, LONGEST_PATH),
  because: cut(because, LONGEST_BECAUSE),
})

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text

export interface SyncFailure {
  /** CamelCase, as in the event and the metric. */
  readonly reason: string
  readonly message: string
  /** RFC 3339 */
  readonly since: string
}

export interface HeldPruning {
  readonly commit: string
  readonly count: number
  readonly because: string
}

export interface SyncRecord {
  readonly source: SyncSource
  /** With which the cluster was brought in line last; absent: with none yet. */
  readonly commit?: string
  /** RFC 3339, when that was; a round that changes nothing is not written down. */
  readonly syncedAt?: string
  /** Why the repository cannot be read now. */
  readonly failure?: SyncFailure
  readonly held?: HeldPruning
  readonly problems: readonly SyncProblem[]
  /** How many more there are. */
  readonly moreProblems: number
  readonly objects: readonly KeptObject[]
}

/** The mark of a sync: another repository, branch, folder or runtime is another sync. */
export const markOf = ({ url, path, branch, runtime }: SyncSource): string =>
  shortDigest({ url, path, branch, runtime })

/** Bytes that an object takes in the record: some 330 of digests and ids, its name and its path. */
export const recordedSize = ({ name, path }: Pick<KeptObject, 'name' | 'path'>): number =>
  350 + Buffer.byteLength(name) + Buffer.byteLength(JSON.stringify(path))

export const objectDigest = (object: WrittenObject): string => shortDigest(canonicalJson(object))

/** The data of the ConfigMap; the first keys are for people. */
export const syncRecordData = (record: SyncRecord): Readonly<Record<string, string>> => ({
  repository: record.source.url + (record.source.path === '' ? '' : `/${record.source.path}`),
  ...(record.commit === undefined ? {} : { commit: record.commit }),
  ...(record.syncedAt === undefined ? {} : { syncedAt: record.syncedAt }),
  ...(record.failure === undefined ? {} : { failure: `${record.failure.reason}: ${record.failure.message}` }),
  ...(record.held === undefined ? {} : { held: record.held.because }),
  ...(record.problems.length === 0 ? {} : { problems: problemText(record) }),
  [KEY]: JSON.stringify(record),
})

function problemText({ problems, moreProblems }: SyncRecord): string {
  const lines = problems.map(({ path, because }) => `${path}: ${because}\n`)
  return lines.join('') + (moreProblems === 0 ? '' : `and ${moreProblems} more\n`)
}

/** Undefined where it is none, as after an edit by hand. */
export function readSyncRecord(data: Readonly<Record<string, string>> | undefined): SyncRecord | undefined {
  try {
    const read: unknown = JSON.parse(data?.[KEY] ?? 'null')
    return isRecord(read) ? read : undefined
  } catch {
    return undefined
  }
}

function isRecord(read: unknown): read is SyncRecord {
  if (typeof read !== 'object' || read === null) return false
  const { source, problems, objects } = read as Partial<SyncRecord>
  return (
    typeof source?.url === 'string' &&
    Array.isArray(problems) &&
    problems.every(isProblem) &&
    Array.isArray(objects) &&
    objects.every(isKept)
  )
}

const TEXTS = ['group', 'version', 'kind', 'name', 'path', 'mark', 'digest', 'commit'] as const

const isKept = (one: unknown): boolean => hasTexts(one, TEXTS)
const isProblem = (one: unknown): boolean => hasTexts(one, ['path', 'because'])

const hasTexts = (one: unknown, keys: readonly string[]): boolean =>
  typeof one === 'object' &&
  one !== null &&
  keys.every((key) => typeof (one as Readonly<Record<string, unknown>>)[key] === 'string')
