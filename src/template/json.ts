// This file is about JSON as Go's encoding/json reads and writes it.
import type { Budget } from './budget.ts'
import { fromBytes, isAscii, runes, toBytes, RUNE_ERROR } from './bytes.ts'
import { LimitError } from './errors.ts'
import { Complex, dict, GoMap, GoSlice, integerOf, isInteger, isStruct, list, type Value } from './values.ts'

export interface JsonStyle {
  /** Writes < > & as \u003c \u003e \u0026, so that the text may stand in HTML. */
  readonly escapeHtml: boolean
  /** One member a line, two spaces a level. */
  readonly pretty: boolean
}

/** A value JSON has no text for (NaN, an infinity, a complex number). */
export class JsonError extends Error {}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])
/** Characters of a byte string that a JSON string cannot hold as they are. */
const SPECIAL = /[^ !#-[\]-\u00ff]/g
const SPECIAL_HTML = /[^ !#-%'-;=?-[\]-\u00ff]/g

const escape = (c: string): string => NAMED.get(c) ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Replaces what is not UTF-8, and the two line separators JavaScript sources cannot hold. */
function cleanUnicode(s: string): string {
  let out = ''
  for (const { code, width, at } of runes(s)) {
    const separator = code === 0x2028 || code === 0x2029
    const invalid = code === RUNE_ERROR && width === 1
    out += invalid ? '\\ufffd' : separator ? `\\u${code.toString(16)}` : s.slice(at, at + width)
  }
  return out
}

/** An escape costs more than a hundred plain characters do, so they are counted before they are made. */
function chargeEscapes(s: string, budget: Budget): void {
  let escapes = 0
  for (let i = 0; i < s.length; i++) {
    const code = s.charCodeAt(i)
    if (code < 0x20 || code === 0x22 || code === 0x26 || code === 0x3c || code === 0x3e || code === 0x5c)
      escapes++
  }
  budget.step(escapes)
}

function jsonString(s: string, style: JsonStyle, budget: Budget): string {
  budget.text(s.length)
  chargeEscapes(s, budget)
  const escaped = s.replaceAll(style.escapeHtml ? SPECIAL_HTML : SPECIAL, escape)
  budget.text(escaped.length)
  if (isAscii(escaped)) return `"${escaped}"`
  budget.step(escaped.length / 2)
  return `"${cleanUnicode(escaped)}"`
}

function jsonNumber(n: number): string {
  if (!Number.isFinite(n)) throw new JsonError('unsupported value')
  return Object.is(n, -0) ? '-0' : String(n)
}

/** The JSON text of a value (a byte string); throws a JsonError when there is none. */
export function encodeJson(value: Value, style: JsonStyle, budget: Budget, indent = '\n'): string {
  budget.step(1)
  if (value === null) return 'null'
  if (typeof value === 'string') return jsonString(value, style, budget)
  if (typeof value === 'number') return jsonNumber(value)
  if (typeof value === 'boolean') return String(value)
  if (isInteger(value)) return integerOf(value).toString()
  if (value instanceof Complex) throw new JsonError('unsupported type')
  if (isStruct(value)) {
    const { fields } = value
    return fields === undefined || value.isStringer
      ? jsonString(value.jsonText(), style, budget)
      : encodeJson(fields, style, budget, indent)
  }
  if (value.isNil) return 'null'
  const inner = `${indent}  `
  return budget.nest(() => {
    const members = value instanceof GoMap ? mapMembers(value, style, budget, inner) : []
    if (value instanceof GoSlice) {
      for (const item of value.items) members.push(encodeJson(item, style, budget, inner))
    }
    return enclose(members, value instanceof GoMap ? '{}' : '[]', style, budget, indent)
  })
}

function mapMembers(map: GoMap, style: JsonStyle, budget: Budget, inner: string): string[] {
  const colon = style.pretty ? ': ' : ':'
  return map.keys().map((key) => {
    const name = jsonString(key, style, budget)
    return name + colon + encodeJson(map.entries.get(key) ?? null, style, budget, inner)
  })
}

function enclose(
  members: readonly string[],
  brackets: string,
  style: JsonStyle,
  budget: Budget,
  indent: string,
): string {
  const [open = '', close = ''] = brackets
  const length = members.reduce((sum, member) => sum + member.length + indent.length + 3, 2)
  budget.text(length)
  if (!style.pretty || members.length === 0) return open + members.join(',') + close
  const inner = `${indent}  `
  return open + inner + members.join(`,${inner}`) + indent + close
}

/** What a JSON text says; numbers beyond float64 are nil in it. */
export interface ReadJson {
  readonly value: Value
  readonly overflows: boolean
}

class Reader {
  readonly #budget: Budget
  overflows = false

  constructor(budget: Budget) {
    this.#budget = budget
  }

  value(json: unknown): Value {
    this.#budget.step(1)
    if (json === null || typeof json === 'boolean') return json
    if (typeof json === 'string') return toBytes(json)
    if (typeof json === 'number') return this.#number(json)
    return this.#budget.nest(() =>
      Array.isArray(json) ? list(json.map((v) => this.value(v))) : this.#map(json ?? {}),
    )
  }

  /** Go refuses a number beyond float64; JSON.parse makes it infinite. */
  #number(n: number): Value {
    if (Number.isFinite(n)) return n
    this.overflows = true
    return null
  }

  #map(json: object): Value {
    return dict(new Map(Object.entries(json).map(([key, member]) => [toBytes(key), this.value(member)])))
  }
}

/** Reads a JSON text (a byte string) as far as Go does; undefined when it is none. */
export function readJson(text: string, budget: Budget): ReadJson | undefined {
  budget.text(text.length)
  budget.characters(text.length)
  let json: unknown
  try {
    json = JSON.parse(fromBytes(text))
  } catch (error) {
    if (error instanceof RangeError) throw new LimitError('JSON nested too deep')
    return undefined
  }
  const reader = new Reader(budget)
  const value = reader.value(json)
  return { value, overflows: reader.overflows }
}

/** The value of a JSON text (a byte string); undefined when it is none, or a number in it is too large. */
export function decodeJson(text: string, budget: Budget): Value | undefined {
  const read = readJson(text, budget)
  return read === undefined || read.overflows ? undefined : read.value
}
