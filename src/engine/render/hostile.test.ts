// This file is about orders whose templates cost too much together, though none of them does alone: each ends soon and clearly.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aLogin } from '../../../test/support/builders.ts'
import { unitOfWork, unitsOf } from '../../../test/support/cost.ts'
import { SecretText } from '../../base/secret-text.ts'
import type { Fault } from '../../model/fault.ts'
import type { Entry, TemplateData } from '../../model/shape.ts'
import { COSTLY, ENDLESS } from '../../template/fixtures/hostile-templates.ts'
import { Budget, DEFAULT_LIMITS, orderBudget } from '../../template/budget.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import { render } from './render.ts'
import type { Rendered } from './rendered.ts'

/** 50 ms of an idle machine. */
const MOST_UNITS = 10
/** As long as the tokens of ECR. */
const PASSWORD = new SecretText('x'.repeat(2000))

const many = (count: number, text: (i: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`key-${i}`, text(i)]))

const shapeOf = (change: Partial<TemplateData>, entries: readonly Entry[] = []): TemplateData => ({
  is: 'template',
  values: {
    is: 'key-values',
    entries: [
      { key: 'username', value: { is: 'login', login: 0, field: 'username' } },
      { key: 'password', value: { is: 'login', login: 0, field: 'password' } },
      { key: 'proxy_endpoint', value: { is: 'login', login: 0, field: 'proxyEndpoint' } },
      ...entries,
    ],
  },
  data: {},
  labels: {},
  annotations: {},
  keepsValues: false,
  ...change,
})

const templates = new ParsedTemplates()
const rendering = (shape: TemplateData): Rendered | Fault =>
  render(shape, [aLogin({ password: PASSWORD })], undefined, templates)

const literals = (count: number, text: string): Partial<TemplateData> => ({
  from: Array.from({ length: count }, (_, i) => ({
    template: { is: 'literal', text, as: 'keys-and-values' },
    into: 'data',
    decoding: 'none',
    at: `spec.target.template.templateFrom[${i}].literal`,
  })),
})

const SUM = '{{ range until 20 }}{{ $x := sha256sum (repeat 9000 "x") }}{{ end }}'
const WIDE = Array.from(
  { length: 1000 },
  (_, i): Entry => ({ key: `k${i}`, value: { is: 'login', login: 0, field: 'password' } }),
)

const TOO_MUCH: Readonly<Record<string, TemplateData>> = {
  'thousands of loops': shapeOf({ data: many(3000, () => '{{ range until 3000 }}{{ end }}') }),
  'hundreds of digests': shapeOf({ data: many(200, () => SUM) }),
  'digests in data, labels and annotations': shapeOf({
    data: many(40, () => SUM),
    labels: many(40, () => SUM),
    annotations: many(40, () => SUM),
  }),
  'thousands of short templates over a thousand values': shapeOf({ data: many(5000, () => 'x') }, WIDE),
  'hundreds of megabytes': shapeOf({ data: many(300, () => '{{ repeat 1000000 "x" }}') }),
  'literals that are long lists of keys': shapeOf(literals(200, 'a: b\n'.repeat(300))),
  'literals that are wide': shapeOf(literals(200, '{{ repeat 300 "a: b\\n" }}')),
}

unitOfWork()

for (const [what, shape] of Object.entries(TOO_MUCH)) {
  test(`an order ends soon, with a limit: ${what}`, () => {
    let ended = rendering(shape)
    const units = unitsOf(() => {
      ended = rendering(shape)
    }, MOST_UNITS)
    assert.ok(units <= MOST_UNITS, `it took ${units.toFixed(1)} units of work`)
    assert.ok('code' in ended, 'it was rendered')
    assert.match(ended.message, /too costly: .* all templates of the object together/)
    assert.ok(ended.message.length < 600, 'the message is short')
  })
}

test('an order has four hashes and no more, wherever they are asked for', () => {
  const four = shapeOf({ data: many(4, () => '{{ bcrypt "x" | len }}') })
  assert.ok('data' in rendering(four))
  const five = shapeOf({ data: many(5, () => '{{ bcrypt "x" | len }}') })
  const ended = rendering(five)
  assert.ok('code' in ended, 'it was rendered')
  assert.match(ended.message, /more than 4 bcrypt hashes/)
  const mixed = shapeOf({
    ...literals(2, 'a: {{ bcrypt "x" | len }}'),
    data: many(2, () => '{{ htpasswd "u" "x" | len }}'),
    labels: many(1, () => '{{ bcrypt "x" | len }}'),
  })
  assert.ok('code' in rendering(mixed), 'it was rendered')
})

/** As much of it as an object can hold. */
const LARGEST_SPEC = 1 << 20
for (const [what, template] of Object.entries({ ...ENDLESS, ...COSTLY })) {
  test(`an order ends soon that is full of it: ${what}`, () => {
    const shape = shapeOf({
      data: many(Math.min(50, Math.floor(LARGEST_SPEC / template.length)), () => template),
    })
    rendering(shape)
    const units = unitsOf(() => rendering(shape), MOST_UNITS)
    assert.ok(units <= MOST_UNITS, `it took ${units.toFixed(1)} units of work`)
  })
}

const CONFIGS: Readonly<Record<string, (i: number) => string>> = {
  'written out': (i) =>
    `{{ $auth := printf "%s:%s" .username .password | b64enc }}{{ $host := .proxy_endpoint | trimPrefix "https://" -}}
{"auths":{"{{ $host }}/${i}":{"username":"{{ .username }}","password":"{{ .password }}","auth":"{{ $auth }}"}}}`,
  'as JSON': (i) =>
    `{{ $entry := dict "username" .username "password" .password "auth" (print .username ":" .password | b64enc) -}}
{{ dict "auths" (dict "h${i}" $entry) | toJson }}`,
}

for (const [how, config] of Object.entries(CONFIGS)) {
  test(`two hundred docker configs ${how}, with tokens as long as those of ECR, are rendered`, () => {
    const ordinary = rendering(shapeOf({ data: many(200, config) }))
    assert.ok('data' in ordinary, JSON.stringify(ordinary))
  })

  test(`two hundred docker configs ${how} take less than half of what an order may`, () => {
    const data = new Map([
      ['username', 'AWS'],
      ['password', PASSWORD.reveal()],
      ['proxy_endpoint', 'https://123456789012.dkr.ecr.eu-west-1.amazonaws.com'],
    ])
    const budget = new Budget({ ...DEFAULT_LIMITS, steps: orderBudget().limits.steps / 2 })
    for (let i = 0; i < 200; i++) {
      const parsed = templates.get(`key-${i}`, config(i))
      assert.ok(parsed.is === 'template')
      const rendered = parsed.template.render(data, { budget })
      assert.equal(rendered.is, 'text', JSON.stringify(rendered))
    }
  })
}
