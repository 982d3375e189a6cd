// This file is about objects that nobody would think of: made from a kind's schema, then bent, or from nothing at all.
import * as fc from 'fast-check'
import type { z } from 'zod'
import { structuralSchema } from '../../src/generate/structural-schema.ts'

type Json = Readonly<Record<string, unknown>>

/** What a user may have written where a text is wanted: right in some place, wrong in most. */
const WORDS: readonly string[] = [
  '',
  ' ',
  'ecr',
  'aws',
  'pull',
  'templates',
  'id',
  'key',
  'default',
  'ECR',
  'a'.repeat(300),
  '../x',
  'x y\n',
  'us-west-1',
  'eu-west-1',
  'nowhere',
  'public',
  'Public',
  '1h',
  '0',
  '-5m',
  '12h',
  '1y',
  '@hourly',
  '@every 1m',
  '* * * * *',
  '0 22 * * 1-5',
  '61 * * * *',
  'v1',
  'generators.external-secrets.io/v1alpha1',
  'v2',
  'Data',
  'Labels',
  'annotations',
  'spec.data',
  'kubernetes.io/dockerconfigjson',
  'Opaque',
  'bootstrap.kubernetes.io/token',
  'kubernetes.io/service-account-token',
  '{{ .username }}',
  '{{ .password | b64enc }}',
  '{{ .none }}',
  '{{',
  '}}',
  '{{ range until 1000000 }}x{{ end }}',
  '{{ . | toJson }}',
  '{{ env "HOME" }}',
  '{"auths":{}}',
  'a: {{ .username }}',
  '{{ .username }}: {{ .password }}',
  '(.*)',
  '$1_$0',
  '(',
  '[a',
  '.value',
  '{{ .value | upper }}',
  '__proto__',
  'constructor',
  '123456789012.dkr.ecr.us-west-1.amazonaws.com',
  'arn:aws:iam::123456789012:role/puller',
  '日本',
]

const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
)
const anything = fc.jsonValue({ maxDepth: 3 })

/** Texts that a schema takes, with one now and then that it does not. */
function wordsFor({ pattern, maxLength, minLength }: Json): fc.Arbitrary<string> {
  const form = new RegExp(typeof pattern === 'string' ? pattern : '')
  const most = typeof maxLength === 'number' ? maxLength : Infinity
  const least = typeof minLength === 'number' ? minLength : 0
  const right = WORDS.filter((text) => form.test(text) && text.length <= most && text.length >= least)
  return right.length === 0
    ? word
    : fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: word })
}

/** As the schema says, most of the time: each value is now and then something else altogether. */
export const objectsOf = (schema: z.ZodType): fc.Arbitrary<unknown> => bent(structuralSchema(schema))

/** A right object with parts of another put in their place: most of these are taken, and then have to work. */
export const bentFrom = (right: unknown, schema: z.ZodType): fc.Arbitrary<unknown> =>
  fc
    .tuple(objectsOf(schema), fc.infiniteStream(fc.nat({ max: 99 })))
    .map(([other, dice]) => graft(right, other, () => dice.next().value ?? 0))

/** In a hundred: how often a part of the other object is left out, or gone into; else it replaces what is there. */
const LEFT_OUT = 55
const GONE_INTO = 40

function graft(right: unknown, other: unknown, roll: () => number): unknown {
  if (Array.isArray(right) && Array.isArray(other)) {
    return right.map((one: unknown, i) => (i < other.length ? graft(one, other[i], roll) : one))
  }
  if (!isObject(right) || !isObject(other)) return other
  const grafted = Object.entries(other).flatMap(([key, part]): [string, unknown][] => {
    const dice = roll()
    if (dice < LEFT_OUT) return []
    const isDeeper = dice < LEFT_OUT + GONE_INTO && Object.hasOwn(right, key)
    return isDeeper && typeof part === 'object' && part !== null
      ? [[key, graft(right[key], part, roll)]]
      : dice < LEFT_OUT + GONE_INTO && Object.hasOwn(right, key)
        ? []
        : [[key, part]]
  })
  return { ...right, ...Object.fromEntries(grafted) }
}

/** Of no shape at all. */
export const objectsOfAnyShape: fc.Arbitrary<unknown> = fc.oneof(
  anything,
  fc.dictionary(word, anything, { maxKeys: 6 }),
  fc.record(
    { dataFrom: fc.array(anything), target: anything, refreshInterval: anything },
    { requiredKeys: [] },
  ),
)

const bent = (schema: Json): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: straight(schema) }, { weight: 1, arbitrary: anything })

function straight(schema: Json): fc.Arbitrary<unknown> {
  const { enum: choices, properties, additionalProperties, items, type } = schema
  if (Array.isArray(choices)) {
    return fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(...(choices as string[])) },
      { weight: 1, arbitrary: word },
    )
  }
  if (isObject(properties)) return membersOf(properties, schema['required'])
  if (isObject(additionalProperties)) return fc.dictionary(word, bent(additionalProperties), { maxKeys: 3 })
  switch (type) {
    case 'string':
      return wordsFor(schema)
    case 'integer':
    case 'number':
      return fc.oneof(fc.integer(), fc.constantFrom(0, -1, 900, 129600, 2 ** 31))
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(isObject(items) ? bent(items) : anything, { maxLength: 3 })
    default:
      return anything
  }
}

function membersOf(properties: Json, required: unknown): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, isObject(schema) ? bent(schema) : anything]),
  )
  const requiredKeys = Array.isArray(required) ? (required as string[]) : []
  return fc.record(model, { requiredKeys })
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
