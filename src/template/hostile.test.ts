// This file is about templates that try to cost too much, or to reach what they should not: each ends soon and clearly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unitOfWork, unitsOf } from '../../test/support/cost.ts'
import { COSTLY, ENDLESS } from './fixtures/hostile-templates.ts'
import { parseTemplate, type TemplateError } from './template.ts'

const DATA = new Map([['a', '']])

function outcome(template: string): { text: string } | { error: TemplateError } {
  const parsed = parseTemplate('k', template)
  if (parsed.is === 'refused') return { error: parsed.error }
  const rendered = parsed.template.render(DATA)
  return rendered.is === 'text' ? { text: rendered.bytes.toString() } : { error: rendered.error }
}

/** 50 ms of an idle machine. */
const MOST_UNITS = 10
/** Runs the template until it has ended soon, and gives how it ended. */
function endingSoon(template: string): { text: string } | { error: TemplateError } {
  let ended = outcome('')
  const least = unitsOf(() => {
    ended = outcome(template)
  }, MOST_UNITS)
  assert.ok(least <= MOST_UNITS, `it took ${least.toFixed(1)} units of work`)
  return ended
}

unitOfWork()

for (const [what, template] of Object.entries(ENDLESS)) {
  test(`it ends soon, with a limit: ${what}`, () => {
    const ended = endingSoon(template)
    assert.ok('error' in ended, 'it rendered')
    const { code, message } = ended.error
    assert.ok(code === 'limit' || /more than \d+ integers|slice bounds/.test(message), message)
    assert.ok(message.length < 600, 'the message is short')
  })
}

for (const [what, template] of Object.entries(COSTLY)) {
  test(`it ends soon: ${what}`, () => {
    const ended = endingSoon(template)
    if ('error' in ended) assert.ok(ended.error.message.length < 600, 'the message is short')
  })
}

test('hashes are bounded, and none is drawn by a template that fails', () => {
  const template = '{{ range until 90000 }}{{ $x := htpasswd "a" "b" "bcrypt" }}{{ end }}'
  const ended = endingSoon(template)
  assert.ok('error' in ended)
  assert.match(ended.error.message, /more than 4 bcrypt hashes$/)
  endingSoon('{{ bcrypt "a" }}{{ .missing }}')
})

const PROTOTYPES: readonly (readonly [template: string, text: string])[] = [
  ['{{ (fromJson `{"__proto__":{"a":1}}`) | toJson }}', '{"__proto__":{"a":1}}'],
  ['{{ (fromJson `{"constructor":{"prototype":{"b":2}}}`).constructor.prototype.b }}', '2'],
  ['{{ fromYaml "__proto__: {a: 1}\\nconstructor: x" | toJson }}', '{"__proto__":{"a":1},"constructor":"x"}'],
  [
    '{{ fromYaml "a: &a {__proto__: {x: 1}}\\nb: {<<: *a}" | toJson }}',
    '{"a":{"__proto__":{"x":1}},"b":{"__proto__":{"x":1}}}',
  ],
  ['{{ toYaml (dict "__proto__" 1 "toString" 2) }}', '__proto__: 1\ntoString: 2'],
  ['{{ $d := dict "__proto__" (dict "a" 1) }}{{ $_ := set $d "constructor" 1 }}{{ len $d }}', '2'],
  ['{{ $d := merge (dict) (fromJson `{"__proto__":{"polluted":1}}`) }}{{ keys $d }}', '[__proto__]'],
  [
    '{{ $d := dict "a" (dict) }}{{ $_ := mergeOverwrite $d (dict "a" (dict "__proto__" "x")) }}{{ $d | toJson }}',
    '{"a":{"__proto__":"x"}}',
  ],
  ['{{ hasKey (dict) "toString" }}{{ get (dict) "constructor" }}', 'false'],
  ['{{ dig "__proto__" "toString" "none" (dict) }}', 'none'],
  ['{{ index (dict) "__proto__" }}', '<no value>'],
  ['{{ pluck "constructor" (dict) | len }}{{ pick (dict) "__proto__" | len }}', '00'],
  ['{{ (urlParse "http://__proto__/").host }}', '__proto__'],
  ['{{ regexReplaceAll "(?P<__proto__>a)" "a" "[${__proto__}${constructor}]" }}', '[a]'],
]

for (const [template, text] of PROTOTYPES) {
  test(`names that mean something in JavaScript mean nothing here: ${template}`, () => {
    assert.deepEqual(outcome(template), { text })
    assert.equal(Object.keys(Object.prototype).length, 0)
    assert.equal('polluted' in {}, false)
  })
}

const MEMBERS = ['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty', 'length', 'valueOf']

test('no value has the members that it has in JavaScript', () => {
  const values = [
    '(dict)',
    '(list 1)',
    '"text"',
    '1',
    '1.5',
    'true',
    '(now)',
    '(semver "1.2.3")',
    '(until 2)',
    '$',
  ]
  for (const value of values) {
    for (const member of MEMBERS)
      assert.ok('error' in outcome(`{{ ${value}.${member} }}`), `${value}.${member}`)
  }
  for (const member of MEMBERS) assert.ok('error' in outcome(`{{ ${member} }}`), member)
})

test('what people write stays far below the limits', () => {
  const row = (_: unknown, i: number): string => `{{ printf "%s-${i}" .a | upper | b64enc | quote }}\n`
  const parsed = parseTemplate('k', Array.from({ length: 100 }, row).join(''))
  assert.ok(parsed.is === 'template')
  const rendered = parsed.template.render(new Map([['a', 'x'.repeat(3000)]]))
  assert.equal(rendered.is, 'text')
})

test('a value of a whole Secret can be encoded and decoded', () => {
  const parsed = parseTemplate('k', '{{ .a | b64enc | b64dec | trim }}')
  assert.ok(parsed.is === 'template')
  const rendered = parsed.template.render(new Map([['a', 'x'.repeat(700_000)]]))
  assert.ok(rendered.is === 'text')
  assert.equal(rendered.bytes.length, 700_000)
})
