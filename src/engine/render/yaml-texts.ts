// This file is about a map of texts written as YAML: YAML 1.1, as Kubernetes' own tools read it into texts.
//
// The structure is read by the library, every scalar by the rules of Go's yaml.v2: `yes` is the text "true", 0123 is "83".
import { isUtf8 } from 'node:buffer'
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  parseAllDocuments,
  Scalar,
  type YAMLMap,
} from 'yaml'
import { toBytes } from '../../template/bytes.ts'
import { floatText } from '../../template/floats.ts'
import { resolve } from '../../template/yaml-scalars.ts'
import { decode } from './decoding.ts'

export type YamlTexts =
  | { readonly is: 'texts'; readonly texts: ReadonlyMap<string, string> }
  /** The words name places, never what stands there. */
  | { readonly is: 'refused'; readonly because: string }

class Refusal extends Error {}

/** A line `key: value` has seven; reading one takes some 10 µs, so that all of them take 50 ms. */
const MOST_TOKENS = 5000

export function parseYamlTexts(source: Buffer): YamlTexts {
  if (!isUtf8(source)) return { is: 'refused', because: 'it is no UTF-8' }
  try {
    return { is: 'texts', texts: read(source.toString()) }
  } catch (error) {
    if (error instanceof Refusal) return { is: 'refused', because: error.message }
    // The library descends as deep as the text is nested, until the stack is full.
    if (error instanceof RangeError) return { is: 'refused', because: 'it is nested too deep' }
    throw error
  }
}

function read(source: string): ReadonlyMap<string, string> {
  checkCost(source)
  const document = firstDocument(source)
  const contents: unknown = document?.contents
  if (document !== undefined && isMap(contents)) return new Texts(document, source).of(contents)
  if (contents === undefined || contents === null) return new Map()
  if (isScalar(contents) && scalarText(contents) === undefined) return new Map()
  throw new Refusal('it is no YAML map')
}

/** What YAML does not let stand anywhere, however it is quoted. */
const FORBIDDEN = /[^\t\n\r -~\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

function checkCost(source: string): void {
  if (FORBIDDEN.test(source)) throw new Refusal('it is no YAML (it holds control characters)')
  const tokens = new Lexer().lex(source)
  for (let n = 0; tokens.next().done !== true; n++) {
    if (n === MOST_TOKENS) throw new Refusal(`it is YAML of more than ${MOST_TOKENS} parts`)
  }
}

/** Further documents count for nothing. */
function firstDocument(source: string): Document.Parsed | undefined {
  const documents = parseAllDocuments(source, {
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const document = 'empty' in documents ? undefined : documents[0]
  const error = document?.errors.find(({ code }) => code !== 'TAG_RESOLVE_FAILED')
  if (error === undefined) return document
  const before = source.slice(0, error.pos[0]).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
  throw new Refusal(`it is no YAML (${place}: ${error.code.toLowerCase().replaceAll('_', ' ')})`)
}

/** Goes through a map in order; later texts overwrite earlier ones, those of merged maps too. */
class Texts {
  readonly #values = new Map<string, unknown>()
  readonly #document: Document.Parsed
  readonly #source: string
  /** Looking an anchor up takes a walk through the whole document. */
  readonly #anchored = new Map<unknown, unknown>()
  #steps = 0

  constructor(document: Document.Parsed, source: string) {
    this.#document = document
    this.#source = source
  }

  of(map: YAMLMap): ReadonlyMap<string, string> {
    this.#add(map)
    return new Map([...this.#values].map(([key, value]) => [key, this.#cut(value, valueText(value))]))
  }

  #add(map: YAMLMap): void {
    for (const pair of map.items) {
      this.#steps += 1
      if (this.#steps > MOST_TOKENS) throw new Refusal('its merged maps multiply too far')
      const key = this.#node(pair.key)
      const value = this.#node(pair.value)
      if (isMergeKey(key)) this.#merge(value)
      else this.#values.set(keyText(key), value)
    }
  }

  /** A block at the end of a text that ends without a line break ends without one too. */
  #cut(value: unknown, text: string): string {
    const isBlock =
      isScalar(value) && (value.type === Scalar.BLOCK_LITERAL || value.type === Scalar.BLOCK_FOLDED)
    const isLast = isBlock && (value.range?.[1] ?? 0) >= this.#source.length
    return isLast && !this.#source.endsWith('\n') ? text.replace(/\n$/, '') : text
  }

  #merge(value: unknown): void {
    if (isMap(value)) return this.#add(value)
    const members = isSeq(value) ? value.items.map((item) => this.#node(item)).toReversed() : [value]
    for (const member of members) {
      if (!isMap(member)) throw new Refusal('what it merges is neither a map nor a list of maps')
      this.#add(member)
    }
  }

  #node(node: unknown): unknown {
    if (!isAlias(node)) return node
    const anchored = this.#anchored.get(node) ?? node.resolve(this.#document)
    if (anchored === undefined) throw new Refusal('an alias has no anchor')
    this.#anchored.set(node, anchored)
    return anchored
  }
}

function keyText(key: unknown): string {
  const text = isScalar(key) ? scalarText(key) : undefined
  if (text === undefined) throw new Refusal('a key is no text')
  return INFINITE_KEYS.get(text) ?? text
}

/** As keys they keep YAML's own spelling. */
const INFINITE_KEYS: ReadonlyMap<string, string> = new Map([
  ['+Inf', '.inf'],
  ['-Inf', '-.inf'],
  ['NaN', '.nan'],
])

function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (isScalar(value)) return scalarText(value) ?? ''
  throw new Refusal('a value is a list or a map, and must be text')
}

const isMergeKey = (key: unknown): boolean =>
  isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN && key.tag === undefined

const TAGS = 'tag:yaml.org,2002:'

/** Undefined for null. */
function scalarText({ value, type, tag }: Scalar): string | undefined {
  const text = typeof value === 'string' ? value : ''
  const isPlain = type === Scalar.PLAIN || type === undefined
  if (tag === undefined) return isPlain ? textOf(resolve(toBytes(text)), text) : text
  const wanted = tag.startsWith(TAGS) ? tag.slice(TAGS.length) : ''
  if (wanted === 'binary') return decode(Buffer.from(text), 'base64')?.toString() ?? mistagged()
  if (!RESOLVED_TAGS.has(wanted)) return text
  const scalar = resolve(toBytes(text))
  const isFit = scalar.is === wanted || (wanted === 'float' && scalar.is === 'int')
  return isFit ? textOf(scalar, text) : mistagged()
}

const RESOLVED_TAGS: ReadonlySet<string> = new Set(['int', 'float', 'bool', 'null'])

const mistagged = (): never => {
  throw new Refusal('a value is not what its tag says')
}

function textOf(scalar: ReturnType<typeof resolve>, text: string): string | undefined {
  if (scalar.is === 'null') return undefined
  if (scalar.is === 'float') return singleText(scalar.value)
  return scalar.is === 'bool' || scalar.is === 'int' ? String(scalar.value) : text
}

/** Those tools write a float with the digits of a float32, whatever it holds. */
function singleText(value: number): string {
  const single = Math.fround(value)
  if (Object.is(single, -0)) return '-0'
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return floatText(short)
  }
  return floatText(single)
}
