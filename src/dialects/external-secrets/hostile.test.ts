// This file is about orders whose rewrites cost too much together, though none of them does alone: each ends soon and clearly.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unitOfWork, unitsOf } from '../../../test/support/cost.ts'
import type { Entry, TemplateData } from '../../model/shape.ts'
import { orderBudget } from '../../template/budget.ts'
import { ParsedTemplates } from '../../template/parsed-templates.ts'
import type { Operation } from './rewrite.ts'
import { templateFault } from './templates.ts'
import { type Collected, collect, type Source } from './values.ts'

/** 50 ms of an idle machine. */
const MOST_UNITS = 10

const entries: readonly Entry[] = ['username', 'password', 'proxy_endpoint', 'expires_at'].map((key) => ({
  key,
  value: { is: 'login', login: 0, field: 'username' },
}))

const templates = new ParsedTemplates()
const sourceOf = (rewrites: readonly Operation[], i = 0): Source => ({
  at: `spec.dataFrom[${i}]`,
  entries,
  rewrites,
})
const collecting = (...sources: readonly Source[]): Collected =>
  collect(sources, { templates, budget: orderBudget() })

const times = (count: number, template: string): readonly Operation[] =>
  Array.from({ length: count }, () => ({ transform: { template } }))
const regexps = (count: number, source: string, target: string): readonly Operation[] =>
  Array.from({ length: count }, () => ({ regexp: { source, target } }))

const SUM = '{{ range until 20 }}{{ $x := sha256sum (repeat 9000 "x") }}{{ end }}{{ .value }}'

const TOO_MUCH: Readonly<Record<string, readonly Source[]>> = {
  'two hundred loops over digests': [sourceOf(times(200, SUM))],
  'loops in many sources': Array.from({ length: 100 }, (_, i) => sourceOf(times(2, SUM), i)),
  'two hundred patterns that unroll': [sourceOf(regexps(200, '((a{20}){20}){2}', 'b'))],
  'two hundred loops': [sourceOf(times(200, '{{ range until 900 }}{{ end }}{{ .value }}'))],
}

describe('the rewrites of one order', () => {
  unitOfWork()
  for (const [what, sources] of Object.entries(TOO_MUCH)) {
    it(`end soon, with a limit: ${what}`, () => {
      let ended = collecting(...sources)
      const units = unitsOf(() => {
        ended = collecting(...sources)
      }, MOST_UNITS)
      assert.ok(units <= MOST_UNITS, `it took ${units.toFixed(1)} units of work`)
      assert.ok(ended.is === 'invalid', 'it was collected')
      assert.match(ended.fault.message, /too costly/)
      assert.ok(ended.fault.message.length < 600, 'the message is short')
    })
  }

  it('may be two hundred ordinary ones', () => {
    const plain = [
      ...regexps(100, '(.*)', '$1'),
      ...times(100, '{{ .value | upper | lower | replace "-" "_" }}'),
    ]
    const collected = collecting(sourceOf(plain))
    assert.equal(collected.is, 'values', JSON.stringify(collected))
  })

  for (const name of ['bcrypt "x"', 'htpasswd "u" "x"', 'now', 'ago 0']) {
    it(`are refused at first sight where they call ${name}, by its name and with the reason`, () => {
      const [called = ''] = name.split(' ')
      const refused = collecting(sourceOf(times(1, `{{ if false }}{{ ${name} | len }}{{ end }}{{ .value }}`)))
      assert.ok(refused.is === 'invalid', 'it was collected')
      assert.match(
        refused.fault.message,
        new RegExp(`transform failed with .*function "${called}".*keys must be the same`),
      )
    })
  }

  it('may not read the clock by another way either', () => {
    const refused = collecting(sourceOf(times(1, '{{ .value }}-{{ date "150405" "x" }}')))
    assert.ok(refused.is === 'invalid', 'it was collected')
    assert.match(refused.fault.message, /error calling date: .*keys must be the same/)
  })
})

describe('the templates of one order, tried before there is a login', () => {
  const shapeOf = (data: Readonly<Record<string, string>>): TemplateData => ({
    is: 'template',
    values: { is: 'key-values', entries },
    data,
    labels: {},
    annotations: {},
    keepsValues: false,
  })

  it('draw no hash', () => {
    const text = '{{ bcrypt "x" | len }}{{ if index . "other" }}{{ .other }}{{ end }}'
    const shape = shapeOf(Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`key-${i}`, text])))
    const units = unitsOf(() => {
      assert.equal(templateFault(shape, { templates, budget: orderBudget() }), undefined)
    }, MOST_UNITS)
    assert.ok(units <= MOST_UNITS, `it took ${units.toFixed(1)} units of work`)
  })

  it('fare the same whatever time it is', () => {
    const shape = shapeOf({ a: '{{ if eq (mod (now).UnixMilli 2) 0 }}{{ .other }}{{ end }}' })
    const faults = new Set<string | undefined>()
    for (const from = Date.now(); Date.now() < from + 5; ) {
      faults.add(templateFault(shape, { templates, budget: orderBudget() })?.message)
    }
    assert.equal(faults.size, 1)
    assert.match([...faults][0] ?? '', /asks for \.other/)
  })
})
