// This file is about testing definitions and the schemas in them.
// This file is about testing the definitions made from schemas.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { type Kind, SECRET } from '../model/kind.ts'
import { crdObjects, crdYaml } from './crds.ts'
import { structuralSchema } from './structural-schema.ts'

const widget = (spec: z.ZodType = z.object({ size: z.string().default('small') })): Kind => ({
  group: 'example.dev',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
  versions: ['v1'],
  use: 'ordered',
  reads: 'whole',
  definition: {
    singular: 'widget',
    listKind: 'WidgetList',
    shortNames: ['wd'],
    categories: [],
    versions: [
      {
        name: 'v1',
        storage: true,
        schema: z.object({ spec }),
        columns: [{ name: 'Size', type: 'string', jsonPath: '.spec.size' }],
        selectableFields: ['.spec.size'],
      },
    ],
  },
})

test('a kind becomes a definition with its names, columns, selectable fields and status subresource', () => {
  assert.deepEqual(crdObjects([widget()]), [
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.dev' },
      spec: {
        group: 'example.dev',
        names: {
          kind: 'Widget',
          listKind: 'WidgetList',
          plural: 'widgets',
          singular: 'widget',
          shortNames: ['wd'],
        },
        scope: 'Namespaced',
        conversion: { strategy: 'None' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            additionalPrinterColumns: [{ name: 'Size', type: 'string', jsonPath: '.spec.size' }],
            selectableFields: [{ jsonPath: '.spec.size' }],
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  apiVersion: { type: 'string', description: 'The API and its version.' },
                  kind: { type: 'string', description: 'The kind of this object.' },
                  metadata: { type: 'object' },
                  spec: { type: 'object', properties: { size: { type: 'string', default: 'small' } } },
                },
                required: ['spec'],
              },
            },
            subresources: { status: {} },
          },
        ],
      },
    },
  ])
})

test('kinds the API server brings itself are left out, and a kind named twice is made once', () => {
  assert.equal(crdObjects([SECRET, widget(), widget()]).length, 1)
})

test('the YAML holds the same objects, without anchors', () => {
  const yaml = crdYaml([widget()])
  assert.deepEqual(
    parseAllDocuments(yaml).map((document) => document.toJS() as unknown),
    crdObjects([widget()]),
  )
  assert.doesNotMatch(yaml, /[&*]a\d/)
})

describe('a structural schema', () => {
  const rows: readonly [string, z.ZodType, object][] = [
    ['says of an object nothing about members it does not know', z.strictObject({}), { type: 'object' }],
    ['keeps whatever an untyped field holds', z.unknown(), { 'x-kubernetes-preserve-unknown-fields': true }],
    [
      'lets a number or a text be either',
      z.union([z.int().min(0).max(9), z.string()]),
      { 'x-kubernetes-int-or-string': true },
    ],
    [
      'types the values of a map',
      z.record(z.string(), z.string()),
      { type: 'object', additionalProperties: { type: 'string' } },
    ],
    ['allows null where the type does', z.string().nullable(), { type: 'string', nullable: true }],
    [
      'passes on what is said to Kubernetes alone',
      z.object({}).meta({ 'x-kubernetes-map-type': 'atomic' }),
      { type: 'object', 'x-kubernetes-map-type': 'atomic' },
    ],
    [
      'fills a nested default in',
      z.object({ a: z.enum(['A', 'B']).default('A') }).prefault({ a: 'A' }),
      {
        type: 'object',
        default: { a: 'A' },
        properties: { a: { type: 'string', enum: ['A', 'B'], default: 'A' } },
      },
    ],
  ]
  for (const [name, schema, expected] of rows)
    test(name, () => assert.deepEqual(structuralSchema(schema), expected))

  test('refuses a union of objects, naming the place', () => {
    const schema = z.object({ spec: z.array(z.union([z.object({ a: z.string() }), z.object({})])) })
    assert.throws(() => structuralSchema(schema), /\.spec\[\]: anyOf/)
  })

  test('refuses look-ahead in a pattern', () => {
    assert.throws(() => structuralSchema(z.object({ a: z.string().regex(/^(?=a)/) })), /\.a: .*look-ahead/)
  })
})
