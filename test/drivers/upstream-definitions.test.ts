// This file is about our definitions beside the External Secrets Operator's own: what is valid there is valid here.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { crdObjects } from '../../src/generate/crds.ts'
import { DEFINED_KINDS, type DefinedServer, startDefinedServer } from '../support/definitions.ts'
import { type Example, upstreamDefinitions, upstreamExamples } from '../support/upstream-definitions.ts'

type Schema = Readonly<Record<string, unknown>>
interface Definition {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly scope: string
    readonly names: object
    readonly versions: readonly {
      readonly name: string
      readonly storage: boolean
      readonly deprecated?: boolean
      readonly additionalPrinterColumns?: readonly Column[]
      readonly selectableFields?: readonly object[]
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

/** Where later releases than the one compared with differ from it, and ours with them: the end of a path, and why. */
const LATER: readonly (readonly [RegExp, string])[] = [
  [/\.(conversionStrategy|decodingStrategy|metadataPolicy)\.default$/, 'v1 fills these in no longer'],
  [/\.refreshInterval\.default$/, 'written as Go writes it'],
  [/\.templateFrom\[\]\.target\.enum$/, 'paths are for other kinds of target'],
]
/** What says the same in other words, or nothing of what is valid. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/\.sessionDuration\.format$/, 'its bounds are written out'],
  [/\.description$/, 'in our own words'],
  [/\.spec\.generator\.(?!ecr|sts)[a-zA-Z]+Spec$/, 'kept as it is'],
]

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What upstream's schema takes or fills in and ours does not, by path. */
function missing(theirs: unknown, ours: unknown, at: string): readonly string[] {
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    const lacks = theirs.some((value) => !ours.includes(value))
    const demandsMore = at.endsWith('.required') && ours.some((value) => !theirs.includes(value))
    return lacks || demandsMore ? [at] : []
  }
  if (!isObject(theirs) || !isObject(ours))
    return theirs === ours || JSON.stringify(theirs) === JSON.stringify(ours) ? [] : [at]
  return Object.entries(theirs).flatMap(([key, value]) => {
    if (key === 'properties' || key === 'items')
      return missing(value, ours[key], key === 'items' ? `${at}[]` : at)
    return missing(value, ours[key], `${at}.${key}`)
  })
}

interface Column {
  readonly name: string
  readonly type: string
  readonly jsonPath: string
}

const columnTexts = (columns: readonly Column[] = []): readonly string[] =>
  columns.map(({ name, type, jsonPath }) => `${name} ${type} ${jsonPath}`)

describe('the definitions of external-secrets', () => {
  let pairs: readonly { readonly theirs: Definition; readonly ours: Definition }[]
  before(async () => {
    const ours = crdObjects(DEFINED_KINDS) as Definition[]
    const theirs = parseAllDocuments(await upstreamDefinitions()).map((doc) => doc.toJS() as Definition)
    pairs = theirs.map((definition) => {
      const same = ours.find(({ metadata }) => metadata.name === definition.metadata.name)
      assert.ok(same !== undefined, definition.metadata.name)
      return { theirs: definition, ours: same }
    })
    assert.equal(pairs.length, 5)
  })

  test('carry upstream’s names, scopes, columns, selectable fields and versions', () => {
    for (const { theirs, ours } of pairs) {
      assert.deepEqual(ours.spec.names, theirs.spec.names)
      assert.equal(ours.spec.scope, theirs.spec.scope)
      for (const version of theirs.spec.versions) {
        const same = ours.spec.versions.find(({ name }) => name === version.name)
        assert.equal(same?.storage, version.storage)
        assert.equal(same?.deprecated, version.deprecated)
        assert.deepEqual(same?.selectableFields, version.selectableFields)
        // A later release shows one column more.
        const known = columnTexts(same?.additionalPrinterColumns)
        const columns = columnTexts(version.additionalPrinterColumns)
        assert.deepEqual(known.slice(0, columns.length), columns)
      }
    }
  })

  test('know every field of upstream’s with its type, choices, pattern and default', () => {
    const explained = new Set<RegExp>()
    const unexplained: string[] = []
    for (const { theirs, ours } of pairs) {
      for (const { name, schema } of theirs.spec.versions) {
        const same = ours.spec.versions.find((version) => version.name === name)?.schema.openAPIV3Schema
        const differences = missing(schema.openAPIV3Schema, same, `${theirs.metadata.name} ${name}`)
        for (const path of differences) {
          const reason = [...LATER, ...ELSEWHERE].find(([ends]) => ends.test(path))
          if (reason === undefined) unexplained.push(path)
          else explained.add(reason[0])
        }
      }
    }
    assert.deepEqual(unexplained, [])
    const idle = [...LATER, ...ELSEWHERE].filter(([ends]) => !explained.has(ends))
    assert.deepEqual(idle, [])
  })

  test('add nothing that must be given', () => {
    for (const { theirs, ours } of pairs) {
      for (const { name, schema } of theirs.spec.versions) {
        const same = ours.spec.versions.find((version) => version.name === name)?.schema.openAPIV3Schema
        assert.deepEqual(demanded(same, schema.openAPIV3Schema, name), [])
      }
    }
  })

  test('say what fields are for in words of their own', () => {
    const said = new Set(pairs.flatMap(({ theirs }) => wordsIn(theirs)))
    // What is not said of a field at length is said alike by anybody.
    const copied = pairs
      .flatMap(({ ours }) => wordsIn(ours))
      .filter((text) => text.length > 20 && said.has(text))
    assert.deepEqual(copied, [])
  })
})

const wordsIn = (definition: Definition): readonly string[] =>
  [...JSON.stringify(definition).matchAll(/"description":"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text)

/** Fields that ours demands where theirs knows the object they belong to and does not. */
function demanded(ours: unknown, theirs: unknown, at: string): readonly string[] {
  if (!isObject(ours) || !isObject(theirs)) return []
  const { required = [] } = ours as { required?: readonly string[] }
  const known = (theirs['required'] ?? []) as readonly string[]
  const more = required.filter((name) => !known.includes(name)).map((name) => `${at}.${name}`)
  const inside = ['items', ...Object.keys(ours['properties'] ?? {})].flatMap((key) => {
    const [mine, other] = [ours, theirs].map((schema) =>
      key === 'items' ? schema['items'] : (schema['properties'] as Schema | undefined)?.[key],
    )
    return demanded(mine, other, `${at}.${key}`)
  })
  return [...more, ...inside]
}

describe('the examples of external-secrets', () => {
  let theirs: DefinedServer
  let ours: DefinedServer
  before(async () => {
    ours = await startDefinedServer()
    theirs = await startDefinedServer(await upstreamDefinitions())
  })
  after(() => Promise.all([ours, theirs].map((server) => server.stop())))

  const tried = (server: DefinedServer, { apiVersion, kind, spec }: Example, version: string) => {
    const plural = `${kind.toLowerCase()}s`
    const [group = ''] = apiVersion.split('/')
    const scope = kind.startsWith('Cluster') ? '' : 'namespaces/default/'
    const path = `/apis/${group}/${version}/${scope}${plural}?dryRun=All&fieldValidation=Strict`
    const manifest = { apiVersion: `${group}/${version}`, kind, metadata: { name: 'example' }, spec }
    return server.call('POST', path, manifest)
  }

  test('are taken by our definitions where they are by its own', async () => {
    const taken: string[] = []
    for (const example of await upstreamExamples()) {
      const current = example.apiVersion.startsWith('generators.') ? 'v1alpha1' : 'v1'
      const there = await tried(theirs, example, current)
      if (there.status !== 201) continue
      taken.push(example.file)
      for (const version of current === 'v1' ? ['v1', 'v1beta1'] : [current]) {
        const here = await tried(ours, example, version)
        assert.equal(here.status, 201, `${example.file}: ${here.body}`)
      }
    }
    assert.ok(taken.length > 100, `${taken.length} examples`)
  })
})
