// This file is about changing one object in a YAML file: what did not change stays as somebody wrote it, comments and order included.
import { type Document, isAlias, isMap, isSeq, type Node, stringify, type YAMLMap, type YAMLSeq } from 'yaml'
import { canonicalJson } from '../base/canonical-json.ts'
import { type FileDocuments, parsedDocuments, readObjects } from './documents.ts'
import { keepLines } from './kept-lines.ts'
import type { PlacedObject, WrittenObject } from './tree.ts'

/** YAML 1.1 is what many read it as: its words for true and false are quoted. */
const PLAIN = { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false } as const

const FIRST = ['apiVersion', 'kind', 'metadata']

/** A new file with one object, in the order that people expect. */
export function newText(path: string, object: WrittenObject): string {
  const first = FIRST.filter((key) => key in object).map((key) => [key, object[key]])
  const rest = Object.entries(object).filter(([key]) => !FIRST.includes(key))
  const ordered = Object.fromEntries([...first, ...rest]) as WrittenObject
  return path.endsWith('.json') ? `${JSON.stringify(ordered, null, 2)}\n` : stringify(ordered, PLAIN)
}

/** The file with this object in place of what stood there. */
export function editedText(text: string, at: PlacedObject, object: WrittenObject): string {
  if (isSame(at.object, object)) return text
  const read = readObjects(at.path, text)
  if (read.is === 'unparsable') return newText(at.path, object)
  const wanted = read.objects.map((one) => (isAt(one, at) ? object : one.object))
  if (at.path.endsWith('.json')) {
    return read.objects.length === 1 && at.item === undefined
      ? newText(at.path, object)
      : jsonText(text, at, object)
  }
  const root = nodeAt(read.documents, at)
  if (root !== undefined) change(root.document, root.path, at.object, object)
  return saved(read.documents, text, at.path, wanted) ?? rewritten(text, at, object)
}

/** Undefined: nothing is left of it. */
export function textWithout(text: string, at: PlacedObject): string | undefined {
  const read = readObjects(at.path, text)
  if (read.is === 'unparsable') return undefined
  const left = read.objects.filter((one) => !isAt(one, at)).map(({ object }) => object)
  if (left.length === 0) return undefined
  const { documents } = read
  if (at.item !== undefined) documents[at.document]?.deleteIn(['items', at.item])
  const kept = at.item === undefined ? documents.filter((_, i) => i !== at.document) : documents
  return saved(kept, text, at.path, left) ?? left.map((one) => newText(at.path, one)).join('---\n')
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b)
const isAt = (one: PlacedObject, at: PlacedObject): boolean =>
  one.document === at.document && one.item === at.item

type Path = readonly (string | number)[]

function nodeAt(
  documents: FileDocuments,
  { document, item }: PlacedObject,
): { document: Document; path: Path } | undefined {
  const found = documents[document]
  return found === undefined
    ? undefined
    : { document: found, path: item === undefined ? [] : ['items', item] }
}

/** Undefined where what comes out does not read as what was wanted, as with anchors that others refer to. */
function saved(
  documents: FileDocuments,
  before: string,
  path: string,
  wanted: readonly unknown[],
): string | undefined {
  const format = formatOf(before)
  const text = printed(documents, format)
  const same = printed(parsedDocuments(before), format)
  const candidates =
    text === undefined ? [] : [...(same === undefined ? [] : [keepLines(before, same, text)]), text]
  return candidates.find((candidate) => {
    const read = readObjects(path, candidate)
    return (
      read.is === 'objects' &&
      isSame(
        read.objects.map(({ object }) => object),
        wanted,
      )
    )
  })
}

type Format = ReturnType<typeof formatOf>

/** How the file is indented, so that lines that are printed anew look like the others. */
function formatOf(text: string): {
  indent: number
  indentSeq: boolean
  flowCollectionPadding: boolean
  lineWidth: 0
} {
  const indent = /^[^\s#-][^\n]*:[^\n]*\n( {1,8})[^\s-]/m.exec(text)?.[1]?.length ?? 2
  const hasFlatList = /^( *)[^\s#-][^\n]*:[ \t]*\n\1- /m.test(text)
  const flowCollectionPadding = /[[{] [^\n]*[\]}]/.test(text)
  return { indent, indentSeq: !hasFlatList, flowCollectionPadding, lineWidth: 0 }
}

/** Undefined: the library refuses, as an alias is left whose anchor is gone. */
function printed(documents: FileDocuments, format: Format): string | undefined {
  try {
    return documents.map((document, i) => separated(document.toString(format), i)).join('')
  } catch {
    return undefined
  }
}

const separated = (text: string, i: number): string =>
  i === 0 || /^(%[^\n]*\n)*---/.test(text) ? text : `---\n${text}`

/** The one document anew, the others as they are. */
function rewritten(text: string, at: PlacedObject, object: WrittenObject): string {
  const read = readObjects(at.path, text)
  if (read.is === 'unparsable') return newText(at.path, object)
  return read.objects.map((one) => newText(at.path, isAt(one, at) ? object : one.object)).join('---\n')
}

function jsonText(text: string, at: PlacedObject, object: WrittenObject): string {
  const whole = JSON.parse(text) as { items: unknown[] }
  const items = whole.items.map((one, i) => (i === at.item ? object : one))
  return `${JSON.stringify({ ...whole, items }, null, 2)}\n`
}

/** Makes the node at the path say `after` where it said `before`. */
function change(document: Document, path: Path, before: unknown, after: unknown): void {
  if (isSame(before, after)) return
  const node = document.getIn(path, true) as Node | undefined
  if (isPlainMap(before) && isPlainMap(after) && isMap(node))
    return changeMap(document, path, before, after, node)
  if (Array.isArray(before) && Array.isArray(after) && isSeq(node))
    return changeList(document, path, before, after, node)
  if (isScalarValue(after) && !isAlias(node)) return document.setIn(path, after)
  document.setIn(path, document.createNode(after, { aliasDuplicateObjects: false }))
}

type PlainMap = Readonly<Record<string, unknown>>

const isPlainMap = (value: unknown): value is PlainMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isScalarValue = (value: unknown): boolean => typeof value !== 'object' || value === null

function changeMap(document: Document, path: Path, before: PlainMap, after: PlainMap, node: YAMLMap): void {
  for (const key of Object.keys(before)) if (after[key] === undefined) node.delete(key)
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue
    if (node.has(key)) change(document, [...path, key], before[key], value)
    else node.set(key, document.createNode(value, { aliasDuplicateObjects: false }))
  }
}

/** Entries that are still wanted are taken over with what was said about them; those at the same place are changed. */
function changeList(
  document: Document,
  path: Path,
  before: readonly unknown[],
  after: readonly unknown[],
  node: YAMLSeq,
): void {
  const nodes = before.map((value, i) => ({ value, node: node.items[i], isTaken: false }))
  const taken = after.map((value) => {
    const same = nodes.find((one) => !one.isTaken && isSame(one.value, value))
    if (same !== undefined) same.isTaken = true
    return same
  })
  const items = after.map((value, i) => {
    if (taken[i] !== undefined) return { node: taken[i].node, from: value, value }
    const there = nodes[i]
    if (there === undefined || there.isTaken) return { node: document.createNode(value), from: value, value }
    there.isTaken = true
    return { node: there.node, from: there.value, value }
  })
  node.items = items.map((one) => one.node)
  for (const [i, { from, value }] of items.entries()) change(document, [...path, i], from, value)
}
