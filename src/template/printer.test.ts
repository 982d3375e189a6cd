// This file is about printing and reading values: what holds for every value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Budget, DEFAULT_LIMITS } from './budget.ts'
import { fromBytes, toBytes } from './bytes.ts'
import { floatText, formatFloat } from './floats.ts'
import { decodeJson, encodeJson } from './json.ts'
import { parseFloat64, parseInt64, parseNumber } from './numbers.ts'
import { Printer } from './printer.ts'
import { sprintf } from './printf.ts'
import { quote, unquote } from './quote.ts'
import { int64, list, type Value } from './values.ts'

const budget = (): Budget => new Budget({ ...DEFAULT_LIMITS, steps: 1e9 })
const bytes = fc.uint8Array().map((b) => Buffer.from(b).toString('latin1'))
const double = fc.double({ noNaN: true, noDefaultInfinity: true })

test('text becomes a byte string and text again', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (s) => assert.equal(fromBytes(toBytes(s)), s)))
})

test('any byte string can be quoted and read back', () => {
  fc.assert(fc.property(bytes, (s) => assert.equal(unquote(quote(s)), s)))
  fc.assert(fc.property(bytes, (s) => assert.match(quote(s, true), /^[ -~]*$/)))
})

test('the shortest form of a float reads back as the same number', () => {
  fc.assert(fc.property(double, (n) => assert.equal(parseFloat64(floatText(n)), n)))
  fc.assert(fc.property(double, (n) => assert.equal(parseFloat64(formatFloat(n, 'e', -1)), n)))
  fc.assert(fc.property(double, (n) => assert.equal(parseFloat64(formatFloat(n, 'x', -1)), n)))
})

test('a float with digits to spare reads back as the same number', () => {
  fc.assert(fc.property(double, (n) => assert.equal(Number(formatFloat(n, 'e', 16)), n)))
  fc.assert(fc.property(double, (n) => assert.equal(Number(formatFloat(n, 'g', 17)), n)))
})

test('floats round to even at exact ties, which toFixed does not', () => {
  const rows = [0.5, 1.5, 2.5, -0.5, 0.125, 1e21].map((n) => formatFloat(n, 'f', 0))
  assert.deepEqual(rows, ['+0', '+2', '+2', '-0', '+0', '+1000000000000000000000'])
  assert.equal(formatFloat(0.125, 'f', 2), '+0.12')
  assert.equal(formatFloat(9.995, 'e', 2), '+9.99e+00')
})

test('integers print in any base and read back', () => {
  const int = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  fc.assert(
    fc.property(int, fc.constantFrom('%d', '%#x', '%#b', '%O', '%+d', '%025d'), (n, verb) => {
      const text = sprintf(verb, [n], budget())
      assert.equal(parseInt64(verb === '%025d' ? text.replace(/^(-?)0+(?=\d)/, '$1') : text), n)
    }),
  )
})

test('printf never throws, whatever the format', () => {
  const value: fc.Arbitrary<Value> = fc.oneof(
    bytes,
    double,
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 99n }),
    fc.constantFrom<Value>(null, int64(-3n), list(['a', null, 1.5])),
  )
  const piece = fc.constantFrom(
    '%',
    '[',
    ']',
    '*',
    '.',
    '1',
    '2',
    '#',
    '+',
    '-',
    ' ',
    '0',
    'v',
    'd',
    's',
    'q',
    'x',
    'g',
    'é',
  )
  const format = fc.array(piece, { maxLength: 12 }).map((pieces) => toBytes(pieces.join('')))
  fc.assert(
    fc.property(format, fc.array(value, { maxLength: 3 }), (f, args) => {
      assert.equal(typeof sprintf(f, args, budget()), 'string')
    }),
  )
})

test('a padded field is as wide as asked, counted in characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 50 }), (s, width) => {
      const padded = fromBytes(new Printer(budget(), 's', { width }).print(toBytes(s)))
      assert.equal(Array.from(padded).length, Math.max(Array.from(s).length, width))
    }),
  )
})

test('JSON reads back as it was written', () => {
  const styles = fc.record({ escapeHtml: fc.boolean(), pretty: fc.boolean() })
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), styles, (json, style) => {
      const value = decodeJson(toBytes(JSON.stringify(json)), budget())
      assert.ok(value !== undefined)
      const text = fromBytes(encodeJson(value, style, budget()))
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(json)))
    }),
  )
})

test('number literals have the type that Go gives them', () => {
  assert.deepEqual(parseNumber('017'), { int: 15n, float: 15 })
  assert.deepEqual(parseNumber('1_000'), { int: 1000n, float: 1000 })
  assert.deepEqual(parseNumber('0x_1F'), { int: 31n, float: 31 })
  assert.deepEqual(parseNumber('1e3'), { int: 1000n, float: 1000 })
  assert.deepEqual(parseNumber('1.5'), { float: 1.5 })
  assert.deepEqual(parseNumber('0x1p-2'), { float: 0.25 })
  assert.deepEqual(parseNumber('18446744073709551615'), { float: 2 ** 64 })
  assert.equal(parseNumber('99999999999999999999'), 'integer overflow')
  assert.equal(parseNumber('1__0'), 'illegal number syntax')
  assert.equal(parseNumber('089'), 'integer overflow')
})
