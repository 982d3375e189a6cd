// This file is about testing base64 as Go's strict decoder reads it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { corruptAt, decodeStrict } from './base64.ts'
import { parseTemplate } from './template.ts'

const rows: readonly (readonly [what: string, text: string, decoded: string | undefined])[] = [
  ['nothing at all', '', ''],
  ['whole groups', 'aGVsbG8h', 'hello!'],
  ['padding', 'aGVsbG8=', 'hello'],
  ['twice the padding', 'aGVsbA==', 'hell'],
  ['spare bits', 'aGVsbB==', 'hell'],
  ['line breaks of either kind', 'aGVs\nbG8\r\n=\r\n', 'hello'],
  ['line breaks between the padding', 'aGVsbA=\n=', 'hell'],
  ['no padding', 'aGVsbG8', undefined],
  ['too much padding', 'aGVsbG8==', undefined],
  ['padding alone', '====', undefined],
  ['padding within', 'aGVsbA==aGVs', undefined],
  ['blanks', 'aGVs bG8=', undefined],
  ['the other alphabet', '-_-_', undefined],
]

for (const [what, text, decoded] of rows) {
  test(`it is ${decoded === undefined ? 'corrupt' : 'sound'} with ${what}`, () => {
    assert.equal(decodeStrict(text)?.toString(), decoded)
  })
}

test('the alphabet for URLs is one of its own', () => {
  assert.deepEqual(decodeStrict('-_-_', 'url'), Buffer.from([0xfb, 0xff, 0xbf]))
  assert.equal(decodeStrict('+/+/', 'url'), undefined)
})

test('what is corrupt is so at some place, and what is sound at none', () => {
  const soup = fc.array(fc.constantFrom('a', 'Z', '+', '/', '=', '=', '\n', '\r', '-', ' '), {
    maxLength: 12,
  })
  const encoded = fc
    .tuple(fc.uint8Array({ maxLength: 9 }), fc.nat(12), fc.constantFrom('', '\n', '\r\n', '=', '-'))
    .map(([bytes, at, put]) => {
      const text = Buffer.from(bytes).toString('base64')
      return text.slice(0, at) + put + text.slice(at)
    })
  fc.assert(
    fc.property(
      fc.oneof(
        soup.map((parts) => parts.join('')),
        encoded,
      ),
      (text) => {
        assert.equal(decodeStrict(text) === undefined, corruptAt(text) !== undefined)
      },
    ),
    { numRuns: 1000 },
  )
})

const rendered = (template: string): string => {
  const parsed = parseTemplate('k', template)
  assert.ok(parsed.is === 'template')
  const answer = parsed.template.render(new Map())
  assert.ok(answer.is === 'text', JSON.stringify(answer))
  return answer.bytes.toString()
}

test('binary values of YAML may have line breaks of either kind', () => {
  assert.equal(rendered('{{ (fromYaml "a: !!binary \\"aGVs\\\\r\\\\nbG8=\\"").a }}'), 'hello')
  assert.equal(rendered('{{ (fromYaml "a: !!binary |\\n  aGVs\\n  bG8=\\n").a }}'), 'hello')
  assert.match(rendered('{{ (fromYaml "a: !!binary aGVsbG8").Error }}'), /invalid base64 data/)
})
