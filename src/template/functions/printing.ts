// This file is about Go's own functions that make text of anything: print, printf, len, index, escapes.
import type { Budget } from '../budget.ts'
import { decodeRune } from '../bytes.ts'
import { CallError } from '../errors.ts'
import { fn, type FuncTable, variadic } from '../func.ts'
import { plainText, sprint } from '../printer.ts'
import { sprintf } from '../printf.ts'
import { isPrint } from '../unicode.ts'
import { GoMap, GoSlice, integerOf, isInteger, SizedInt, typeName, type Value } from '../values.ts'

/** The arguments as one text; unlike print, nil is what {{ nil }} would show. */
const shown = (args: readonly Value[], budget: Budget): string =>
  sprint(
    args.map((arg) => arg ?? '<no value>'),
    budget,
  )

const HTML: ReadonlyMap<string, string> = new Map([
  ['\0', '\u00ef\u00bf\u00bd'],
  ['"', '&#34;'],
  ["'", '&#39;'],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])
const JS: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['<', '\\u003C'],
  ['>', '\\u003E'],
  ['&', '\\u0026'],
  ['=', '\\u003D'],
])
const upperHex = (code: number): string => code.toString(16).toUpperCase()

function escapeJs(s: string): string {
  let out = ''
  for (let at = 0; at < s.length; ) {
    const { code, width } = decodeRune(s, at)
    const raw = s.slice(at, at + width)
    const keep = code < 0x80 ? code >= 0x20 : isPrint(code)
    out += JS.get(raw) ?? (keep ? raw : `\\u${upperHex(code).padStart(4, '0')}`)
    at += width
  }
  return out
}

const queryByte = (c: string): string => (c === ' ' ? '+' : `%${upperHex(c.charCodeAt(0)).padStart(2, '0')}`)

/** As net/url.QueryEscape. */
const queryEscape = (s: string): string => s.replaceAll(/[^A-Za-z0-9_.~-]/g, queryByte)

function escaped(s: string, budget: Budget, escape: (s: string) => string): string {
  budget.characters(s.length)
  return escape(s)
}

function lengthOf(v: Value): bigint {
  if (typeof v === 'string') return BigInt(v.length)
  if (v instanceof GoMap) return BigInt(v.entries.size)
  if (v instanceof GoSlice) return BigInt(v.items.length)
  throw new CallError(v === null ? 'len of nil pointer' : `len of type ${typeName(v)}`)
}

function position(index: Value, length: number): number {
  if (index === null) throw new CallError('cannot index slice/array with nil')
  if (!isInteger(index)) throw new CallError(`cannot index slice/array with type ${typeName(index)}`)
  const n = integerOf(index)
  if (n < 0n || n >= BigInt(length)) throw new CallError('index out of range')
  return Number(n)
}

function indexInto(item: Value, index: Value): Value {
  if (item === null) throw new CallError('index of nil pointer')
  if (typeof item === 'string') {
    return new SizedInt('uint8', BigInt(item.charCodeAt(position(index, item.length))))
  }
  if (item instanceof GoSlice) return item.items[position(index, item.items.length)] ?? null
  if (!(item instanceof GoMap)) throw new CallError(`can't index item of type ${typeName(item)}`)
  if (index === null) throw new CallError('value is nil; should be of type string')
  if (typeof index !== 'string') throw new CallError(`value has type ${typeName(index)}; should be string`)
  return item.entries.get(index) ?? (item.element === 'string' ? '' : null)
}

function index(item: Value, indexes: readonly Value[]): Value {
  if (item === null) throw new CallError('index of untyped nil')
  return indexes.reduce(indexInto, item)
}

export const PRINTING: FuncTable = new Map([
  ['print', variadic([], 'any', (_, args, { budget }) => sprint(args, budget))],
  [
    'println',
    variadic([], 'any', (_, args, { budget }) => `${args.map((a) => plainText(a, budget)).join(' ')}\n`),
  ],
  ['printf', variadic(['string'], 'any', ([format], args, { budget }) => sprintf(format, args, budget))],
  [
    'html',
    variadic([], 'any', (_, args, { budget }) =>
      escaped(shown(args, budget), budget, (s) => s.replaceAll(/[\0"'&<>]/g, (c) => HTML.get(c) ?? c)),
    ),
  ],
  ['js', variadic([], 'any', (_, args, { budget }) => escaped(shown(args, budget), budget, escapeJs))],
  [
    'urlquery',
    variadic([], 'any', (_, args, { budget }) => {
      const text = shown(args, budget)
      // It looks at every byte of what may become three.
      budget.characters(text.length * 2)
      return escaped(text, budget, queryEscape)
    }),
  ],
  ['len', fn(['value'], lengthOf)],
  ['index', variadic(['value'], 'value', ([item], indexes) => index(item, indexes))],
  [
    'call',
    variadic(['value'], 'value', ([callee]) => {
      throw new CallError(callee === null ? 'call of nil' : `non-function of type ${typeName(callee)}`)
    }),
  ],
])
