// This file is about labels and annotations that templates made: which the API server would refuse, told without quoting them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { metadataFault } from './metadata.ts'

interface Row {
  readonly says: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  /** Absent: taken. */
  readonly told?: RegExp
}

const rows: readonly Row[] = [
  { says: 'an empty label value is one', labels: { a: '' } },
  { says: 'a label value may have 63 characters', labels: { 'example.com/a.b_c-d': 'x'.repeat(63) } },
  {
    says: 'a label value may not have 64',
    labels: { a: 'x'.repeat(64) },
    told: /^label "a" .* 63 characters$/,
  },
  {
    says: 'a label value holds no colon',
    labels: { a: 'AWS:token' },
    told: /^label "a" renders to no label/,
  },
  { says: 'a label value begins with no dash', labels: { a: '-x' }, told: /begins and ends with a letter/ },
  { says: 'a newline at the end is told as such', labels: { a: 'x\n' }, told: /^label "a" .*white space/ },
  { says: 'a newline inside is too', labels: { a: 'x\ny' }, told: /white space/ },
  { says: 'a label value is ASCII', labels: { a: 'schlüssel' }, told: /letters, digits/ },
  { says: 'a label key has one slash at most', labels: { 'a/b/c': 'x' }, told: /^label "a\/b\/c" is no key/ },
  { says: 'a label key has a name', labels: { 'a/': 'x' }, told: /is no key/ },
  { says: 'a label key has no empty prefix', labels: { '/a': 'x' }, told: /is no key/ },
  { says: 'the prefix of a label key is lower case', labels: { 'Example.com/a': 'x' }, told: /is no key/ },
  { says: 'the name of a key may have 63 characters', annotations: { ['n'.repeat(63)]: 'x' } },
  { says: 'and no more', annotations: { ['n'.repeat(64)]: 'x' }, told: /^annotation "n+" is no key/ },
  { says: 'a prefix may have 253 characters', annotations: { [`${'p'.repeat(253)}/a`]: 'x' } },
  { says: 'and no more', annotations: { [`${'p'.repeat(254)}/a`]: 'x' }, told: /is no key/ },
  { says: 'annotation keys may be upper case', annotations: { 'Example.com/A': 'any\nthing: {}' } },
  { says: 'a space is in no key', annotations: { 'a b': 'x' }, told: /^annotation "a b" is no key/ },
  { says: 'annotations may have 262,144 bytes', annotations: { a: 'x'.repeat(262_143) } },
  {
    says: 'and no more, keys counted; the largest is named',
    annotations: { a: 'x'.repeat(262_141), bc: 'y' },
    told: /^annotation "a" renders to too much/,
  },
  {
    says: 'bytes count, not characters',
    annotations: { a: 'ü'.repeat(131_072) },
    told: /262144 bytes/,
  },
]
for (const { says, labels = {}, annotations = {}, told } of rows) {
  test(says, () => {
    const found = metadataFault(labels, annotations)
    if (told === undefined) return assert.equal(found, undefined)
    assert.equal(found?.code, 'output-invalid')
    assert.match(found.message, told)
  })
}

test('what a template made is never quoted', () => {
  const secret = 'eyJwYXlsb2FkIjoi'
  for (const value of [secret.repeat(5), `${secret}:`, `${secret}\n`]) {
    const found = metadataFault({ a: value }, {})
    assert.doesNotMatch(JSON.stringify(found), new RegExp(secret))
  }
  const found = metadataFault({}, { a: secret.repeat(20_000) })
  assert.doesNotMatch(JSON.stringify(found), new RegExp(secret))
})
