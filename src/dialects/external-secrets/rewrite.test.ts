// This file is about testing what rewrites make of keys; many rows are those upstream holds itself to.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Value } from '../../model/shape.ts'
import { orderBudget } from '../../template/budget.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import { type Operation, rewrite, type Rewritten } from './rewrite.ts'

const templates = new ParsedTemplates()

const literals = (texts: Readonly<Record<string, string>>): ReadonlyMap<string, Value> =>
  new Map(Object.entries(texts).map(([key, text]) => [key, { is: 'literal', text }]))

const rewriting = (operations: readonly Operation[], texts: Readonly<Record<string, string>>): Rewritten =>
  rewrite(operations, literals(texts), { templates, budget: orderBudget() })

const textsOf = (rewritten: Rewritten): Record<string, string> => {
  if (rewritten.is === 'refused') throw new Error(rewritten.message)
  return Object.fromEntries(
    [...rewritten.values].map(([key, value]) => [key, value.is === 'literal' ? value.text : '']),
  )
}

const regexp = (source: string, target: string): Operation => ({ regexp: { source, target } })
const transform = (template: string): Operation => ({ transform: { template } })
const merging = (rest: Partial<NonNullable<Operation['merge']>> = {}): Operation => ({
  merge: { into: '', priorityPolicy: 'Strict', conflictPolicy: 'Error', strategy: 'Extract', ...rest },
})

const MONGO = '{"username": "foz", "password": "baz"}'
const REDIS = '{"host": "redis.example.com", "port": "6379"}'
const STORES = { 'mongo-credentials': MONGO, 'redis-credentials': REDIS }
const ALL = { username: 'foz', password: 'baz', host: 'redis.example.com', port: '6379' }

type Row = readonly [
  name: string,
  operations: readonly Operation[],
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
]

const RENAMING: readonly Row[] = [
  ['every match of a pattern is replaced', [regexp('-', '_')], { 'foo-b-r': 'x' }, { foo_b_r: 'x' }],
  ['no match keeps the key', [regexp('hello', 'world')], { foo: 'x' }, { foo: 'x' }],
  ['a prefix goes', [regexp('^my/initial/path/', '')], { 'my/initial/path/foo': 'x' }, { foo: 'x' }],
  [
    'a numbered group is put in',
    [regexp('f(.*)o', 'a_new_path_$1')],
    { foo: '1', foodaloo: '2' },
    { a_new_path_o: '1', a_new_path_oodalo: '2' },
  ],
  [
    'named and numbered groups are put in',
    [regexp('f(?P<content>.*)o', 'a_new_path_${content}_${1}')],
    { foo: '1', floo: '2' },
    { a_new_path_o_o: '1', a_new_path_lo_lo: '2' },
  ],
  ['a name in a target is as long as it can be', [regexp('(.*)oo', '$1_x')], { foo: 'x' }, { '': 'x' }],
  [
    'an empty match behind a match is none',
    [regexp('(.*)', 'new-$1')],
    { foo: 'x', bar: 'y' },
    { 'new-foo': 'x', 'new-bar': 'y' },
  ],
  [
    'operations follow one another',
    [regexp('my/(.*?)/bar/(.*)', '$1-$2'), regexp('-', '_'), regexp('ass', '***')],
    { 'my/app/bar/key': '1', 'my/app/bar/password': '2' },
    { app_key: '1', 'app_p***word': '2' },
  ],
  [
    'a template gives the new key',
    [regexp('my/(.*?)/bar/(.*)', '$1-$2'), transform('{{ .value | upper | replace "-" "_" }}')],
    { 'my/app/bar/key': 'x' },
    { APP_KEY: 'x' },
  ],
  // The new keys as Go's text/template makes them of a map[string]string without options.
  ...(
    [
      ['a{{ .foo }}b{{ .value }}', 'a<no value>bkey'],
      ['{{ $v := . }}a{{ $v.foo }}b{{ $v.value }}', 'a<no value>bkey'],
      ['{{ $v := .foo }}a{{ $v }}b', 'a<no value>b'],
      ['{{ $.foo }}', '<no value>'],
      ['{{ (.).foo }}', '<no value>'],
      ['{{ .foo.bar }}', '<no value>'],
      ['{{ and .foo "z" }}', '<no value>'],
      ['{{ print .foo }}', '<nil>'],
      ['{{ html .foo }}', '&lt;no value&gt;'],
      ['{{ printf "%v|%s" .foo .foo }}', '<nil>|%!s(<nil>)'],
      ['{{ if .foo }}y{{ else }}n{{ end }}', 'n'],
      ['{{ with .foo }}y{{ else }}n{{ end }}', 'n'],
      ['{{ range .foo }}y{{ else }}n{{ end }}', 'n'],
      ['{{ or .foo "z" }}', 'z'],
      ['{{ eq .foo "" }}{{ eq .foo nil }}{{ eq "a" .foo }}', 'falsetruefalse'],
      ['{{ .foo | default "x" }}', 'x'],
      ['{{ range $k, $v := . }}{{ $k }}={{ $v }}{{ end }}', 'value=key'],
      ['{{ define "x" }}[{{ .foo }}]{{ end }}{{ template "x" . }}', '[<no value>]'],
      ['{{ template "y" .foo }}{{ define "y" }}<{{ . }}>{{ end }}', '<<no value>>'],
      ['{{ index . "foo" }}|', '|'],
      ['{{ (fromJson `{"a":1}`).b }}', '<no value>'],
    ] as const
  ).map(
    ([template, after]): Row => [
      `a key that is not there is no value: ${template}`,
      [transform(template)],
      { key: 'x' },
      { [after]: 'x' },
    ],
  ),
]

const MERGING: readonly Row[] = [
  ['objects become one', [merging()], STORES, ALL],
  [
    'what has priority wins, in its order',
    [merging({ conflictPolicy: 'Ignore', priority: ['mongo-credentials', 'redis-credentials'] })],
    { ...STORES, 'other-credentials': '{"key": "value", "host": "other.example.com"}' },
    { ...ALL, key: 'value' },
  ],
  [
    'what is missing of the priority may be passed over',
    [merging({ priority: ['non-existent-key', 'mongo-credentials'], priorityPolicy: 'IgnoreNotFound' })],
    STORES,
    ALL,
  ],
  [
    'the merged object stands beside the others',
    [merging({ strategy: 'JSON', into: 'credentials' })],
    STORES,
    {
      ...STORES,
      credentials: '{"host":"redis.example.com","password":"baz","port":"6379","username":"foz"}',
    },
  ],
  [
    'a merged object is merged again',
    [
      merging({ strategy: 'JSON', conflictPolicy: 'Ignore', into: 'merged', priority: ['a'] }),
      merging({ conflictPolicy: 'Ignore', priority: ['b'] }),
    ],
    { a: '{"host": "dba", "pass": "yola", "port": 123}', b: '{"host": "dbb", "pass": "yolb"}' },
    { host: 'dbb', pass: 'yolb', port: '123' },
  ],
  [
    'keys are renamed before they are merged',
    [
      regexp('db/(.*)', '$1'),
      merging({ strategy: 'JSON', conflictPolicy: 'Ignore', into: 'merged', priority: ['a'] }),
    ],
    { 'db/a': '{"host": "dba.example.com"}', 'db/b': '{"host": "dbb.example.com", "pass": "yolo"}' },
    {
      a: '{"host": "dba.example.com"}',
      b: '{"host": "dbb.example.com", "pass": "yolo"}',
      merged: '{"host":"dba.example.com","pass":"yolo"}',
    },
  ],
  [
    'members become text by their kind',
    [merging()],
    { a: '{"t": true, "n": null, "big": 1e21, "half": 0.5, "list": [1, "<"], "map": {"b": 1, "a": 2}}' },
    {
      t: 'true',
      n: '',
      big: '1000000000000000000000',
      half: '0.5',
      list: '[1,"\\u003c"]',
      map: '{"a":2,"b":1}',
    },
  ],
  [
    'a merged object keeps its angle brackets',
    [merging({ strategy: 'JSON', into: 'all' })],
    { a: '{"x": "<&>"}' },
    { a: '{"x": "<&>"}', all: '{"x":"<&>"}' },
  ],
  ['null adds nothing', [merging()], { a: 'null', b: '{"x": "1"}' }, { x: '1' }],
]

const REFUSED: readonly (readonly [
  string,
  readonly Operation[],
  Readonly<Record<string, string>>,
  RegExp,
])[] = [
  [
    'a pattern that is none',
    [regexp('(', '')],
    { a: '' },
    /^failed rewrite operation\[0\]: regexp failed with failed to compile: "\("/,
  ],
  ['look-ahead', [regexp('a(?=b)', '')], { a: '' }, /regexp failed with failed to compile/],
  [
    'a template that does not parse, as the second operation',
    [regexp('a', 'b'), transform('{{ .value')],
    { a: '' },
    /^failed rewrite operation\[1\]: transform failed with failed to parse template: /,
  ],
  [
    'a template that fails',
    [transform('{{ fail "no" }}')],
    { a: '' },
    /transform failed with failed to execute template for key "a": /,
  ],
  ...['{{ .foo | upper }}', '{{ upper .foo }}', '{{ $v := .foo }}{{ upper $v }}', '{{ upper (.foo) }}'].map(
    (template) =>
      [
        `a template that gives no value to a function of texts: ${template}`,
        [transform(template)],
        { a: '' },
        /transform failed with failed to execute template for key "a": .*: invalid value; expected string$/,
      ] as const,
  ),
  [
    'a priority that is missing',
    [merging({ conflictPolicy: 'Ignore', priority: ['non-existent-key', 'mongo-credentials'] })],
    STORES,
    /merge failed with key "non-existent-key" not found in input map$/,
  ],
  [
    'objects with the same member',
    [merging()],
    { a: MONGO, b: '{"username": "redis", "port": "6379"}' },
    /merge failed with conflicts: username$/,
  ],
  [
    'no place to merge into',
    [merging({ strategy: 'JSON' })],
    STORES,
    /merge failed with missing 'into' field$/,
  ],
  ['bad JSON', [merging()], { a: '{"username": "foz"' }, /merge failed with failed to unmarshal JSON: /],
  ['JSON that is no object', [merging()], { a: '[1]' }, /merge failed with failed to unmarshal JSON: /],
]

describe('rewrite', () => {
  for (const [name, operations, before, after] of [...RENAMING, ...MERGING]) {
    it(name, () => assert.deepEqual(textsOf(rewriting(operations, before)), after))
  }

  for (const [name, operations, before, message] of REFUSED) {
    it(`refuses ${name}`, () => {
      const refused = rewriting(operations, before)
      assert.equal(refused.is, 'refused')
      if (refused.is === 'refused') assert.match(refused.message, message)
    })
  }

  it('gives a name that several keys want to the last of them in byte order, and tells', () => {
    const rewritten = rewriting([regexp('.*', 'same')], { b: 'of b', a: 'of a', é: 'of é' })
    assert.deepEqual(textsOf(rewritten), { same: 'of é' })
    assert.deepEqual(rewritten.is === 'rewritten' && rewritten.clashes, ['same'])
  })

  it('refuses to merge what a login will hold, and does not guess at it', () => {
    const values = new Map<string, Value>([['password', { is: 'login', login: 0, field: 'password' }]])
    const refused = rewrite([merging()], values, { templates, budget: orderBudget() })
    assert.equal(refused.is, 'refused')
    if (refused.is === 'refused') assert.match(refused.message, /"password" is no JSON object/)
  })
})
