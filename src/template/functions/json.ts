// This file is about JSON in templates: reading and writing it.
import type { Budget } from '../budget.ts'
import { CallError } from '../errors.ts'
import { fn, type Func, type FuncTable } from '../func.ts'
import { decodeJson, encodeJson, JsonError, type JsonStyle, readJson } from '../json.ts'
import type { Value } from '../values.ts'

const PLAIN: JsonStyle = { escapeHtml: true, pretty: false }
const PRETTY: JsonStyle = { escapeHtml: true, pretty: true }
const RAW: JsonStyle = { escapeHtml: false, pretty: false }

function encoded(v: Value, style: JsonStyle, budget: Budget): string | undefined {
  try {
    return encodeJson(v, style, budget)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

function must(text: string | undefined): string {
  if (text === undefined) throw new CallError('json: unsupported value')
  return text
}

const forgiving = (style: JsonStyle): Func => fn(['any'], (v, { budget }) => encoded(v, style, budget) ?? '')
const strict = (style: JsonStyle): Func => fn(['any'], (v, { budget }) => must(encoded(v, style, budget)))

export const JSON_FUNCTIONS: FuncTable = new Map([
  ['toJson', forgiving(PLAIN)],
  ['toPrettyJson', forgiving(PRETTY)],
  ['toRawJson', strict(RAW)],
  ['mustToJson', strict(PLAIN)],
  ['mustToPrettyJson', strict(PRETTY)],
  ['mustToRawJson', strict(RAW)],
  ['fromJson', fn(['string'], (s, { budget }) => readJson(s, budget)?.value ?? null)],
  [
    'mustFromJson',
    fn(['string'], (s, { budget }) => {
      const value = decodeJson(s, budget)
      if (value === undefined) throw new CallError('invalid JSON')
      return value
    }),
  ],
])
