// This file is about the objects in one YAML or JSON file, read as strictly as it takes to know what was meant.
import { type Document, isMap, isScalar, parseAllDocuments, visit } from 'yaml'
import type { PlacedObject, WrittenObject } from './tree.ts'

export type FileDocuments = readonly Document.Parsed[]

export type ReadObjects =
  | { readonly is: 'objects'; readonly objects: readonly PlacedObject[]; readonly documents: FileDocuments }
  /** Completes "FILE …"; holds nothing of the file, as that may hold anything. */
  | { readonly is: 'unparsable'; readonly because: string }

export const isManifest = (path: string): boolean => /\.(ya?ml|json)$/.test(path)

/** Enough for anchors that somebody wrote, and not for those that grow into gigabytes. */
const MOST_ALIASES = 100

/** What the library says of words that the older rules read otherwise; they are read as what they are. */
const AMBIGUOUS = 'Value may be parsed as'

const PARSING = {
  strict: true,
  // The library compares each key with each: see `hasTwins`.
  uniqueKeys: false,
  merge: true,
  prettyErrors: true,
  logLevel: 'silent',
  // Whoever else reads the file may do so by the older rules: their words for true and false are quoted when it is changed.
  compat: 'yaml-1.1',
} as const

type Unparsable = Extract<ReadObjects, { is: 'unparsable' }>

/** What the parser makes steps of; it takes some 6 µs for each. */
const TOKENS = /\n|[[\]{},!&*%"']|[:?#-](?=\s)/g
/** An eighth of a second for one file; the integrations of a thousand accounts are less. */
const MOST_TOKENS = 20_000

export const tokensIn = (text: string): number => text.match(TOKENS)?.length ?? 0

export function readObjects(path: string, text: string): ReadObjects {
  if (tokensIn(text) > MOST_TOKENS)
    return unparsable(`holds more than ${MOST_TOKENS} words and lines: split it`)
  const documents = parsedDocuments(text)
  const mistake = mistakeIn(documents)
  if (mistake !== undefined) return mistake
  const objects: PlacedObject[] = []
  for (const [document, one] of documents.entries()) {
    const read = objectsOf(one)
    if ('because' in read) return read
    for (const { object, item } of read.found) {
      objects.push({ path, document, object, ...(item !== undefined && { item }) })
    }
  }
  return { is: 'objects', objects, documents }
}

/** The one value that a file holds; undefined: nothing. */
export function readValue(text: string): { readonly is: 'value'; readonly value: unknown } | Unparsable {
  if (tokensIn(text) > MOST_TOKENS) return unparsable('is too long for what it is')
  const documents = parsedDocuments(text)
  const [only] = documents
  if (documents.length > 1) return unparsable('holds more than one document')
  return mistakeIn(documents) ?? { is: 'value', value: only === undefined ? undefined : valueOf(only) }
}

function mistakeIn(documents: FileDocuments): Unparsable | undefined {
  for (const document of documents) {
    const { errors, warnings } = document
    const [first] = [...errors, ...warnings.filter(({ message }) => !message.startsWith(AMBIGUOUS))]
    if (first === undefined && hasTwins(document)) return unparsable('gives a key twice')
    if (first === undefined) continue
    const at = first.linePos?.[0]
    return unparsable(`is no YAML (${first.code}${at === undefined ? '' : `, line ${at.line}`})`)
  }
  return undefined
}

/** A key that stands twice in one map. */
function hasTwins(document: Document): boolean {
  let found = false
  visit(document, {
    Map(_, { items }) {
      const keys = items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : []))
      found ||= new Set(keys).size < keys.length
      return found ? visit.BREAK : undefined
    },
  })
  return found
}

const unparsable = (because: string): Unparsable => ({ is: 'unparsable', because })

export function parsedDocuments(text: string): FileDocuments {
  const documents = parseAllDocuments(text, PARSING)
  return Array.isArray(documents) ? documents : []
}

interface Found {
  readonly found: readonly { readonly object: WrittenObject; readonly item?: number }[]
}

function objectsOf(document: Document.Parsed): Found | Unparsable {
  if (document.contents === null) return { found: [] }
  const value = valueOf(document)
  if (value === null) return { found: [] }
  if (isListOfObjects(value)) {
    const items = value.items.map((object, item) => ({ object, item }))
    const found = items.filter((one): one is { object: WrittenObject; item: number } => isObject(one.object))
    return found.length === items.length ? { found } : unparsable(NO_OBJECT)
  }
  return isMap(document.contents) && isObject(value) ? { found: [{ object: value }] } : unparsable(NO_OBJECT)
}

const NO_OBJECT = 'holds what is no Kubernetes object: each has apiVersion, kind and metadata.name'

/** Undefined where aliases would blow it up. */
function valueOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown
  } catch {
    return undefined
  }
}

function isListOfObjects(value: unknown): value is { readonly items: readonly unknown[] } {
  const { apiVersion, kind, items } = (value ?? {}) as Readonly<Record<string, unknown>>
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    kind.endsWith('List') &&
    Array.isArray(items)
  )
}

function isObject(value: unknown): value is WrittenObject {
  const { apiVersion, kind, metadata } = (value ?? {}) as Readonly<Record<string, unknown>>
  const { name, namespace, labels, annotations } = (metadata ?? {}) as Readonly<Record<string, unknown>>
  return (
    isText(apiVersion) &&
    isText(kind) &&
    isText(name) &&
    (namespace === undefined || isText(namespace)) &&
    [labels, annotations].every(isTexts)
  )
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const isTexts = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string'))
