// This file is about YAML in templates: reading and writing it.
import type { Budget } from '../budget.ts'
import { countRunes, fromBytes, isAscii, toBytes } from '../bytes.ts'
import { fn, type FuncTable } from '../func.ts'
import { floatText } from '../floats.ts'
import { encodeJson } from '../json.ts'
import { Complex, dict, GoMap, integerOf, isInteger, isStruct, type Value } from '../values.ts'
import { readYaml } from '../yaml-read.ts'
import { resolve } from '../yaml-scalars.ts'
import { compareKeys, type Document, writeYaml } from '../yaml-write.ts'

/** A value that has no YAML: JSON, which Go goes through, has no text for it, or the YAML reader refuses that text. */
class Unwritable extends Error {}

/** Control characters that JSON shows as they are, and that YAML does not read. */
const UNREADABLE = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/

/** NEL is a line break in quotes: one is read as a space, of several the first is lost. */
const FOLDED = /[ \t]*((?:\u0085[ \t]*)+)/g
const fold = (breaks: string): string => '\n'.repeat(breaks.replaceAll(/[ \t]/g, '').length - 1) || ' '

function textOf(s: string, budget: Budget): string {
  budget.text(s.length)
  if (isAscii(s) && !s.includes('\x7f')) return s
  const text = fromBytes(s)
  if (UNREADABLE.test(text)) throw new Unwritable()
  return toBytes(
    text.includes('\u0085') ? text.replaceAll(FOLDED, (_, breaks: string) => fold(breaks)) : text,
  )
}

/** Go reads the JSON of the value as YAML, where a key in quotes has no more characters. */
const LONGEST_KEY = 1024
const LONGEST_ESCAPE = 6

function isOverlong(key: string, budget: Budget): boolean {
  if (key.length * LONGEST_ESCAPE + 2 <= LONGEST_KEY) return false
  if (countRunes(key) + 2 > LONGEST_KEY) return true
  return countRunes(encodeJson(key, { escapeHtml: true, pretty: false }, budget)) > LONGEST_KEY
}

function keyOf(key: string, budget: Budget): string {
  if (fromBytes(key).includes('\u0085') || isOverlong(key, budget)) throw new Unwritable()
  return textOf(key, budget)
}

/** A number as JSON writes it, and as YAML reads that: whole ones are integers. */
function numberText(n: number): string {
  if (!Number.isFinite(n)) throw new Unwritable()
  const read = resolve(String(n))
  return read.is === 'int' ? read.value.toString() : floatText(n)
}

function documentOf(value: Value, budget: Budget): Document {
  budget.step(1)
  if (value === null) return { is: 'plain', text: 'null' }
  if (typeof value === 'boolean') return { is: 'plain', text: String(value) }
  if (typeof value === 'string') return { is: 'string', text: textOf(value, budget) }
  if (typeof value === 'number') return { is: 'plain', text: numberText(value) }
  if (isInteger(value)) return { is: 'plain', text: integerOf(value).toString() }
  if (value instanceof Complex) throw new Unwritable()
  if (isStruct(value)) {
    return value.fields === undefined || value.isStringer
      ? { is: 'string', text: value.jsonText() }
      : documentOf(value.fields, budget)
  }
  if (value.isNil) return { is: 'plain', text: 'null' }
  return budget.nest(() =>
    value instanceof GoMap
      ? { is: 'map', entries: entriesOf(value, budget) }
      : { is: 'list', items: value.items.map((item) => documentOf(item, budget)) },
  )
}

function entriesOf(map: GoMap, budget: Budget): [string, Document][] {
  // Sorting looks at keys more than once.
  budget.step(map.entries.size * 4)
  for (const key of map.entries.keys()) budget.characters(key.length)
  const entries = map.keys().map((key): [string, Document] => {
    return [keyOf(key, budget), documentOf(map.entries.get(key) ?? null, budget)]
  })
  return entries.toSorted(([a], [b]) => compareKeys(a, b))
}

function toYaml(value: Value, budget: Budget): string {
  try {
    return writeYaml(documentOf(value, budget), budget).replace(/\n$/, '')
  } catch (error) {
    if (error instanceof Unwritable) return ''
    throw error
  }
}

const jsonKind = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') return typeof value
  return typeof value === 'boolean' ? 'bool' : 'array'
}

const failedWith = (because: string): GoMap => dict(new Map([['Error', because]]))

/** Anything but a map is an error, and errors are a member of the answer. */
function fromYaml(text: string, budget: Budget): GoMap {
  const read = readYaml(text, budget)
  if (read.is === 'refused') return failedWith(`error converting YAML to JSON: ${read.because}`)
  if (read.value === null) return dict(new Map())
  if (read.value instanceof GoMap) return read.value
  const what = `cannot unmarshal ${jsonKind(read.value)} into Go value of type map[string]interface {}`
  return failedWith(`error unmarshaling JSON: while decoding JSON: json: ${what}`)
}

export const YAML: FuncTable = new Map([
  ['toYaml', fn(['any'], (v, { budget }) => toYaml(v, budget))],
  ['fromYaml', fn(['string'], (text, { budget }) => fromYaml(text, budget))],
])
