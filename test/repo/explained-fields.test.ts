// This file is about `kubectl explain`: every field of our own API says what it is for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { read } from './tree.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}
interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

/** The API server describes these itself. */
const ITS_OWN = new Set(['apiVersion', 'kind', 'metadata'])

const silentIn = (schema: Schema, path: string): readonly string[] => [
  ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const place = `${path}.${name}`
    return [...((field.description ?? '') === '' ? [place] : []), ...silentIn(field, place)]
  }),
  ...(schema.items === undefined ? [] : silentIn(schema.items, `${path}[]`)),
]

test('every field of our own API is explained', () => {
  const definitions = parseAllDocuments(read('deploy/crds/everpull.yaml')).map(
    (document) => document.toJS() as Definition,
  )
  assert.ok(definitions.length >= 3)
  const silent = definitions.flatMap(({ spec: { names, versions } }) =>
    versions.flatMap(({ schema: { openAPIV3Schema } }) =>
      silentIn(openAPIV3Schema, names.kind).filter((path) => !ITS_OWN.has(path.split('.')[1] ?? '')),
    ),
  )
  assert.deepEqual(silent, [])
})
