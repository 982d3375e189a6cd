// This file is about which parts of objects are kept once.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { EqualParts } from './equal-parts.ts'

const parsed = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>

describe('what is shared', () => {
  it('is as it was', () => {
    const equal = new EqualParts()
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        assert.equal(JSON.stringify(equal.share(JSON.parse(text))), JSON.stringify(JSON.parse(text)))
      }),
    )
  })

  it('is every part that equals one seen before, whatever is around it', () => {
    const { share } = new EqualParts()
    const one = share(parsed('{"name":"one","template":{"data":{"a":["x"]}}}'))
    const two = share(parsed('{"name":"two","template":{"data":{"a":["x"]}}}'))
    assert.equal(two['template'], one['template'])
    assert.equal(two['name'], 'two')
    assert.equal(share(parsed('{"name":"one","template":{"data":{"a":["x"]}}}')), one)
  })

  it('is never what only reads alike', () => {
    const { share } = new EqualParts()
    const texts = [
      '{"a":1,"b":2}',
      '{"a:1,b":2}',
      '{"a":"1,\\"b\\":2"}',
      '{"0":1}',
      '[1]',
      '{"a":"null"}',
      '{"a":null}',
      '{"a":{"b":1},"c":2}',
      '{"a":{"b":1,"c":2}}',
    ]
    for (const text of [...texts, ...texts]) assert.equal(JSON.stringify(share(JSON.parse(text))), text)
  })

  it('is not what is long', () => {
    const { share } = new EqualParts()
    const text = JSON.stringify({ a: 'x'.repeat(3000), b: { c: 1 } })
    const one = share(parsed(text))
    const two = share(parsed(text))
    assert.notEqual(one, two)
    assert.equal(one['b'], two['b'])
  })

  it('may have a member of any name', () => {
    const { share } = new EqualParts()
    const text = '{"__proto__":{"polluted":true},"constructor":"x"}'
    assert.equal(JSON.stringify(share(JSON.parse(text))), text)
    assert.equal(({} as { polluted?: true }).polluted, undefined)
  })
})
