// This file is about reading YAML as Go's sigs.k8s.io/yaml does: YAML 1.1 on its way through JSON.
import { isUtf8 } from 'node:buffer'
import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  Parser,
  type Scalar,
  visit,
  type YAMLParseError,
} from 'yaml'
import { decodeStrict } from './base64.ts'
import type { Budget } from './budget.ts'
import { fromBytes, isAscii, toBytes } from './bytes.ts'
import { floatText } from './floats.ts'
import { MAX_INT64 } from './numbers.ts'
import { dict, list, type Value } from './values.ts'
import { resolve } from './yaml-scalars.ts'

export type FromYaml =
  | { readonly is: 'value'; readonly value: Value }
  /** Why it is none; the words hold nothing of the text. */
  | { readonly is: 'refused'; readonly because: string }

export type TextsFromYaml =
  /** Keys and texts are byte strings. */
  | { readonly is: 'texts'; readonly texts: ReadonlyMap<string, string> }
  | { readonly is: 'refused'; readonly because: string }

/** The text is no YAML, or none that JSON could say. */
class Refusal extends Error {}

/** The parser takes some 6 µs for every token, whatever its length. */
const STEPS_PER_TOKEN = 25
const TOKENS = /\n|[[\]{},!&*%"']|[:?#-](?=\s)/g

/** Only the first document counts; every plain scalar comes as text, to be read as Go does. */
const OPTIONS = {
  version: '1.1',
  schema: 'failsafe',
  merge: false,
  uniqueKeys: false,
  logLevel: 'silent',
  prettyErrors: false,
} as const

/** The control characters that Go refuses wherever they stand. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/

interface Read {
  readonly document: Document.Parsed
  /** Where the text ends without a line break: a block that reaches so far has none at its end either. */
  readonly openEnd: number | undefined
}

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1)

/**
 * What follows the first node is nobody's business: behind brackets or quotes anything without a colon, behind a block
 * what is indented less than it.
 */
function isBehind({ contents }: Document.Parsed, { code, pos: [at] }: YAMLParseError, text: string): boolean {
  if (code !== 'UNEXPECTED_TOKEN') return false
  const [start = 0, end = Number.POSITIVE_INFINITY] = contents?.range ?? []
  if (at < end || text.slice(end, at).trim() !== '') return false
  const isBlock = isCollection(contents) && !contents.flow
  if (isBlock) return columnOf(text, at) < columnOf(text, start)
  const isClosed = isCollection(contents) || (isScalar(contents) && contents.type?.startsWith('QUOTE'))
  return isClosed === true && !text.slice(end).includes(':')
}

/** Half of a character of UTF-16, which is none: JSON writes others as two of them, YAML does not. */
const SURROGATE = /(?<!\\)(?:\\\\)*\\(?:u|U0000)[dD][89a-fA-F]/

function refuseSurrogates(document: Document.Parsed, text: string): void {
  if (!SURROGATE.test(text)) return
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type === 'QUOTE_DOUBLE' && SURROGATE.test(text.slice(range?.[0], range?.[1]))) {
        throw new Refusal('yaml: found invalid Unicode character escape code')
      }
    },
  })
}

type Charge = (text: string, budget: Budget) => void

/** Takes every line of a block for a token. */
const chargeRoughly: Charge = (text, budget) => {
  for (const _ of text.matchAll(TOKENS)) budget.step(STEPS_PER_TOKEN)
}

/** A block is one token, however long. */
const chargeExactly: Charge = (text, budget) => {
  for (const _ of new Lexer().lex(text)) budget.step(STEPS_PER_TOKEN)
}

/** Each escape in quotes is read by itself. */
function chargeEscapes(text: string, budget: Budget): void {
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 1)) budget.step(1 / 4)
}

function firstDocument(bytes: string, budget: Budget, charge: Charge): Read | undefined {
  budget.text(bytes.length)
  budget.parsed(bytes.length)
  if (!isAscii(bytes) && !isUtf8(Buffer.from(bytes, 'latin1'))) throw new Refusal('yaml: invalid UTF-8')
  // To YAML 1.1 NEL is a line break.
  const text = fromBytes(bytes).replaceAll('\u0085', '\n')
  if (CONTROL.test(text)) throw new Refusal('yaml: control characters are not allowed')
  charge(text, budget)
  chargeEscapes(text, budget)
  const endsOpen = !text.endsWith('\n')
  for (const document of new Composer(OPTIONS).compose(new Parser().parse(text), true, text.length)) {
    if (document.warnings.some(({ code }) => code === 'BAD_DIRECTIVE')) {
      throw new Refusal('yaml: found unknown directive name')
    }
    const error = document.errors.find(({ code }) => code !== 'TAG_RESOLVE_FAILED')
    if (error === undefined || isBehind(document, error, text)) {
      refuseSurrogates(document, text)
      return { document, openEnd: endsOpen ? text.length : undefined }
    }
    const line = text.slice(0, error.pos[0]).split('\n').length
    throw new Refusal(
      `yaml: line ${line}: could not be parsed (${error.code.toLowerCase().replaceAll('_', ' ')})`,
    )
  }
  return undefined
}

const TAG = 'tag:yaml.org,2002:'

function binary(text: string): string {
  const bytes = decodeStrict(text)
  if (bytes === undefined) throw new Refusal('yaml: !!binary value contains invalid base64 data')
  return bytes.toString('latin1')
}

/** A scalar as Go resolves it, under a tag or by its looks. */
function scalar(
  node: Scalar,
  openEnd: number | undefined,
): ReturnType<typeof resolve> & { readonly text: string } {
  const isOpenBlock = node.type?.startsWith('BLOCK') && node.range?.[1] === openEnd
  const written = typeof node.value === 'string' ? node.value : ''
  const text = toBytes(isOpenBlock ? written.replace(/\n$/, '') : written)
  const { tag } = node
  if (tag === undefined)
    return node.type === 'PLAIN' || node.value === null ? { ...resolve(text), text } : { is: 'string', text }
  if (tag === `${TAG}binary`) return { is: 'string', text: binary(text) }
  if (!/:(?:bool|int|float|null|timestamp)$/.test(tag) || !tag.startsWith(TAG)) return { is: 'string', text }
  const resolved = resolve(text)
  const asked = tag.slice(TAG.length)
  if (asked === 'float' && resolved.is === 'int') return { is: 'float', value: Number(resolved.value), text }
  if ((asked === 'timestamp' ? 'time' : asked) !== resolved.is)
    throw new Refusal(`yaml: cannot decode a scalar as a !!${asked}`)
  return { ...resolved, text }
}

/** Digits that tell any two float32 apart. */
const FLOAT_32_DIGITS = 9

/** A float where text is wanted: Go writes it as a float32, in the fewest digits. */
function narrowText(n: number): string {
  const narrow = Math.fround(n)
  if (!Number.isFinite(narrow) || Object.is(narrow, -0)) return floatText(narrow)
  for (let digits = 1; digits < FLOAT_32_DIGITS; digits++) {
    const short = Number(narrow.toPrecision(digits))
    if (Math.fround(short) === narrow) return floatText(short)
  }
  return floatText(Number(narrow.toPrecision(FLOAT_32_DIGITS)))
}

/** As a key, what is no finite number is spelled as YAML does. */
function floatKey(n: number): string {
  if (Number.isNaN(n)) return '.nan'
  if (Number.isFinite(Math.fround(n))) return narrowText(n)
  return n < 0 ? '-.inf' : '.inf'
}

/** What each alias stands for: the last node before it that has the anchor. */
function targetsOf(document: Document.Parsed): ReadonlyMap<Alias, unknown> {
  const anchors = new Map<string, unknown>()
  const targets = new Map<Alias, unknown>()
  visit(document, (_, node) => {
    if (isAlias(node)) {
      if (anchors.has(node.source)) targets.set(node, anchors.get(node.source))
    } else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
  })
  return targets
}

class Reader {
  readonly #targets: ReadonlyMap<Alias, unknown>
  readonly #openEnd: number | undefined
  readonly #budget: Budget
  readonly #open = new Set<unknown>()

  constructor({ document, openEnd }: Read, budget: Budget) {
    this.#targets = targetsOf(document)
    this.#openEnd = openEnd
    this.#budget = budget
  }

  value(node: unknown): Value {
    this.#budget.step(1)
    if (isAlias(node)) return this.#aliased(node)
    if (isScalar(node)) return this.#scalar(node)
    if (isSeq(node)) return this.#budget.nest(() => list(node.items.map((item) => this.value(item))))
    if (!isMap(node)) return null
    return this.#budget.nest(() => {
      const members = new Map<string, unknown>()
      this.#fill(members, node.items)
      return dict(new Map([...members].map(([key, member]) => [key, this.value(member)])))
    })
  }

  /** Every value as the text that Go makes of it where a map of texts is wanted. */
  texts(root: unknown): ReadonlyMap<string, string> {
    const map = this.#target(root)
    if (map === null || map === undefined) return new Map()
    if (isScalar(map) && scalar(map, this.#openEnd).is === 'null') return new Map()
    if (!isMap(map)) throw new Refusal('yaml: it is no map')
    const members = new Map<string, unknown>()
    this.#fill(members, map.items)
    return new Map([...members].map(([key, member]) => [key, this.#text(member)]))
  }

  #text(member: unknown): string {
    const node = this.#target(member)
    if (node === null || node === undefined) return ''
    if (!isScalar(node)) throw new Refusal('yaml: a value is a list or a map, and must be text')
    const read = scalar(node, this.#openEnd)
    switch (read.is) {
      case 'null':
        return ''
      case 'bool':
      case 'int':
        return String(read.value)
      case 'float':
        return narrowText(read.value)
      case 'time':
      case 'string':
        return soundText(read.text)
    }
  }

  /** What an alias stands for; it is read again each time, and charged each time. */
  #aliased(node: unknown): Value {
    const target = this.#target(node)
    this.#open.add(target)
    const value = this.#budget.nest(() => this.value(target))
    this.#open.delete(target)
    return value
  }

  #target(node: unknown): unknown {
    if (!isAlias(node)) return node
    const target = this.#targets.get(node)
    if (target === undefined) throw new Refusal('yaml: unknown anchor referenced')
    if (this.#open.has(target)) throw new Refusal('yaml: anchor value contains itself')
    return target
  }

  #scalar(node: Scalar): Value {
    const read = scalar(node, this.#openEnd)
    switch (read.is) {
      case 'null':
        return null
      case 'bool':
        return read.value
      case 'int':
        return Number(read.value)
      case 'float':
        if (!Number.isFinite(read.value)) throw new Refusal('json: unsupported value')
        return Object.is(read.value, -0) ? 0 : read.value
      case 'time':
      case 'string':
        return soundText(read.text)
    }
  }

  /** Later members win, those that are merged in among them; what lost is not read. */
  #fill(members: Map<string, unknown>, pairs: readonly Pair[]): void {
    for (const { key, value } of pairs) {
      this.#budget.step(2)
      if (isScalar(key) && key.value === '<<' && (key.type === 'PLAIN' || key.tag === `${TAG}merge`)) {
        this.#merge(members, value)
      } else {
        members.set(this.#key(key), value)
      }
    }
  }

  #merge(members: Map<string, unknown>, value: unknown): void {
    const source = this.#target(value)
    // Earlier ones in a list take precedence, so they come last.
    const all = isSeq(value) ? value.items.toReversed() : [source]
    for (const one of all) {
      const map = this.#target(one)
      if (!isMap(map)) throw new Refusal('yaml: map merge requires map or sequence of maps as the value')
      this.#open.add(map)
      this.#budget.step(2)
      this.#budget.nest(() => this.#fill(members, map.items))
      this.#open.delete(map)
    }
  }

  /** Keys that are no text become text. */
  #key(node: unknown): string {
    const key = this.#target(node)
    if (key === null || key === undefined) throw new Refusal('unsupported map key of type: %!s(<nil>)')
    if (!isScalar(key)) throw new Refusal('yaml: invalid map key')
    const read = scalar(key, this.#openEnd)
    if (read.is === 'bool') return String(read.value)
    if (read.is === 'float') return floatKey(read.value)
    if (read.is === 'int' && read.value <= MAX_INT64) return read.value.toString()
    if (read.is === 'null' || read.is === 'int') throw new Refusal('unsupported map key')
    return soundText(read.text)
  }
}

/** What is not UTF-8 (out of !!binary) does not survive JSON. */
const soundText = (text: string): string => (isAscii(text) ? text : toBytes(fromBytes(text)))

/** The value of the first document in a YAML text (a byte string). */
export const readYaml = (text: string, budget: Budget): FromYaml =>
  orRefused(() => {
    const read = firstDocument(text, budget, chargeRoughly)
    const value = read === undefined ? null : new Reader(read, budget).value(read.document.contents)
    return { is: 'value', value }
  })

/** The first document in a YAML text (a byte string), as a map of texts. */
export const readYamlTexts = (text: string, budget: Budget): TextsFromYaml =>
  orRefused(() => {
    const read = firstDocument(text, budget, chargeExactly)
    const texts =
      read === undefined ? new Map<string, string>() : new Reader(read, budget).texts(read.document.contents)
    return { is: 'texts', texts }
  })

function orRefused<T>(read: () => T): T | { readonly is: 'refused'; readonly because: string } {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) return { is: 'refused', because: error.message }
    throw error
  }
}
