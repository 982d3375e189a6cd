// This file is about testing maps of texts in YAML; the expected texts are those of Go's sigs.k8s.io/yaml.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { orderBudget } from '../../template/budget.ts'
import { parseYamlTexts } from './yaml-texts.ts'

type Row = readonly [name: string, yaml: string, texts: Readonly<Record<string, string>>]

const READ: readonly Row[] = [
  [
    'booleans in every spelling',
    'a: yes\nb: Off\nc: n\nd: TRUE',
    { a: 'true', b: 'false', c: 'false', d: 'true' },
  ],
  [
    'octal, hexadecimal and binary numbers',
    'a: 0123\nb: 0o17\nc: 0x1F\nd: 0b11\ne: -0b11',
    {
      a: '83',
      b: '15',
      c: '31',
      d: '3',
      e: '-3',
    },
  ],
  ['numbers that only look octal', 'a: 089', { a: '89' }],
  ['numbers in groups', 'a: 1_000', { a: '1000' }],
  [
    'numbers up to 64 bits',
    'a: 18446744073709551615\nb: 18446744073709551616',
    {
      a: '18446744073709551615',
      b: '1.8446744e+19',
    },
  ],
  [
    'floats with the digits of a float32',
    'a: 1.23456789012\nb: 1234567.5\nc: 1e3\nd: -0.0',
    {
      a: '1.2345679',
      b: '1.2345675e+06',
      c: '1000',
      d: '-0',
    },
  ],
  ['infinities', 'a: .inf\nb: -.Inf\n.inf: c', { a: '+Inf', b: '-Inf', '.inf': 'c' }],
  ['nothing', 'a:\nb: ~\nc: null', { a: '', b: '', c: '' }],
  ['what is quoted as it is', 'a: "yes"\nb: \'0123\'', { a: 'yes', b: '0123' }],
  ['dates and times as they are', 'a: 2001-01-01\nb: 12:30:45', { a: '2001-01-01', b: '12:30:45' }],
  ['keys that are no text', '1: x\nyes: a\n1.50: z', { 1: 'x', true: 'a', '1.5': 'z' }],
  ['blocks', 'a: |\n  x\n  y\nb: >-\n  p\n  q\n', { a: 'x\ny\n', b: 'p q' }],
  ['a block at the very end without a line break', 'a: |\n  x', { a: 'x' }],
  ['anchors and aliases', 'a: &x yes\nb: *x', { a: 'true', b: 'true' }],
  ['merged maps, in order', '<<: [{a: 1}, {a: 2, b: 3}]\nb: 4', { a: '1', b: '4' }],
  ['tags', 'a: !!str 5\nb: !!int "7"\nc: !mine x\nd: !!binary aGk=', { a: '5', b: '7', c: 'x', d: 'hi' }],
  ['the later of two equal keys', 'a: {b: c}\na: 2', { a: '2' }],
  ['JSON', '{"a": "b", "c": 1}', { a: 'b', c: '1' }],
  ['no document at all', '', {}],
  ['only a comment', '# nothing', {}],
  ['the first document', 'a: b\n---\nc: d', { a: 'b' }],
]

const nested = Array.from(
  { length: 12 },
  (_, i) => `<<: &a${i + 1} {<<: [${Array(10).fill(`*a${i}`).join(',')}]}`,
)

const REFUSED: readonly (readonly [name: string, yaml: string, because: RegExp])[] = [
  ['a list', '- a', /it is no map/],
  ['a text', 'secret', /it is no map/],
  ['a nested map', 'a: {b: secret}', /a value is a list or a map/],
  ['a key that is null', '~: a', /unsupported map key/],
  ['a key that is a list', '? [a]\n: b', /invalid map key/],
  ['an alias of nothing', 'a: *secret', /unknown anchor/],
  ['a tag that lies', 'a: !!int secret', /cannot decode a scalar as a !!int/],
  ['a quote left open', 'a: b\nc: "secret', /line 2: could not be parsed \(missing char\)/],
  ['a tab as indent', '\ta: secret', /line 1: could not be parsed \(tab as indent\)/],
  ['a control character', 'a: "\u0000"', /control characters/],
  ['thousands of keys', 'a: b\n'.repeat(2000), /too costly/],
  ['deep nesting', '['.repeat(3000), /could not be parsed|nested too deep/],
  ['merges that multiply', `<<: &a0 {k: v}\n${nested.join('\n')}`, /too costly/],
]

describe('a map of texts in YAML', () => {
  for (const [name, yaml, texts] of READ) {
    it(`reads ${name}`, () => {
      const parsed = parseYamlTexts(Buffer.from(yaml), orderBudget())
      assert.ok(parsed.is === 'texts', JSON.stringify(parsed))
      const read = [...parsed.texts].map(([key, text]) => [key, text.toString()])
      assert.deepEqual(Object.fromEntries(read), texts)
    })
  }

  for (const [name, yaml, because] of REFUSED) {
    it(`refuses ${name}, and quotes nothing`, () => {
      const parsed = parseYamlTexts(Buffer.from(yaml), orderBudget())
      assert.equal(parsed.is, 'refused')
      if (parsed.is !== 'refused') return
      assert.match(parsed.because, because)
      assert.doesNotMatch(parsed.because, /secret/)
    })
  }

  it('refuses bytes that are no UTF-8', () => {
    assert.equal(parseYamlTexts(Buffer.from([0x61, 0x3a, 0x20, 0xff]), orderBudget()).is, 'refused')
  })

  it('takes a large text under one key', () => {
    const parsed = parseYamlTexts(Buffer.from(`a: |\n${' line of text\n'.repeat(50_000)}`), orderBudget())
    assert.equal(parsed.is === 'texts' && parsed.texts.get('a')?.length, 13 * 50_000)
  })
})
