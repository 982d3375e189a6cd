// This file is about turning a zod schema into the structural OpenAPI schema an API server takes.
import { z } from 'zod'

type Json = Readonly<Record<string, unknown>>

/** What zod says and a structural schema may not, or need not. */
const DROPPED: ReadonlySet<string> = new Set(['$schema', 'propertyNames', 'contentEncoding'])

/** Schemas by keyword: one, or a map of them. */
const NESTED: ReadonlySet<string> = new Set(['items', 'additionalProperties'])

const REFUSED = ['$ref', 'oneOf', 'anyOf', 'allOf', 'not', 'uniqueItems'] as const

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const typeOf = (schema: unknown): unknown => (isObject(schema) ? schema['type'] : undefined)

function isIntOrString(schema: Json): boolean {
  const { anyOf } = schema
  return (
    Array.isArray(anyOf) &&
    anyOf.length === 2 &&
    ['integer', 'string'].every((t) => anyOf.some((b) => typeOf(b) === t))
  )
}

const omit = (schema: Json, key: string): Json =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== key))

/** A schema that says nothing of its value takes any, and must say so. */
const takesAnything = (schema: Json): boolean =>
  schema['type'] === undefined && !Object.keys(schema).some((key) => key.startsWith('x-kubernetes-'))

function refuse(schema: Json, at: string): void {
  for (const key of REFUSED)
    if (key in schema) throw new Error(`${at}: ${key} is not allowed in a structural schema`)
  if (typeof schema['pattern'] === 'string' && schema['pattern'].includes('(?='))
    throw new Error(`${at}: an API server refuses look-ahead in patterns`)
}

function member(key: string, value: unknown, at: string): [string, unknown][] {
  if (DROPPED.has(key) || (key === 'additionalProperties' && value === false)) return []
  if (NESTED.has(key) && isObject(value)) return [[key, clean(value, `${at}[]`)]]
  if (key !== 'properties' || !isObject(value)) return [[key, value]]
  // The server forgets such a list, and would call the same definition changed.
  if (Object.keys(value).length === 0) return []
  const properties = Object.entries(value).map(([name, schema]) => [
    name,
    clean(isObject(schema) ? schema : {}, `${at}.${name}`),
  ])
  return [[key, Object.fromEntries(properties)]]
}

/** An object with fields of its own that keeps what else it holds. */
const keepsTheRest = ({ properties, additionalProperties }: Json): boolean =>
  properties !== undefined && isObject(additionalProperties) && Object.keys(additionalProperties).length === 0

function clean(schema: Json, at: string): Json {
  if (isIntOrString(schema)) return { ...omit(schema, 'anyOf'), 'x-kubernetes-int-or-string': true }
  if (keepsTheRest(schema)) {
    return {
      ...clean(omit(schema, 'additionalProperties'), at),
      'x-kubernetes-preserve-unknown-fields': true,
    }
  }
  refuse(schema, at)
  const kept = Object.fromEntries(Object.entries(schema).flatMap(([key, value]) => member(key, value, at)))
  return takesAnything(kept) ? { ...kept, 'x-kubernetes-preserve-unknown-fields': true } : kept
}

/**
 * The schema as `openAPIV3Schema` wants it. Throws on what no API server takes (unions of objects, references,
 * look-ahead), naming the place: a mistake of ours, found by the first test that prints the definition.
 */
export function structuralSchema(schema: z.ZodType): Json {
  const json: Json = z.toJSONSchema(schema, {
    io: 'input',
    target: 'openapi-3.0',
    unrepresentable: 'any',
    reused: 'inline',
  })
  return clean(json, '')
}
