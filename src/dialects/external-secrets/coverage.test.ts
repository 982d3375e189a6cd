// This file is about testing that the coverage knows every field there is, and no other.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import type { Coverage } from '../coverage.ts'
import { CLUSTER_EXTERNAL_SECRET_COVERAGE } from './cluster-external-secret-coverage.ts'
import { ClusterExternalSecretSpec } from './cluster-external-secret-schema.ts'
import { ClusterGeneratorSpec } from './cluster-generator-schema.ts'
import { EXTERNAL_SECRET_COVERAGE } from './coverage.ts'
import { manifestsIn } from './fixtures/resources.ts'
import {
  CLUSTER_GENERATOR_COVERAGE,
  ECR_AUTHORIZATION_TOKEN_COVERAGE,
  STS_SESSION_TOKEN_COVERAGE,
} from './generator-coverage.ts'
import { ECRAuthorizationTokenSpec, STSSessionTokenSpec } from './generator-schema.ts'
import { ExternalSecretSpec } from './schema.ts'
import { coveredFields, usedFields } from './used-fields.ts'

interface Node {
  readonly properties?: Readonly<Record<string, Node>> | undefined
  readonly items?: Node | undefined
}

/** The path of every field, those that hold others included. */
function fieldsOf(node: Node, path: string): readonly string[] {
  const members = Object.entries(node.properties ?? {}).flatMap(([name, member]) =>
    fieldsOf(member, `${path}.${name}`),
  )
  const items = node.items === undefined ? [] : fieldsOf(node.items, `${path}[]`)
  return [path, ...members, ...items]
}

const schemaOf = (schema: z.ZodType): Node =>
  z.toJSONSchema(schema, { io: 'input', target: 'openapi-3.0', reused: 'inline' }) as Node

const isBelow = (field: string, path: string): boolean =>
  field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)

/** Is one of another kind, whose coverage it has: shown to have the same fields below. */
const WHOLE = 'spec.externalSecretSpec'

const kinds: readonly (readonly [string, z.ZodType, readonly Coverage[]])[] = [
  ['ExternalSecret', ExternalSecretSpec, EXTERNAL_SECRET_COVERAGE],
  ['ClusterExternalSecret', ClusterExternalSecretSpec, CLUSTER_EXTERNAL_SECRET_COVERAGE],
  ['ECRAuthorizationToken', ECRAuthorizationTokenSpec, ECR_AUTHORIZATION_TOKEN_COVERAGE],
  ['STSSessionToken', STSSessionTokenSpec, STS_SESSION_TOKEN_COVERAGE],
  ['ClusterGenerator', ClusterGeneratorSpec, CLUSTER_GENERATOR_COVERAGE],
]
for (const [kind, schema, rows] of kinds) {
  describe(`the coverage of ${kind}`, () => {
    const fields = fieldsOf(schemaOf(schema), 'spec')

    test('has a row for every field, or for one above it that is not honoured', () => {
      const leaves = fields.filter(
        (field) => !fields.some((other) => other !== field && isBelow(other, field)),
      )
      const speaksFor = ({ path, standing }: Coverage, field: string): boolean =>
        standing === 'honoured' && path !== WHOLE
          ? path === field || `${path}[]` === field
          : isBelow(field, path)
      assert.deepEqual(
        leaves.filter((field) => !rows.some((row) => speaksFor(row, field))),
        [],
      )
    })

    test('has no row for a field there is none of, and none twice', () => {
      const paths = rows.map(({ path }) => path)
      assert.deepEqual(
        paths.filter((path) => !fields.includes(path)),
        [],
      )
      assert.equal(new Set(paths).size, paths.length)
    })

    test('has no row below another', () => {
      const nested = rows.filter((row) =>
        rows.some((other) => other !== row && isBelow(row.path, other.path)),
      )
      assert.deepEqual(nested, [])
    })
  })
}

test('the spec in a ClusterExternalSecret has the fields of an ExternalSecret', () => {
  const inside = fieldsOf(schemaOf(ClusterExternalSecretSpec), 'spec').filter((field) =>
    isBelow(field, WHOLE),
  )
  assert.deepEqual(
    inside.map((field) => field.replace(WHOLE, 'spec')),
    fieldsOf(schemaOf(ExternalSecretSpec), 'spec'),
  )
})

test('the manifest of every field has every field', () => {
  const [asked] = manifestsIn('every-field.yaml', 'apps')
  const has = (value: unknown, path: readonly string[]): boolean => {
    const [first, ...rest] = path
    if (first === undefined) return true
    if (Array.isArray(value)) return value.some((member) => has(member, first === '[]' ? rest : path))
    return (
      typeof value === 'object' &&
      value !== null &&
      first in value &&
      has(Object.entries(value).find(([key]) => key === first)?.[1], rest)
    )
  }
  const fields = fieldsOf(schemaOf(ExternalSecretSpec), 'spec').map((field) =>
    field.replaceAll('[]', '.[]').split('.').slice(1),
  )
  const missing = fields.filter((path) => !has(asked?.spec, path)).map((path) => path.join('.'))
  assert.deepEqual(missing, [])
})

test('what is used is found in every member of a list', () => {
  const rows: readonly Coverage[] = [
    { path: 'spec.list[].good', standing: 'honoured' },
    { path: 'spec.list[].bad', standing: 'refused', note: 'write good instead' },
  ]
  const { problems, warnings } = usedFields(
    { list: [{ good: 1 }, { bad: { deep: true } }, { bad: [] }, { odd: 0 }, 7] },
    coveredFields(rows),
  )
  assert.deepEqual(problems, [
    { at: 'spec.list[1].bad', message: 'spec.list[1].bad is not supported: write good instead' },
  ])
  assert.deepEqual(
    warnings.map(({ message }) => message.split(' ')[0]),
    ['spec.list[3].odd'],
  )
})
